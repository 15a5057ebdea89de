"""Fixtures of the tests of experiments: tiny trainings on one thread."""

from __future__ import annotations

import pytest

from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture
def small() -> RunSpec:
    """A LeNet of 8 and 4 units on two of the digits, 6 iterations, snapshots at 0, 3 and 6."""
    return RunSpec(
        NetSpec("lenet", widths=(8, 4)),
        DataSpec("digits", classes=(3, 5)),
        OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9),
        batch_size=50,
        iterations=6,
        snapshots="every:3",
        device="cpu",
    )


@pytest.fixture
def long(small: RunSpec) -> RunSpec:
    """The same, much longer than any test, with a snapshot every 200 iterations."""
    return small.changed(iterations=200_000, snapshots="every:200")
