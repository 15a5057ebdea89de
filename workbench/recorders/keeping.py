"""The recording of somebody else's training: what is measured and kept at which step, each with its own weights."""

from __future__ import annotations

import logging
import time
import warnings
from math import nan
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import torch

from workbench.nets.units import activity
from workbench.nets.weights import plain_name, uncompiled
from workbench.recorders.logged import Accuracies, field
from workbench.runs.errors import RunMoved
from workbench.runs.files.moved import recovered_path
from workbench.runs.layout import ACTIVITY, HISTORY, HISTORY_FIELDS
from workbench.runs.writing.recorder import Recorder
from workbench.training.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from torch import nn

    from workbench.recorders.recorded_network import RecordedNetwork, Rows
    from workbench.recorders.rules import Rules
    from workbench.training.schedule import Moments

    Curve = float | torch.Tensor
    Evaluate = Callable[[nn.Module], Mapping[str, Curve]]
    Copied = tuple[Callable[[], Rows], dict[str, Any]]  # the parameters, and what belongs to them

logger = logging.getLogger(__name__)
MEANS = ("train_loss", "train_accuracy")  # over the steps since the snapshot before; the others: of these very weights
OF_WEIGHTS = tuple(name for name in HISTORY_FIELDS if name.startswith(("validation_", "test_")))
ACTIVITY_CHUNK = 250
LOST = "The training continues, and later snapshots are tried again; further losses are only counted."


class RecordingWarning(UserWarning):
    """Something of a training is not recorded, or not as it was given; the training itself goes on."""


class Keeping:
    """A recording under way, in the process that writes.

    A snapshot is copied at its step and handed on when the next step was made, so that whatever is measured between
    the two belongs to its weights. What is measured at a step that is not kept is not stored with later weights.
    """

    def __init__(
        self,
        path: Path,
        recorded: RecordedNetwork,
        moments: Moments,
        *,
        inputs: torch.Tensor | None = None,
        evaluate: Evaluate | None = None,
        optimizer: torch.optim.Optimizer | None = None,
        per_epoch: int | None = None,
        start: int = 0,
        fractions: bool = False,
        rules: Rules | None = None,
    ) -> None:
        self.path, self.recorded, self.moments = path, recorded, moments
        self._inputs, self._evaluate, self._optimizer = inputs, evaluate, optimizer
        self._recorder, self._rules = Recorder(path, grows=True), rules
        self.background = Background()
        self._start, self._iteration, self._kept_at = start, start, -1
        self._epochs, self._epoch_began, self._per_epoch = 0, start, per_epoch
        self._curves: dict[str, Curve] = {}  # measured of the network as it is now
        self._sums: dict[str, tuple[Curve, int]] = {}
        self._began = time.perf_counter()
        self._waiting: Copied | None = None  # the snapshot of the network as it is now, which may be measured still
        self._held: Copied | None = None
        self._notes: SimpleQueue[str] = SimpleQueue()  # to be said by the training's thread
        self._said: set[str] = set()
        self._accuracies = Accuracies(fractions, self._notes.put)
        self._measured: set[str] = set()
        self._stored: set[str] = set()
        self._lost: list[str] = []
        for sentence in recorded.left_out:
            self._notes.put(sentence)
        self.guarded(self._keep, None)

    def guarded(self, do: Callable[[Any], None], given: Any) -> None:
        """Call `do(given)`; what went wrong in it or in the background is said once and never raised."""
        try:
            do(given)
        except Exception as error:
            self._lost.append(self._place(error))
        self._lost += self.background.errors()
        self._call()
        self._tell()

    def _call(self) -> None:
        """Call what waits for rules that began to hold, in the training's thread."""
        for problem in self._rules.call() if self._rules is not None else ():
            self._notes.put(f"{problem}. The training and its recording continue")

    def stepped(self, given: Mapping[str, Curve]) -> None:
        """Note that a step was made, with these measurements; keep the network where that is due."""
        numbers = self._numbers(given)
        means = {name: numbers.pop(name) for name in MEANS if name in numbers}
        if self._iteration == self._start:  # the first batch was measured before any step: it belongs to snapshot 0
            self._curves = means | self._curves
        self._settle()
        self._iteration += 1
        self._curves, self._held = {}, None
        self.measured(means | numbers)
        if self.moments.due(self._iteration):
            self._keep(None)

    def measured(self, given: Mapping[str, Curve]) -> None:
        """Note measurements of the network as it is now."""
        for name, value in self._numbers(given).items():
            if name in MEANS and self._iteration > self._start:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = total + value, count + 1
            else:
                self._curves[name] = value
        self._measured |= self._curves.keys() & set(OF_WEIGHTS)

    def epoch_ended(self, given: Mapping[str, Curve]) -> None:
        """Note that an epoch has ended, with these measurements; keep the network where that is due."""
        self._epochs += 1
        self._per_epoch = self._per_epoch or max(1, self._iteration - self._epoch_began)
        self._epoch_began = self._iteration
        self._curves |= self._numbers(given)  # means of an epoch replace those of its steps
        self._measured |= self._curves.keys() & set(OF_WEIGHTS)
        if self.moments.each_epoch and self._kept_at != self._iteration:
            self._keep(None)

    def hold(self, _: None = None) -> None:
        """Copy the network as it is now: the last snapshot, if no step follows but other weights are loaded."""
        if self._kept_at != self._iteration:
            self._held = self._copied()

    def note(self, sentence: str) -> None:
        """Have `sentence`, which has no full stop, said once."""
        self._notes.put(sentence)

    def end(self, last: bool) -> None:
        """Close the file with all that could be kept."""
        if last and self._kept_at != self._iteration:
            self.guarded(self._keep, None)
        self.guarded(lambda _: self._settle(), None)
        self.background.wait()
        if self._rules is not None:
            self._rules.close()
        self._accuracies.end()
        unkept = sorted(self._measured - self._stored)
        if unkept:
            when = "was measured only after steps that were not kept, so it is not recorded: measure it at snapshots"
            self._notes.put(f"{' and '.join(unkept)} {when}")
        self.guarded(lambda _: self._recorder.close(), None)
        if len(self._lost) > 1:
            logger.warning("%s: %d snapshots were not kept; the first: %s", self.path, len(self._lost), self._lost[0])

    def _keep(self, _: None) -> None:
        """Copy the network as it is now, for the snapshot of this step."""
        self._kept_at = self._iteration
        self._waiting, self._held = self._held or self._copied(), None

    def _copied(self) -> Copied:
        copied = self.recorded.copied()
        return copied, self._measurements()

    def _settle(self) -> None:
        """Hand the snapshot that waits to the background, with all that was measured of it."""
        if self._waiting is None:
            return
        (copied, curves), self._waiting = self._waiting, None
        means = {name: total / count for name, (total, count) in self._sums.items()}
        labels = {"iteration": self._iteration, "epoch": self._epoch()}
        self._sums = {}
        whole = means | labels | curves | self._curves
        self._stored |= whole.keys()
        self._write(copied, whole, self._iteration)

    def _epoch(self) -> float:
        if self._per_epoch is not None:
            return self._iteration / self._per_epoch
        return 0.0 if self._iteration == 0 else nan

    def _measurements(self) -> dict[str, Any]:
        """What is measured by the recorder itself, now."""
        curves: dict[str, Any] = {"seconds": time.perf_counter() - self._began}
        if self._optimizer is not None:
            curves["learning_rate"] = self._optimizer.param_groups[0]["lr"]
        module = self.recorded.module
        if self._evaluate is not None:
            with torch.random.fork_rng(_cuda_devices(module)):
                curves |= self._numbers(self._evaluate(module))
        if self._inputs is not None:
            with uncompiled():
                active = activity(module, self._inputs, ACTIVITY_CHUNK)
            curves |= {f"{ACTIVITY}/{plain_name(name)}": values for name, values in active.items()}
        return curves

    def _numbers(self, given: Mapping[str, Curve]) -> dict[str, Curve]:
        """The curves of a run among what was given; of the others it is said once that they are passed over."""
        found: dict[str, Curve] = {}
        for name, value in given.items():
            curve = field(name)
            number = None if curve is None else _plain(value)
            if curve is not None and number is not None:
                found.setdefault(curve, number)
            else:
                why = "has no such curve" if curve is None else f"cannot keep {type(value).__name__} as a number"
                self._notes.put(f"{name} is not recorded: a run {why}")
        return found

    def _write(self, copied: Callable[[], Rows], curves: dict[str, Any], iteration: int) -> None:
        """Hand a snapshot to the background."""

        def write() -> None:
            try:
                rows = copied()
                rows |= self.recorded.derived(rows)
                for name in HISTORY_FIELDS:
                    value = self._accuracies.percent(name, float(curves.get(name, nan)))
                    rows[f"{HISTORY}/{name}"] = torch.tensor(value, dtype=torch.float64).numpy()
                for dataset in self.recorded.plan:
                    if dataset.path.startswith(f"{ACTIVITY}/"):
                        missing = torch.full(dataset.shape, nan).numpy()
                        rows[dataset.path] = curves.get(dataset.path, missing)
                self._commit(rows)
            except Exception as error:
                raise RuntimeError(self._place(error, iteration)) from error
            self._look()

        self.background.do(write)

    def _look(self) -> None:
        """See which rules hold at the snapshot that was just written."""
        try:
            if self._rules is not None:
                self._rules.look(self._recorder.path)
        except Exception as error:
            self._notes.put(f"the rules could not be checked ({type(error).__name__}: {error})")

    def _commit(self, rows: Rows) -> None:
        """Write a snapshot, into a new file beside the old place where the run no longer lies there."""
        try:
            self._recorder.commit(rows)
        except RunMoved as error:
            other = recovered_path(self.path)
            self._recorder.go_on_as(other)
            self._notes.put(f"{error} The recording continues in {other}, with all snapshots")
            self._recorder.commit(rows)

    def _place(self, error: Exception, iteration: int | None = None) -> str:
        at = self._iteration if iteration is None else iteration
        return f"the snapshot at step {at:,} is lost ({type(error).__name__}: {error})"

    def _tell(self) -> None:
        if self._lost and LOST not in self._said:
            self._said.add(LOST)
            self._warn(f"{self._lost[0]}. {LOST}")
        while not self._notes.empty():
            note = self._notes.get()
            if note not in self._said:
                self._said.add(note)
                self._warn(f"{note}.")

    def _warn(self, text: str) -> None:
        try:
            warnings.warn(f"{self.path}: {text}", RecordingWarning, stacklevel=6)
        except RecordingWarning:  # even where warnings are made errors
            logger.error("%s: %s", self.path, text)


def _plain(value: Any) -> Any:
    """`value` fit to be kept: a number, or a tensor on its device that is read later; None: it is no number."""
    try:
        if isinstance(value, torch.Tensor):
            one = value.detach().reshape(())
            return one.double() if one.device.type == "cuda" else float(one)
        return float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def _cuda_devices(module: nn.Module) -> list[torch.device]:
    return list({tensor.device for tensor in module.parameters() if tensor.device.type == "cuda"})
