"""Fixtures of the training tests: one thread, tiny runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.events import Snapshot, Started
from workbench.training.loop import train

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture
def tiny() -> RunSpec:
    """A LeNet of 12 and 6 units on three of the digits, 9 iterations an epoch, on the processor."""
    return RunSpec(
        NetSpec("lenet", widths=(12, 6)),
        DataSpec("digits", classes=(3, 5, 7)),
        OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-3, schedule="cosine"),
        batch_size=50,
        epochs=2,
        device="cpu",
        seed=4,
    )


@pytest.fixture
def long(tiny: RunSpec) -> RunSpec:
    """The same, much longer than any test."""
    return tiny.changed(epochs=None, iterations=10_000_000, snapshots="every:500000")


@pytest.fixture
def run_of() -> Callable[..., tuple[Started, list[Snapshot]]]:
    """Trains a spec and gives its Started and its snapshots."""

    def trained(spec: RunSpec, **options: Any) -> tuple[Started, list[Snapshot]]:
        started, *others = train(spec, **options)
        assert isinstance(started, Started)
        return started, [event for event in others if isinstance(event, Snapshot)]

    return trained
