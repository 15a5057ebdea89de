"""The places of snapshots on each time axis."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from workbench.figures.timeline.time_axis import SCALES, time_axis

if TYPE_CHECKING:
    from workbench.runs.run import Run


def source(epochs: list[float], iterations: list[float]) -> Any:
    known = {"epoch": np.array(epochs), "iteration": np.array(iterations)}
    return SimpleNamespace(
        history=known.__getitem__, epochs=known["epoch"], iterations=known["iteration"], snapshots=len(epochs)
    )


def test_each_axis_puts_the_snapshots_where_it_says(run: Run) -> None:
    steps, epochs, iterations, log = (time_axis(run, scale) for scale in SCALES)  # type: ignore[arg-type]
    assert (steps.words, epochs.words, iterations.words, log.words) == (
        "epoch, equal steps", "epoch", "iteration", "iteration, log",
    )  # fmt: skip
    assert steps.places.tolist() == list(range(run.snapshots))
    assert steps.numbers.tolist() == run.epochs.tolist()
    assert epochs.places.tolist() == run.epochs.tolist()
    assert iterations.places.tolist() == run.iterations.tolist()
    assert log.places == pytest.approx(np.log10(1 + run.iterations / run.iterations[1]))
    for axis in (steps, epochs, iterations, log):
        low, high = axis.ends()
        assert low < axis.places[0] < axis.places[-1] < high
        assert [axis.nearest(place) for place in axis.places] == list(range(run.snapshots))
        assert (axis.nearest(low - 9), axis.nearest(high + 9)) == (0, run.snapshots - 1)


def test_round_numbers_lie_where_snapshots_of_these_numbers_do() -> None:
    axis = time_axis(source([np.nan] * 5, [0, 2, 20, 200, 2000]), "log")
    ticks = {number: place for place, number in axis.ticks()}
    assert {0, 10, 100, 1000, 5, 50, 500, 2, 20, 200, 2000} == set(ticks)
    for number, place in zip((0, 2, 20, 200, 2000), axis.places, strict=True):
        assert ticks[number] == pytest.approx(place)


def test_what_a_run_does_not_record_is_said() -> None:
    nothing = source([np.nan] * 3, [np.nan] * 3)
    for scale, word in (("epochs", "epochs"), ("iterations", "iterations"), ("log", "iterations")):
        axis = time_axis(nothing, scale)  # type: ignore[arg-type]
        assert axis.problem == f"no {word} are recorded, so snapshots are in equal steps"
        assert axis.words == "snapshot, equal steps"
    assert time_axis(source([0, 1e300, 2], [0, 1, 2]), "epochs").problem
    assert time_axis(source([1.0], [0.0]), "log").ends() == (-0.5, 0.5)
