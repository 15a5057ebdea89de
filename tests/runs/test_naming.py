"""What a snapshot is called, also in runs whose epochs or iterations nobody knows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from workbench.runs.collection.naming import (
    between,
    course,
    death,
    moment,
    moment_beside_number,
    moments,
    nearest_snapshot,
)

NAN = float("nan")


def run(epochs: list[float], iterations: list[float]) -> Any:
    return SimpleNamespace(epochs=np.array(epochs), iterations=np.array(iterations), snapshots=len(epochs))


@pytest.mark.parametrize(
    ("epochs", "iterations", "word", "called", "over"),
    [
        ([0, 0.5], [0, 120], "epoch", "epoch 0.5", "iteration"),
        ([0, 0.5], [NAN, NAN], "epoch", "epoch 0.5", "epoch"),
        ([0, NAN], [0, 12_000], "iteration", "iteration 12000", "iteration"),
        ([NAN, NAN], [NAN, 3], "snapshot", "snapshot 1", "snapshot"),
    ],
)
def test_a_snapshot_is_called_by_what_is_known_of_all(
    epochs: list[float], iterations: list[float], word: str, called: str, over: str
) -> None:
    some = run(epochs, iterations)
    assert (moments(some)[0], moment(some, 1), course(some)[0]) == (word, called, over)
    assert np.isfinite(moments(some)[1]).all()
    assert np.isfinite(course(some)[1]).all()


def test_the_number_of_a_snapshot_is_not_said_twice() -> None:
    assert moment_beside_number(run([0, 2], [0, 8]), 1) == "epoch 2"
    assert moment_beside_number(run([np.nan] * 2, [0, 8]), 1) == "iteration 8"
    assert moment_beside_number(run([np.nan] * 2, [np.nan] * 2), 1) == ""


def test_what_was_seen_at_a_snapshot_happened_after_the_one_before() -> None:
    known, unknown = run([0, 0.5114, 0.5115], [0, 8, 9]), run([np.nan] * 2, [np.nan] * 2)
    assert [between(known, at, 3) for at in range(3)] == [
        "since epoch 0", "between epoch 0 and 0.511", "between snapshot 1 and 2"]  # fmt: skip
    assert between(unknown, 1) == "between snapshot 0 and 1"
    assert [death(known, at, 3) for at in range(2)] == [
        "dead since epoch 0", "dead, died between epoch 0 and 0.511"]  # fmt: skip


@pytest.mark.parametrize(
    ("known", "word", "number", "nearest"),
    [
        ({"epoch": (0, 2, 4)}, "epoch", 3.2, 2),
        ({"epoch": (0, 2, 4)}, "snapshot", 99, 2),
        ({"epoch": (0, 2, 4)}, "iteration", 3, None),
        ({"iteration": (0, 100, 500)}, "iteration", 450, 2),
        ({"iteration": (0, 100, 500)}, "epoch", 1, None),
        ({}, "epoch", 1, None),
        ({}, "snapshot", 1, 1),
    ],
)
def test_a_moment_is_found_only_by_what_the_run_says(
    known: dict[str, tuple[float, ...]], word: str, number: float, nearest: int | None
) -> None:
    curves = {name: np.array(known.get(name, (np.nan,) * 3), float) for name in ("epoch", "iteration")}
    counted: Any = SimpleNamespace(snapshots=3, history=curves.__getitem__)
    assert nearest_snapshot(counted, word, number) == nearest
