"""Trainings that an experiment asks for: made, gone on with, or taken as they are."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.runs.run import open_run
from workbench.runs.spec import RunSpec
from workbench.training.command_line import command_line
from workbench.training.events import Progress
from workbench.training.resampling import resample
from workbench.training.resuming import check_resumable, resume

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.training.events import Event
    from workbench.training.resampling import Order

SAME = ("iterations", "seed", "initialiser", "optimiser", "batch_size", "snapshots", "shuffle")


@dataclass(frozen=True)
class Again:
    """A training that begins as another run did, with the layers behind one drawn again, or other batches."""

    run: Path
    after: Callable[[Run], str] | None = None  # the layer behind which all are drawn again; None: none is
    order: Order = "kept"  # of the batches

    def specification(self) -> RunSpec:
        """What is trained, once the run is there."""
        with open_run(self.run) as run:
            return resample(run, "" if self.after is None else self.after(run), self.order)


@dataclass(frozen=True)
class Training:
    """One run to be made."""

    name: str  # of those that differ by their seed alone
    path: Path
    title: str
    what: RunSpec | Again

    def specification(self) -> RunSpec:
        """What is trained. RunError: the run that it begins with is not there."""
        spec = self.what if isinstance(self.what, RunSpec) else self.what.specification()
        return replace(spec, command=command_line(spec, self.path))


def made(training: Training, should_stop: Callable[[], bool]) -> Generator[tuple[int, int], None, None]:
    """Make a run unless it is there; yields (iterations done, of all). One that was interrupted goes on.

    ValueError: the file holds another training; else as `train`.
    """
    with closing(_events(training, should_stop)) as events:
        for event in events:
            if isinstance(event, Progress):
                yield event.iteration, max(event.iterations, 1)


def _events(training: Training, should_stop: Callable[[], bool]) -> Generator[Event, None, None]:
    path = training.path
    if path.exists():
        with open_run(path) as run:
            if isinstance(training.what, RunSpec):
                check_same(path, run.spec, training.what)
            if run.finished and run.spec.iterations == run.iterations[-1]:
                return
            check_resumable(run)
        yield from resume(path, should_stop=should_stop)
        return
    from workbench.training.loop.loop import train
    from workbench.training.recording import record_run

    path.parent.mkdir(parents=True, exist_ok=True)
    yield from record_run(path, train(training.specification(), None, False, should_stop), should_stop)


def check_same(path: Path, found: RunSpec, asked: RunSpec) -> None:
    """Raise ValueError where a file holds another training than is asked for."""
    for field in SAME:
        there, here = getattr(found, field), getattr(asked, field)
        if there != here:
            raise ValueError(
                f"{path} holds another training: its {field} is {there}, not {here}; choose another folder"
            )
