"""The values of a specification exactly at their limits, and just beyond."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec, SpecError
from workbench.training import schedule
from workbench.training.checks import check, length
from workbench.training.schedule import Moments, snapshot_iterations

SPEC = RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1)
BELOW_1 = math.nextafter(1.0, 0.0)


def changed(part: str, name: str, value: Any) -> RunSpec:
    return replace(SPEC, **({name: value} if not part else {part: replace(getattr(SPEC, part), **{name: value})}))


@pytest.mark.parametrize(
    ("part", "name", "fine", "wrong", "allowed"),
    [
        ("", "batch_size", [1], [0, -1], "the batch size is at least 1"),
        ("", "seed", [0, 2**63 - 1], [-1, 2**63], "the seed is a whole number from 0 to 2⁶³ − 1"),
        ("", "precision", ["float32", "bfloat16"], ["float64"], "precisions are float32, bfloat16"),
        ("", "iterations", [None, 1], [0, -1], "there is at least 1 iteration"),
        ("", "epochs", [1e-9, 1e9], [0.0, -1.0, math.inf, math.nan], "the number of epochs is above 0"),
        ("", "epochs", [], [None], "the length of the training is given in epochs or in iterations"),
        ("optimiser", "name", ["sgd", "adam"], ["lion"], "optimisers are sgd, adam"),
        (
            "optimiser", "schedule", ["constant", "step", "cosine"], ["linear"],
            "learning-rate schedules are constant, step, cosine",
        ),
        ("optimiser", "learning_rate", [1e-300, 1e9], [0.0, -0.1, math.inf, math.nan], "the learning rate is above 0"),
        ("optimiser", "momentum", [0.0, BELOW_1], [1.0, -0.1], "the momentum is from 0 to below 1"),
        ("optimiser", "weight_decay", [0.0, 1e9], [-1e-9, math.inf], "the weight decay is at least 0"),
        ("data", "validation", [0.0, BELOW_1], [1.0, -0.1], "the validation part is from 0 to below 1"),
        ("data", "label_noise", [0.0, 1.0], [1.1, -0.1], "the label noise is from 0 to 1"),
    ],
)  # fmt: skip
def test_every_value_has_its_limits(part: str, name: str, fine: list[Any], wrong: list[Any], allowed: str) -> None:
    for value in fine:
        check(changed(part, name, value))
    for value in wrong:
        with pytest.raises(SpecError) as refused:
            check(changed(part, name, value))
        assert str(refused.value) == f"{allowed}, not {value}"


def test_only_sgd_takes_a_momentum() -> None:
    check(replace(SPEC, optimiser=OptimiserSpec("sgd", momentum=0.9)))
    check(replace(SPEC, optimiser=OptimiserSpec("adam")))
    with pytest.raises(SpecError, match=r"^only sgd takes a momentum, not 0\.9$"):
        check(replace(SPEC, optimiser=OptimiserSpec("adam", momentum=0.9)))


@pytest.mark.parametrize(
    ("epochs", "iterations", "images", "found"),
    [
        (None, 7, 100, (7, 2)),
        (1, None, 64, (1, 1)),
        (1, None, 65, (2, 2)),
        (2.5, None, 100, (5, 2)),
        (0.1, None, 100, (1, 2)),
        (3, 6, 100, (6, 2)),
        (None, None, 100, (1, 2)),
    ],
)
def test_the_length_is_of_whole_iterations(
    epochs: float | None, iterations: int | None, images: int, found: tuple[int, int]
) -> None:
    assert length(SPEC.changed(epochs=epochs, iterations=iterations), images) == found


@pytest.mark.parametrize(
    ("epochs", "iterations", "said"),
    [
        (1, 3, "1 epoch is 2 iterations of batch 64, not 3: give one of the two"),
        (0.5, 2, "0.5 epochs are 1 iteration of batch 64, not 2: give one of the two"),
    ],
)
def test_two_lengths_that_differ_are_refused(epochs: float, iterations: int, said: str) -> None:
    with pytest.raises(SpecError) as refused:
        length(SPEC.changed(epochs=epochs, iterations=iterations), 100)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "count"), [("every:10", 11), ("every:7", 16), ("epoch", 21), ("log:30", 30), ("log", 24)]
)
def test_a_schedule_may_have_exactly_the_most_snapshots(text: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "MAX_CAPACITY", count)
    assert len(snapshot_iterations(text, 100, 5)) == count
    for fewer in (count - 1, 3):
        monkeypatch.setattr(schedule, "MAX_CAPACITY", fewer)
        with pytest.raises(SpecError, match=f"a run keeps at most {fewer} snapshots: choose fewer"):
            snapshot_iterations(text, 100, 5)


@pytest.mark.parametrize(
    ("text", "iterations", "per_epoch", "count", "kept"),
    [
        ("log:4", 100, 10, 4, [1, 10, 100, 101, 121, 145, 174]),
        ("log", 100, 10, 15, [1, 2, 4, 8, *range(10, 101, 10), 101, 121, 145, 174]),
        (
            "log", None, None, 1,
            [*range(1, 9), 10, 12, 14, 17, 20, 24, 29, 35, 42, 50, 60, 72, 86, 103, 124, 149, 179],
        ),
        ("every:60", 130, None, 4, [60, 120, 130, 180]),
        ("every:65", 130, None, 3, [65, 130, 195]),
        ("epoch", 100, 50, 3, [50, 100, 150, 200]),
        ("epoch", None, None, 1, []),
    ],
)  # fmt: skip
def test_a_network_is_kept_when_it_is_due_also_beyond_the_length_that_was_said(
    text: str, iterations: int | None, per_epoch: int | None, count: int, kept: list[int]
) -> None:
    moments = Moments(text, iterations, per_epoch)
    assert moments.count == count
    assert [iteration for iteration in range(1, 201) if moments.due(iteration)] == kept
