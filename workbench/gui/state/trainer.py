"""The one training that this window may have under way, and what is known of it so far."""

from __future__ import annotations

import queue
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from workbench.cached import cached_property
from workbench.runs.files.regular_file import resolved
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from workbench.gui.background.jobs import Job, Jobs
    from workbench.gui.state.course import Earlier, Training
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Event, Finished


class Trainer(QObject):
    """Hosts at most one training at a time, in a child process watched by a job.

    `ended(Finished | None)` comes once for each training, when its process and thread are gone: None where it
    failed or was cut off with all other jobs; `failed(error)` comes before it. `path_ready(path)` comes once,
    as soon as the run file holds its first snapshot, so that it can be opened like any other; after a failure
    at the latest, if there is a file.
    """

    started = Signal(object)
    progressed = Signal(object)
    snapshot_taken = Signal(object)
    paused = Signal(object)  # Paused or Silent, once for each reason to wait
    went_on = Signal()  # it does not wait any more, or for something else
    failed = Signal(object)
    ended = Signal(object)
    path_ready = Signal(object)
    changed = Signal()  # a training began, was asked to stop, told something or ended

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._training: Training | None = None
        self._finished: Finished | None = None
        self._path_told = False
        self._stop = threading.Event()
        self._names: queue.SimpleQueue[Path] = queue.SimpleQueue()

    @cached_property
    def _signals(self) -> dict[type, SignalInstance]:
        from workbench.training.events import Progress, Snapshot, Started

        return {Started: self.started, Progress: self.progressed, Snapshot: self.snapshot_taken}

    @property
    def training(self) -> Training | None:
        """The training under way, if there is one."""
        return self._training

    def start(self, spec: RunSpec, path: Path, root: Path | None = None, download: bool = False) -> None:
        """Train `spec` into the new file `path`; a TrainingError if a training is under way already."""
        from workbench.training.command_line import command_line
        from workbench.training.events import TrainingError

        if self._training is not None:
            raise TrainingError("a training is already running: stop it first, or wait for it to end")
        target = resolved(path)
        spec = replace(spec, command=command_line(spec, target))
        stop = self._begin(spec, target)
        self._follow(_steps(spec, target, root, download, stop.is_set, _first_of(self._names)))

    def resume(self, spec: RunSpec, path: Path) -> None:
        """Go on with the interrupted training of the run at `path`; a TrainingError if one is under way already."""
        from workbench.training.events import TrainingError

        if self._training is not None:
            raise TrainingError("a training is already running: stop it first, or wait for it to end")
        stop = self._begin(spec, path)
        self._follow(_rest(path, stop.is_set, _first_of(self._names)))

    def _begin(self, spec: RunSpec, path: Path) -> threading.Event:
        from workbench.gui.state.course import Training

        self._training = Training(spec, path)
        self._finished = None
        self._path_told = False
        self._stop, self._names = threading.Event(), queue.SimpleQueue()
        return self._stop

    def _follow(self, steps: Generator[Event | Earlier, None, None]) -> None:
        self._jobs.start(steps, self._on_job_event, self._on_job_failed, self._on_job_ended)
        self.changed.emit()

    def stop(self) -> None:
        """Ask the training to end with a last snapshot in a closed file; `ended` says when it has."""
        if self._training is not None:
            self._stop.set()
            self._training.stopping = True
            self._training.events += 1
            self.changed.emit()

    def go_on_as(self, path: Path) -> None:
        """Let a run whose file is gone from its name continue in the new file `path`."""
        self._names.put(path)

    def _on_job_event(self, event: Event | Earlier) -> None:
        from workbench.training.events import Finished, Renamed, Snapshot

        if self._training is None:
            return
        before = self._training.waits_for
        self._training.take(event)
        self._tell_of_waiting(event, before, self._training.waits_for)
        if type(event) in self._signals:
            self._signals[type(event)].emit(event)
        if isinstance(event, Finished):
            self._finished = event
        elif isinstance(event, Renamed):
            self._path_told = False
        if isinstance(event, Snapshot | Renamed):
            self._tell_path()
        self.changed.emit()

    def _tell_of_waiting(self, event: Event | Earlier, before: str, now: str) -> None:
        if before and now != before:
            self.went_on.emit()
        if now and now != before:
            self.paused.emit(event)

    def _on_job_failed(self, error: Exception) -> None:
        self.failed.emit(error)
        # Only a file of this training's own making: the error may be that another was there before.
        if self._training is not None and self._training.started is not None and self._training.path.exists():
            self._tell_path()

    def _on_job_ended(self, _job: Job) -> None:
        self._training = None
        self.ended.emit(self._finished)
        self.changed.emit()

    def _tell_path(self) -> None:
        if self._training is not None and not self._path_told:
            self._path_told = True
            self.path_ready.emit(self._training.path)


def _steps(
    spec: RunSpec,
    path: Path,
    root: Path | None,
    download: bool,
    should_stop: Callable[[], bool],
    new_name: Callable[[], Path | None],
) -> Generator[Event, None, None]:
    from workbench.training.process.host import host

    path.parent.mkdir(parents=True, exist_ok=True)
    yield from host(spec, path, root, download, should_stop, new_name)


def _rest(
    path: Path, should_stop: Callable[[], bool], new_name: Callable[[], Path | None]
) -> Generator[Event | Earlier, None, None]:
    """The training so far, and the rest of it."""
    from workbench.gui.state.course import PARTS, Earlier
    from workbench.training.process.host import host_rest

    with open_run(path) as run:
        names = ("iteration", *(f"{part}_{what}" for part in PARTS for what in ("loss", "accuracy")))
        if run.snapshots > 1:  # else it begins again
            yield Earlier({name: run.history(name) for name in names})
    yield from host_rest(path, should_stop=should_stop, new_name=new_name)


def _first_of(names: queue.SimpleQueue[Path]) -> Callable[[], Path | None]:
    """Takes the oldest name out of the queue; None where there is none."""

    def first() -> Path | None:
        try:
            return names.get_nowait()
        except queue.Empty:
            return None

    return first
