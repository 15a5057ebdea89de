"""Writes a training into a run file as it goes by: a stage between `train` and whoever watches."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.runs.birth import create
from workbench.runs.layout import ACTIVITY, GRAM, HISTORY, PARAMETERS, PER_CLASS, SPECTRUM, plan
from workbench.runs.recorder import Recorder
from workbench.training.events import Event, Finished, Snapshot, Started

if TYPE_CHECKING:
    from collections.abc import Generator


def record(path: str | Path, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
    """The same events, each snapshot passed on when it is safe in the new run file `path`; then Finished.

    The file is made at Started, after its size was compared with the free disk (DiskFull), and never replaces
    another (FileExistsError). It is closed in every case: full, or cut to what was kept when the events end
    early, when this generator is closed, and before an error of the training goes on to the caller.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already and is never overwritten: choose another name")
    with closing(events):
        started = next(events)
        if not isinstance(started, Started):
            raise TypeError(f"a training begins with Started, not with {type(started).__name__}")
        create(target, started.spec, started.layers, _plan(started), len(started.snapshots), started.title)
        with closing(Recorder(target)) as recorder:
            yield started
            for event in events:
                if isinstance(event, Snapshot):
                    recorder.commit(rows(event))
                yield event
            kept = recorder.committed
    if not target.exists():
        raise FileNotFoundError(f"{target} was removed while it was being written: its {kept} snapshots are lost")
    yield Finished(str(target), kept, "finished" if kept == len(started.snapshots) else "stopped")


def rows(snapshot: Snapshot) -> dict[str, Any]:
    """One row for every dataset of the run file: path -> array or number."""
    groups = {
        PARAMETERS: snapshot.parameters,
        SPECTRUM: snapshot.spectrum,
        GRAM: snapshot.gram,
        ACTIVITY: snapshot.activity,
        HISTORY: {**snapshot.history, PER_CLASS: snapshot.test_accuracy_per_class},
    }
    return {f"{group}/{name}": values for group, named in groups.items() for name, values in named.items()}


def _plan(started: Started) -> Any:
    return plan(started.layers, started.parameters, started.spec.net.classes or 0)
