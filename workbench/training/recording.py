"""Writes a training into a run file as it runs: a stage between `train` and its observer."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.runs.errors import DiskFull, RunError, RunMoved
from workbench.runs.files.moved import recovered_path
from workbench.runs.layout import ACTIVITY, GRAM, HISTORY, PARAMETERS, PER_CLASS, SPECTRUM, plan
from workbench.runs.saying import in_words
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder
from workbench.runs.writing.resumption import StateKeeper
from workbench.training.events import Event, Finished, Paused, Renamed, Saving, Snapshot, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

RETRY = 1.0  # seconds between two tries to write what could not be written
LOOK = 1.0  # seconds between two looks whether the file is in its place, between snapshots
PATIENCE = 30.0  # seconds in which a run that was moved may be put back, if no one can be asked for another name
_STEP = 0.05  # seconds between two looks whether somebody wants to stop meanwhile


def record_run(
    path: str | Path,
    events: Generator[Event, None, None],
    should_stop: Callable[[], bool] | None = None,
    new_name: Callable[[], Path | None] | None = None,
) -> Generator[Event, None, None]:
    """The same events, each snapshot passed on when it is safe in the new run file `path`; then Finished.

    The file is made at Started, after its size was compared with the free disk (DiskFull), and never replaces
    another (FileExistsError); none is made where `should_stop()` by then. It is finished (full, or cut to what was
    kept) when the events end and when this generator is closed; after an error it stays a valid, unfinished run. What
    the training needs to go on is kept beside it until the last iteration.

    While a disk is full or fails, and while the file does not lie under its name any more (deleted, moved, replaced),
    Paused comes every second, until the run could be written or `should_stop()`. A file that is not put back: the run
    goes on in the file that `new_name()` gives (Saving, Renamed); without `new_name` it waits for half a minute and
    takes a free name by itself, and where it is to stop it does so at once.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} already exists and is never overwritten: choose another name")
    with closing(events):
        started = _first(events)
        if should_stop is not None and should_stop():
            yield Finished(str(target), 0, "stopped")
            return
        StateKeeper(target, "").close()  # another file in its place is named before anything is written
        create(target, started.spec, started.layers, _plan(started), len(started.snapshots), started.title)
        yield from _recorded(target, started, events, should_stop, new_name)


def record_on(
    path: str | Path,
    events: Generator[Event, None, None],
    should_stop: Callable[[], bool] | None = None,
    new_name: Callable[[], Path | None] | None = None,
) -> Generator[Event, None, None]:
    """As `record_run`, into the run at `path` that was begun before; snapshots it holds already are passed on only.

    RunError where the run cannot be written.
    """
    with closing(events):
        yield from _recorded(Path(path), _first(events), events, should_stop, new_name)


def _recorded(
    target: Path,
    started: Started,
    events: Generator[Event, None, None],
    should_stop: Callable[[], bool] | None,
    new_name: Callable[[], Path | None] | None,
) -> Generator[Event, None, None]:
    with _Recording(target, started.snapshots, should_stop, new_name) as recording:
        yield replace(started, file=recording.file)
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

    def __init__(
        self,
        target: Path,
        planned: tuple[int, ...],
        should_stop: Callable[[], bool] | None,
        new_name: Callable[[], Path | None] | None,
    ) -> None:
        self._target, self._planned = target, planned
        self._should_stop = should_stop or (lambda: False)
        self._new_name = new_name
        self._complete, self._problem = False, ""
        self._looked = time.monotonic()
        self._recorder = Recorder(target, room=len(planned))
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
            if self._complete:
                self._keeper.remove()
        finally:
            try:
                self._recorder.__exit__(*error)
                if self._recorder.committed:
                    self._keeper.go_on_as(self._recorder.path)  # another one where the run had to be saved elsewhere
            finally:
                self._keeper.close()

    @property
    def file(self) -> tuple[int, int]:
        """Device and inode of the run file."""
        return self._recorder.file

    def of(self, events: Generator[Event, None, None]) -> Iterator[Event]:
        """The events, each snapshot when it is safe; they end where a stop is wanted before it is."""
        for event in events:
            if isinstance(event, Snapshot):
                if not (yield from self._achieved(self._write(event))):
                    return
                self._complete = event.iteration == self._planned[-1]
            elif time.monotonic() - self._looked > LOOK and not (yield from self._achieved(self._look)):
                return
            yield event
        if self._recorder.committed:
            yield from self._achieved(self._look)

    def finished(self) -> Finished:
        """The last event."""
        if self._recorder.path != os.path.realpath(self._target):  # it was saved elsewhere when it was closed
            self._problem = self._problem or f"{self._target} was no longer there."
            self._target = Path(self._recorder.path)
        reason: Literal["finished", "stopped"] = "finished" if self._complete else "stopped"
        return Finished(str(self._target), self._recorder.committed, reason, self._problem)

    def _write(self, snapshot: Snapshot) -> Callable[[], None]:
        """What writes the snapshot, unless the run holds it already; called again where it could not."""
        fitting = rows(snapshot)

        def write() -> None:
            if snapshot.index < self._recorder.committed:
                return
            self._keeper.go_on_as(self._recorder.path)
            if snapshot.state:  # first: whatever happens, the state of the last snapshot in the run is there
                self._keeper.keep(snapshot.index, snapshot.state)
            self._recorder.commit(fitting)

        return write

    def _look(self) -> None:
        self._looked = time.monotonic()
        self._recorder.check_in_place()

    def _achieved(self, action: Callable[[], None]) -> Generator[Event, None, bool]:
        """Whether `action` succeeded, however long that took; False where a stop was wanted first."""
        since = time.monotonic()
        while True:
            try:
                action()
                return True
            except (DiskFull, RunMoved) as error:
                problem, moved = str(error), isinstance(error, RunMoved)
            other = recovered_path(self._target) if moved else None
            if self._should_stop():
                if other is None or not (yield from self._go_on_as(other, problem)):
                    return False
                continue
            yield Paused(problem, str(other or ""))
            name = self._waited(moved, None if self._new_name or other is None else since + PATIENCE, other)
            if moved and name is not None:
                yield from self._go_on_as(name, problem)

    def _waited(self, moved: bool, at_last: float | None, other: Path | None) -> Path | None:
        """The name to go on under, once there is one; None: it is time for another try, or a stop is wanted."""
        until = time.monotonic() + RETRY
        while time.monotonic() < until and not self._should_stop():
            name = self._new_name() if self._new_name is not None else None
            if name is not None:
                return name
            if at_last is not None and time.monotonic() > at_last:
                return other
            time.sleep(_STEP)
        return None

    def _go_on_as(self, path: Path, problem: str) -> Generator[Event, None, bool]:
        """Whether the run lies in the file `path` now."""
        yield Saving(str(path), problem)
        try:
            self._recorder.go_on_as(path)
            self._keeper.go_on_as(path)
        except (RunError, OSError) as error:
            yield Paused(in_words(error), str(recovered_path(self._target)))
            return False
        self._target, self._problem = path, problem
        yield Renamed(str(path), problem, self._recorder.file)
        return True


def _first(events: Generator[Event, None, None]) -> Started:
    started = next(events)
    if not isinstance(started, Started):
        raise TypeError(f"a training begins with Started, not with {type(started).__name__}")
    return started


def _plan(started: Started) -> Any:
    return plan(started.layers, started.parameters, started.spec.net.classes or 0)
