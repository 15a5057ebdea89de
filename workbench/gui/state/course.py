"""What is known of the training under way: its newest events, and its curves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS
from workbench.training.events import (
    Event,
    Heartbeat,
    Paused,
    Progress,
    Renamed,
    Saving,
    Silent,
    Snapshot,
    Started,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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


@dataclass(frozen=True, eq=False)
class Earlier:
    """The curves of a training until it was interrupted, by the names of the run file's history; each (T,)."""

    curves: Mapping[str, NDArray[np.float64]]


class Training:
    """What is known of a training: the newest event of each kind, and its curves over the iterations."""

    def __init__(self, spec: RunSpec, path: Path) -> None:
        self.spec = spec
        self.path = path
        self.started: Started | None = None
        self.progress: Progress | None = None
        self.snapshot: Snapshot | None = None
        self.paused = ""  # why it waits
        self.silent = ""  # that its process does not answer
        self.saving: Path | None = None  # where a run that was moved is being saved
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
    def waits_for(self) -> str:
        """Why it does not go on; "" where it does."""
        return self.silent or self.paused

    @property
    def pace(self) -> float:
        """Iterations per second of late; NaN as long as nothing is known."""
        if len(self._pace) < 2:
            return float("nan")
        (first, since), (last, now) = self._pace[0], self._pace[-1]
        return (last - first) / (now - since) if now > since and last > first else float("nan")

    def take(self, event: Event | Earlier) -> None:
        """Note down an event."""
        self.events += 1
        self.silent = event.problem if isinstance(event, Silent) else ""
        if not isinstance(event, Heartbeat | Silent):
            self.paused = event.problem if isinstance(event, Paused) else ""
            self.saving = Path(event.path) if isinstance(event, Saving) else None
        if isinstance(event, Earlier):
            self._take_earlier(event)
        elif isinstance(event, Renamed):
            self.path = Path(event.path)
        elif isinstance(event, Started):
            self.started = event
        elif isinstance(event, Progress):
            self._take_progress(event)
        elif isinstance(event, Snapshot):
            self._take_snapshot(event)

    def _take_earlier(self, event: Earlier) -> None:
        for part in PARTS:
            for what, traces in (("loss", self.loss), ("accuracy", self.accuracy)):
                for x, y in zip(event.curves["iteration"], event.curves[f"{part}_{what}"], strict=True):
                    traces[part].append(x, y)

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
