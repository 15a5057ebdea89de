"""What a training tells while it runs: frozen events, each complete in itself, without torch, Qt or files."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, TypeAlias

# msgspec resolves these annotations when an event crosses the process boundary, so they are real imports.
from workbench.runs.layout import LayerInfo  # noqa: TC001
from workbench.runs.pace import Estimate
from workbench.runs.spec import RunSpec  # noqa: TC001

NOT_A_NUMBER = float("nan")
Phase = Literal["training", "evaluating"]


class TrainingError(RuntimeError):
    """A training that cannot start or go on: one clear sentence, and `details` for the log."""

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


@dataclass(frozen=True)
class Started:
    """The first event: everything that was fixed before the first step."""

    spec: RunSpec  # resolved: facts, device, both iterations and epochs, the net's own values filled in
    title: str
    layers: tuple[LayerInfo, ...]
    parameters: dict[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, NumPy dtype name
    snapshots: tuple[int, ...]  # the iteration of every snapshot: first 0, last the last iteration
    bytes: int  # forecast of the run file's size
    file: tuple[int, int] | None = None  # device and inode of the run file, once there is one


@dataclass(frozen=True)
class Progress:
    """A sign of life, several times a second."""

    phase: Phase
    iteration: int  # steps done
    iterations: int  # steps in all
    epoch: float
    loss: float = NOT_A_NUMBER  # mean over the training images since the last Progress; NaN if there were none
    accuracy: float = NOT_A_NUMBER  # percent, of the same images
    seconds: float = 0.0  # since the training began
    remaining: float = NOT_A_NUMBER  # seconds still to go; NaN as long as nothing is known
    note: str = ""  # what the user should know, such as a loss that is no longer finite
    done: float = NOT_A_NUMBER  # 0…1 of the work, by the time it takes
    late: bool = False  # the step under way takes longer than expected

    @property
    def estimate(self) -> Estimate:
        """How far the training is and how long it will still take."""
        done = self.done if isfinite(self.done) else self.iteration / max(self.iterations, 1)
        return Estimate(done, self.remaining if isfinite(self.remaining) else None, late=self.late)


@dataclass(frozen=True)
class Snapshot:
    """The network at one moment. The arrays are left out (empty) on their way through a pipe."""

    index: int
    iteration: int
    epoch: float
    history: dict[str, float]  # one value for each of the run file's /history fields that is a number
    test_accuracy_per_class: tuple[float, ...]
    parameters: dict[str, Any] = field(default_factory=dict, repr=False)  # state-dict key -> ndarray
    spectrum: dict[str, Any] = field(default_factory=dict, repr=False)  # layer -> (min(m, n),) float64
    gram: dict[str, Any] = field(default_factory=dict, repr=False)  # layer -> (m, m) float64, where kept
    activity: dict[str, Any] = field(default_factory=dict, repr=False)  # layer -> (m,) float32
    state: dict[str, Any] = field(default_factory=dict, repr=False)  # what the training needs to go on from here
    note: str = ""

    @property
    def test_accuracy(self) -> float:
        """Percent of the test images."""
        return self.history["test_accuracy"]

    @property
    def validation_accuracy(self) -> float:
        """Percent of the validation images; NaN where none are held out."""
        return self.history["validation_accuracy"]


@dataclass(frozen=True)
class Paused:
    """The run cannot be written; it is tried again and again. Any other event but Heartbeat says that it goes on."""

    problem: str  # one sentence: the file, what is wrong, what to do
    other_name: str = ""  # a free name under which it can go on; "" where only waiting helps


@dataclass(frozen=True)
class Saving:
    """All that was recorded is being copied into another file, because the run does not lie under its name any more."""

    path: str  # the other file
    problem: str


@dataclass(frozen=True)
class Renamed:
    """The run goes on in another file, with all of its snapshots."""

    path: str
    problem: str  # why
    file: tuple[int, int]  # its device and inode


@dataclass(frozen=True)
class Finished:
    """The last event of a recorded training: its file is closed."""

    path: str
    snapshots: int  # committed
    reason: Literal["finished", "stopped"]
    note: str = ""  # why the run is in another file than was requested


@dataclass(frozen=True)
class Heartbeat:
    """Nothing has happened, but the training process is alive."""


@dataclass(frozen=True)
class Silent:
    """The training process does not answer; any other event says that it does again."""

    problem: str


Event: TypeAlias = Started | Progress | Snapshot | Paused | Saving | Renamed | Finished | Heartbeat | Silent
