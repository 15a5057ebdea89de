"""Writes a training into a run file as it goes by: a stage between `train` and whoever watches."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.runs.birth import create
from workbench.runs.counted import counted
from workbench.runs.errors import DiskFull
from workbench.runs.layout import ACTIVITY, GRAM, HISTORY, PARAMETERS, PER_CLASS, SPECTRUM, plan
from workbench.runs.recorder import Recorder
from workbench.runs.resumption import StateKeeper
from workbench.training.events import Event, Finished, Paused, Snapshot, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

RETRY = 1.0  # seconds between two tries to write what could not be written
_STEP = 0.05  # seconds between two looks whether somebody wants to stop meanwhile


def record(
    path: str | Path, events: Generator[Event, None, None], should_stop: Callable[[], bool] | None = None
) -> Generator[Event, None, None]:
    """The same events, each snapshot passed on when it is safe in the new run file `path`; then Finished.

    The file is made at Started, after its size was compared with the free disk (DiskFull), and never replaces
    another (FileExistsError); none is made where `should_stop()` by then. It is finished (full, or cut to what was
    kept) when the events end and when this generator is closed; after an error it stays a valid, unfinished run. What
    the training needs to go on is kept beside it until the last iteration. While a disk is full or fails, Paused comes
    every second, until the snapshot could be written or `should_stop()`.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already and is never overwritten: choose another name")
    with closing(events):
        started = _first(events)
        if should_stop is not None and should_stop():
            yield Finished(str(target), 0, "stopped")
            return
        StateKeeper(target, "").close()  # another file in its place is named before anything is written
        create(target, started.spec, started.layers, _plan(started), len(started.snapshots), started.title)
        with _Recording(target, len(started.snapshots), should_stop) as recording:
            yield started
            yield from recording.of(events)
    yield recording.finished()


def record_on(
    path: str | Path, events: Generator[Event, None, None], should_stop: Callable[[], bool] | None = None
) -> Generator[Event, None, None]:
    """As `record`, into the run at `path` that was begun before; snapshots it holds already are passed on only.

    RunError where the run cannot be written.
    """
    target = Path(path)
    with closing(events):
        started = _first(events)
        with _Recording(target, len(started.snapshots), should_stop) as recording:
            yield started
            yield from recording.of(events)
    yield recording.finished()


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


class _Recording:
    """The run file and the file beside it, open for writing in a with block."""

    def __init__(self, target: Path, planned: int, should_stop: Callable[[], bool] | None) -> None:
        self._target, self._planned = target, planned
        self._should_stop = should_stop or (lambda: False)
        self._recorder = Recorder(target, room=planned)
        try:
            self._keeper = StateKeeper(target, self._recorder.run_id)
        except BaseException:
            self._recorder.abandon()
            raise

    def __enter__(self) -> _Recording:
        self._recorder.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            if self._recorder.committed == self._planned:
                self._keeper.remove()
            self._keeper.close()
        finally:
            self._recorder.__exit__(*error)

    def of(self, events: Generator[Event, None, None]) -> Iterator[Event]:
        """The events, each snapshot when it is safe; they end where a stop is wanted before it is."""
        for event in events:
            if isinstance(event, Snapshot) and not (yield from self._kept(event)):
                return
            yield event

    def finished(self) -> Finished:
        """The last event."""
        kept = self._recorder.committed
        if not self._target.exists():
            problem = f"was removed while it was being written, with its {counted(kept, 'snapshot')}"
            raise FileNotFoundError(f"{self._target} {problem}")
        return Finished(str(self._target), kept, "finished" if kept == self._planned else "stopped")

    def _kept(self, snapshot: Snapshot) -> Generator[Event, None, bool]:
        """Whether the snapshot is safe on the disk, however long that took; False where a stop was wanted first."""
        fitting = rows(snapshot)
        while snapshot.index >= self._recorder.committed:
            try:
                if snapshot.state:  # first: whatever happens, the state of the last snapshot in the run is there
                    self._keeper.keep(snapshot.index, snapshot.state)
                self._recorder.commit(fitting)
            except DiskFull as error:
                yield Paused(str(error))
                if not self._waited():
                    return False
        return True

    def _waited(self) -> bool:
        """Whether it is time for another try; False where a stop is wanted."""
        until = time.monotonic() + RETRY
        while time.monotonic() < until and not self._should_stop():
            time.sleep(_STEP)
        return not self._should_stop()


def _first(events: Generator[Event, None, None]) -> Started:
    started = next(events)
    if not isinstance(started, Started):
        raise TypeError(f"a training begins with Started, not with {type(started).__name__}")
    return started


def _plan(started: Started) -> Any:
    return plan(started.layers, started.parameters, started.spec.net.classes or 0)
