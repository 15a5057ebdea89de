"""The one training that this window may have under way, and what is known of it so far."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from workbench.nets.catalogue import ARCHITECTURES, DATA_SETS
from workbench.runs.regular_file import resolved
from workbench.training.command_line import command_line
from workbench.training.events import Event, Finished, Heartbeat, Paused, Progress, Snapshot, Started, TrainingError
from workbench.training.host import host, host_rest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.gui.jobs import Job, Jobs
    from workbench.runs.spec import RunSpec

PARTS = ("train", "validation", "test")
PACE = 40  # progress events over which the pace is taken


class Trace:
    """A curve that only grows, in bounded memory: once it is full, each point is the mean of twice as many."""

    CAPACITY = 1024

    def __init__(self) -> None:
        self._points = np.empty((2, self.CAPACITY))
        self._length = 0
        self._each = 1  # values that make a point
        self._waiting: list[tuple[float, float]] = []  # values for the next point
        self.newest = -np.inf  # the x furthest to the right

    def __len__(self) -> int:
        return self._length

    def append(self, x: float, y: float) -> None:
        """Add a value to the right of all others; a y that is not finite is left out."""
        if not np.isfinite(y):
            return
        self.newest = x
        self._waiting.append((x, y))
        if len(self._waiting) < self._each:
            return
        self._points[:, self._length] = np.mean(self._waiting, axis=0)
        self._length += 1
        self._waiting.clear()
        if self._length == self.CAPACITY:
            self._length //= 2
            self._each *= 2
            self._points[:, : self._length] = self._points.reshape(2, -1, 2).mean(axis=2)

    @property
    def x(self) -> NDArray[np.float64]:
        return self._points[0, : self._length]

    @property
    def y(self) -> NDArray[np.float64]:
        return self._points[1, : self._length]


class Training:
    """What is known of a training: the newest event of each kind, and its curves over the iterations."""

    def __init__(self, spec: RunSpec, path: Path) -> None:
        self.spec = spec
        self.path = path
        self.started: Started | None = None
        self.progress: Progress | None = None
        self.snapshot: Snapshot | None = None
        self.paused = ""  # why it waits
        self.note = ""  # what the training itself has to say, such as a loss that is no longer finite
        self.stopping = False
        self.events = 0  # grows with every event: equal numbers, equal pictures
        self.loss = {part: Trace() for part in PARTS}
        self.accuracy = {part: Trace() for part in PARTS}
        self._pace: deque[tuple[int, float]] = deque(maxlen=PACE)  # iterations done, seconds

    @property
    def title(self) -> str:
        """What is trained, in words."""
        if self.started is not None:
            return self.started.title
        net, data = ARCHITECTURES.get(self.spec.net.name), DATA_SETS.get(self.spec.data.name)
        return f"{net.title if net else self.spec.net.name} on {data.title if data else self.spec.data.name}"

    @property
    def pace(self) -> float:
        """Iterations per second of late; NaN as long as nothing is known."""
        if len(self._pace) < 2:
            return float("nan")
        (first, since), (last, now) = self._pace[0], self._pace[-1]
        return (last - first) / (now - since) if now > since and last > first else float("nan")

    def take(self, event: Event) -> None:
        """Note down an event."""
        self.events += 1
        if not isinstance(event, Heartbeat):
            self.paused = event.problem if isinstance(event, Paused) else ""
        if isinstance(event, Started):
            self.started = event
        elif isinstance(event, Progress):
            self._take_progress(event)
        elif isinstance(event, Snapshot):
            self._take_snapshot(event)

    def _take_progress(self, event: Progress) -> None:
        self.progress = event
        self.note = event.note
        self.loss["train"].append(event.iteration, event.loss)
        self.accuracy["train"].append(event.iteration, event.accuracy)
        self._pace.append((event.iteration, event.seconds))

    def _take_snapshot(self, event: Snapshot) -> None:
        self.snapshot = event
        self.note = event.note
        for part in ("validation", "test"):
            self.loss[part].append(event.iteration, event.history[f"{part}_loss"])
            self.accuracy[part].append(event.iteration, event.history[f"{part}_accuracy"])
        # Short trainings give few signs of life between snapshots: the mean since the last one counts too.
        if self.loss["train"].newest < event.iteration:
            self.loss["train"].append(event.iteration, event.history["train_loss"])
            self.accuracy["train"].append(event.iteration, event.history["train_accuracy"])


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
    paused = Signal(object)  # once for each time that it has to wait
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

    @property
    def training(self) -> Training | None:
        """The training under way, if there is one."""
        return self._training

    def start(self, spec: RunSpec, path: Path, root: Path | None = None, download: bool = False) -> None:
        """Train `spec` into the new file `path`; a TrainingError if a training is under way already."""
        if self._training is not None:
            raise TrainingError("a training is under way already: stop it first, or wait for its end")
        target = resolved(path)
        spec = replace(spec, command=command_line(spec, target))
        stop = self._begin(spec, target)
        self._follow(_steps(spec, target, root, download, stop.is_set))

    def resume(self, spec: RunSpec, path: Path) -> None:
        """Go on with the interrupted training of the run at `path`; a TrainingError if one is under way already."""
        if self._training is not None:
            raise TrainingError("a training is under way already: stop it first, or wait for its end")
        stop = self._begin(spec, path)
        self._follow(host_rest(path, should_stop=stop.is_set))

    def _begin(self, spec: RunSpec, path: Path) -> threading.Event:
        self._training = Training(spec, path)
        self._finished = None
        self._path_told = False
        self._stop = threading.Event()
        return self._stop

    def _follow(self, steps: Generator[Event, None, None]) -> None:
        self._jobs.start(steps, self._on_job_event, self._on_job_failed, self._on_job_ended)
        self.changed.emit()

    def stop(self) -> None:
        """Ask the training to end with a closed file; `ended` says when it has."""
        if self._training is not None:
            self._stop.set()
            self._training.stopping = True
            self._training.events += 1
            self.changed.emit()

    def _on_job_event(self, event: Event) -> None:
        if self._training is None:
            return
        waited = bool(self._training.paused)
        self._training.take(event)
        if isinstance(event, Paused) and not waited:
            self.paused.emit(event)
        elif isinstance(event, Started):
            self.started.emit(event)
        elif isinstance(event, Progress):
            self.progressed.emit(event)
        elif isinstance(event, Snapshot):
            self.snapshot_taken.emit(event)
            self._tell_path()
        elif isinstance(event, Finished):
            self._finished = event
        self.changed.emit()

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
    spec: RunSpec, path: Path, root: Path | None, download: bool, should_stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    yield from host(spec, path, root, download, should_stop)
