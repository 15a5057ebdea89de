"""Networks that are always right, and always wrong, in reports and figures: their intervals end at the accuracy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.evaluation.run_evaluators import forget
from workbench.figures.drawing import Drawing
from workbench.reports.costs import Costs, costs_of
from workbench.reports.writing import report
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.events import Event, Snapshot
from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

RIGHT, WRONG = 5, 6  # snapshots
SPEC = RunSpec(
    NetSpec("lenet", widths=(16, 8)),
    DataSpec("digits", classes=(0, 5, 7)),  # 98 test images: rounding took both of Wilson's ends past 0 and 100 %
    OptimiserSpec("adam", learning_rate=1e-2),
    batch_size=16,
    epochs=6,
    device="cpu",
)


def with_classes_shifted_at_last(events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """A training whose last snapshot takes each class for the next one."""
    for event in events:
        if isinstance(event, Snapshot) and event.index == WRONG:
            shifted = {f"fc3.{name}": np.roll(event.parameters[f"fc3.{name}"], 1, 0) for name in ("weight", "bias")}
            gram = {**event.gram, "fc3": np.roll(event.gram["fc3"], (1, 1), (0, 1))}
            history = {**event.history, "test_accuracy": 0.0, "validation_accuracy": 0.0}
            yield replace(event, parameters={**event.parameters, **shifted}, gram=gram, history=history)
        else:
            yield event


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    path = tmp_path_factory.mktemp("certain") / "run.h5"
    *_, _finished = record_run(path, with_classes_shifted_at_last(train(SPEC)))
    with open_run(path) as opened:
        yield opened
    forget()
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("snapshot", "percent"), [(RIGHT, 100.0), (WRONG, 0.0)])
def test_figures_of_a_network_that_is_always_right_or_wrong_are_drawn(
    run: Run, snapshot: int, percent: float, tmp_path: Path
) -> None:
    *_, costs = costs_of(place_in(run, "fc1", snapshot))
    assert isinstance(costs, Costs)
    reading = costs.rank_figure.reading
    assert reading is not None
    assert (costs.start, reading.value) == (percent, percent)
    assert percent in (reading.low, reading.high)
    for figure in (costs.rank_figure, costs.pruning_figure):
        Drawing(figure, place_in(run, "fc1", snapshot)).save(tmp_path / f"{figure.kind}.svg")
    areas = np.array([[each.area.low, each.area.mean, each.area.high] for each in costs.pruned])
    assert (np.diff(areas) >= 0.0).all()
    assert areas.min() >= 0.0
    assert areas.max() <= 100.0


@pytest.mark.lengthy
def test_a_network_that_is_always_right_is_reported(run: Run, tmp_path: Path) -> None:
    *_, _written = report([run], tmp_path / "here", ["fc1"], snapshot=RIGHT)
    text = (tmp_path / "here" / "report.html").read_text(encoding="utf-8")
    assert "the network is right on 100.00 %" in text
