"""Fixtures of the training tests: one thread, tiny runs."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.events import Snapshot, Started
from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None) -> None:
    """Every test here."""


@pytest.fixture(autouse=True)
def with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings in bfloat16 are such on every machine, if slow ones."""
    monkeypatch.setattr("workbench.training.preparation.computes_bfloat16", lambda _where: True)


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


@pytest.fixture
def recorded() -> Iterator[Callable[[RunSpec, Path], Run]]:
    """Trains a spec into a file and opens the run, which is closed after the test."""
    with ExitStack() as opened:

        def record(spec: RunSpec, path: Path) -> Run:
            for _ in record_run(path, train(spec)):
                pass
            return opened.enter_context(open_run(path))

        yield record


@pytest.fixture
def parent(tiny: RunSpec, tmp_path: Path, recorded: Callable[[RunSpec, Path], Run]) -> Run:
    """The tiny LeNet of 12 and 6 units, trained: snapshots at the iterations 0, 9 and 18."""
    return recorded(tiny, tmp_path / "parent.h5")
