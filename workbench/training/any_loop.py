"""Any PyTorch training recorded into a run file, from its own loop: one line before it and one in it."""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
import weakref
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed, nn

from workbench.nets.units import activity
from workbench.runs.birth import create, forecast_bytes
from workbench.runs.counted import counted
from workbench.runs.layout import ACTIVITY, HISTORY, HISTORY_FIELDS
from workbench.runs.recorder import Recorder
from workbench.training.background import Background
from workbench.training.described import description
from workbench.training.schedule import Moments
from workbench.training.watched import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike
    from types import TracebackType

    from workbench.training.watched import Rows, Watched

    Curve = float | torch.Tensor
    Evaluate = Callable[[nn.Module], Mapping[str, Curve]]

logger = logging.getLogger(__name__)
MEANS = ("train_loss", "train_accuracy")  # over the steps since the snapshot before; the others: the last value given
ROOM = 16  # snapshots in the first file of a training whose length is not known; it grows
ACTIVITY_CHUNK = 250


class RecordingWarning(UserWarning):
    """Something of a training is not recorded; the training itself goes on."""


def record(
    path: str | PathLike[str],
    model: nn.Module,
    *,
    snapshots: str | int = "log",
    steps: int | None = None,
    steps_per_epoch: int | None = None,
    epochs: int | None = None,
    layers: Sequence[str] | None = None,
    dtype: str | None = None,
    inputs: torch.Tensor | None = None,
    evaluate: Evaluate | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    data: str | None = None,
    title: str | None = None,
    seed: int = 0,
    spectra: bool | None = None,
    quiet: bool = False,
) -> LoopRecorder:
    """A recorder of `model`'s training in the new run file `path`: a context manager whose `step` follows each step.

    `snapshots`: "log" (log-spaced: 50 over `steps`; with `steps_per_epoch` the first epoch's steps 1, 2, 4, … and
    then one an epoch), "log:N", "epoch" (at `LoopRecorder.epoch`, or every `steps_per_epoch` steps), a number k or
    "every:K". Snapshot 0 is the network as it is now, and the last one as it is in the end. Without `steps` (or
    `epochs` and `steps_per_epoch`) the file grows. `layers` are names or patterns ("encoder.*") of those that are
    kept, None keeps the whole state dict; `dtype` ("float32", "bfloat16") stores parameters so, None as they are.
    `inputs` (N, …) are passed through the network at each snapshot to see which units are active; `evaluate(module)`
    is called then, too, and returns curves such as {"test_accuracy": 97.1}. `optimizer` tells its learning rate.
    `data` is the name of a data set of the catalogue. `spectra` says whether eigenvalues and Gram matrices are stored,
    None: where that costs little.

    Says what the file will hold and its size on standard error unless `quiet`. FileExistsError: a run is never
    overwritten. DiskFull, before anything is written: too little room. ValueError: what cannot be recorded. Later, no
    error stops the training: a `RecordingWarning` says once what is lost. In distributed training rank 0 records.
    """
    if not _is_first():
        return LoopRecorder(None)
    if steps is None and epochs is not None and steps_per_epoch is not None:
        steps = epochs * steps_per_epoch
    moments = Moments(f"every:{snapshots}" if isinstance(snapshots, int) else snapshots, steps, steps_per_epoch)
    watched = watch(model, layers, dtype, inputs is not None, spectra)
    spec, name = description(watched, moments, steps, steps_per_epoch, data, seed, dtype)
    known = steps is not None and not (moments.each_epoch and steps_per_epoch is None)
    room = moments.count if known else 1 + epochs if moments.each_epoch and epochs else ROOM
    create(path, spec, watched.layers, watched.plan, room, title or name)
    size = forecast_bytes(watched.plan, room)
    if not quiet:
        parts = counted(len(watched.layers), "layer" if watched.whole else "chosen layer")
        what = counted(room, "snapshot") if known else f"room for {counted(room, 'snapshot')} at first"
        sys.stderr.write(f"{path}: {what} of {parts}, parameters {spec.origin.storage if spec.origin else ''}, ")
        sys.stderr.write(f"about {size / 1e6:,.1f} MB\n")
    work = _Work(Path(path), watched, moments, inputs, evaluate, optimizer, steps_per_epoch)
    return LoopRecorder(work)


class LoopRecorder:
    """Records one training; made by `record`. Does nothing in processes that do not write."""

    def __init__(self, work: _Work | None) -> None:
        self._work = work
        # A recorder that nobody closes is closed when it is let go or Python ends, with what it has.
        self._left = None if work is None else weakref.finalize(self, work.end, False)

    @property
    def recording(self) -> bool:
        """Whether this process writes the file and can still do so."""
        return self._work is not None

    def step(
        self,
        *,
        epoch: float | None = None,
        learning_rate: Curve | None = None,
        train_loss: Curve | None = None,
        train_accuracy: Curve | None = None,
        validation_loss: Curve | None = None,
        validation_accuracy: Curve | None = None,
        test_loss: Curve | None = None,
        test_accuracy: Curve | None = None,
    ) -> None:
        """Nothing; one more step of the optimiser was made, with these measurements (accuracies in percent).

        A loss on the GPU may be given as the tensor it is: it is read when a snapshot is written.
        """
        if self._work is not None:
            given = {name: value for name, value in locals().items() if name in HISTORY_FIELDS and value is not None}
            self._work.guarded(self._work.stepped, given)

    def epoch(self, **curves: Curve) -> None:
        """Nothing; an epoch has ended, with these measurements. With `snapshots="epoch"` the network is kept now.

        TypeError: a curve that a run does not have.
        """
        unknown = set(curves) - set(HISTORY_FIELDS)
        if unknown:
            raise TypeError(f"a run has no curve {sorted(unknown)[0]!r}; it has {', '.join(HISTORY_FIELDS)}")
        if self._work is not None:
            self._work.guarded(self._work.epoch_ended, curves)

    def close(self, last: bool = True) -> None:
        """Nothing; the run is finished, with the network as it is now as its `last` snapshot. Again: nothing."""
        work, self._work = self._work, None
        if work is not None and self._left is not None and self._left.detach():
            work.end(last)

    def __enter__(self) -> LoopRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(last=error is None)  # after an error the network may be in the midst of a step


class _Work:
    """The recording itself, in the process that writes."""

    def __init__(
        self,
        path: Path,
        watched: Watched,
        moments: Moments,
        inputs: torch.Tensor | None,
        evaluate: Evaluate | None,
        optimizer: torch.optim.Optimizer | None,
        per_epoch: int | None,
    ) -> None:
        self.path, self.watched, self.moments = path, watched, moments
        self._inputs, self._evaluate, self._optimizer = inputs, evaluate, optimizer
        self._recorder = Recorder(path, grows=True)
        self._background = Background()
        self._iteration, self._kept_at = 0, -1
        self._epochs, self._epoch_began, self._per_epoch = 0, 0, per_epoch
        self._curves: dict[str, Curve] = {}
        self._sums: dict[str, tuple[Curve, int]] = {}
        self._began = time.perf_counter()
        self._lost: list[str] = []
        self._told = False
        self._first: tuple[Callable[[], Rows], dict[str, Curve]] | None = None
        self.guarded(self._keep, None)

    def guarded(self, do: Callable[[Any], None], given: Any) -> None:
        """Nothing; what went wrong in `do(given)` or earlier in the background is said once, and never raised."""
        try:
            do(given)
        except Exception as error:
            self._lost.append(self._place(error))
        self._lost += self._background.errors()
        self._tell()

    def stepped(self, given: dict[str, Curve]) -> None:
        """Nothing; a step was made, and the network is kept where that is due."""
        self._iteration += 1
        for name in MEANS:
            if name in given:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = total + _plain(given.pop(name)), count + 1
        if self._first is not None:  # the first batch was measured before any step: it belongs to snapshot 0
            self._write_first()
        self._curves |= {name: _plain(value) for name, value in given.items()}
        if self.moments.due(self._iteration):
            self._keep(None)

    def epoch_ended(self, given: dict[str, Curve]) -> None:
        """Nothing; an epoch has ended, and the network is kept where that is due."""
        self._epochs += 1
        self._per_epoch = self._per_epoch or max(1, self._iteration - self._epoch_began)
        self._epoch_began = self._iteration
        self._curves |= {name: _plain(value) for name, value in given.items()}
        if self.moments.each_epoch and self._kept_at != self._iteration:
            self._keep(None)

    def end(self, last: bool) -> None:
        """Nothing; the file is closed with all that could be kept."""
        if self._first is not None:
            self.guarded(lambda _: self._write_first(), None)
        if last and self._kept_at != self._iteration:
            self.guarded(self._keep, None)
        self._background.wait()
        self.guarded(lambda _: self._recorder.close(), None)
        if len(self._lost) > 1:
            logger.warning("%s: %d snapshots were not kept; the first: %s", self.path, len(self._lost), self._lost[0])

    def _keep(self, _: None) -> None:
        """The network as it is now is on its way into the file."""
        self._kept_at = self._iteration
        copied = self.watched.copied()
        curves = self._measured()
        if self._iteration == 0:
            self._first = copied, curves
        else:
            means = {name: total / count for name, (total, count) in self._sums.items()}
            self._sums, self._curves = {}, {}
            self._write(copied, means | curves, self._iteration)

    def _write_first(self) -> None:
        assert self._first is not None
        (copied, curves), self._first = self._first, None
        means = {name: total for name, (total, _) in self._sums.items()}
        self._write(copied, means | curves, 0)

    def _measured(self) -> dict[str, Curve]:
        """The curves at this moment, and the units' activity under its path."""
        curves: dict[str, Any] = {"iteration": self._iteration, "seconds": time.perf_counter() - self._began}
        curves["epoch"] = self._epochs if self._per_epoch is None else self._iteration / self._per_epoch
        if self._per_epoch is None and self._epochs == 0 and self._iteration:
            curves["epoch"] = nan
        if self._optimizer is not None:
            curves["learning_rate"] = self._optimizer.param_groups[0]["lr"]
        module = self.watched.module
        if self._evaluate is not None:
            with torch.random.fork_rng(_cuda_devices(module)):
                curves |= self._evaluate(module)
        if self._inputs is not None:
            active = activity(module, self._inputs, ACTIVITY_CHUNK)
            curves |= {f"{ACTIVITY}/{name}": values for name, values in active.items()}
        return curves | self._curves

    def _write(self, copied: Callable[[], Rows], curves: dict[str, Any], iteration: int) -> None:
        """A snapshot is handed to the background."""

        def write() -> None:
            try:
                rows = copied()
                rows |= self.watched.derived(rows)
                rows |= {f"{HISTORY}/{name}": _number(curves.get(name, nan)) for name in HISTORY_FIELDS}
                for dataset in self.watched.plan:
                    if dataset.path.startswith(f"{ACTIVITY}/"):
                        missing = torch.full(dataset.shape, nan).numpy()
                        rows[dataset.path] = curves.get(dataset.path, missing)
                self._recorder.commit(rows)
            except Exception as error:
                raise RuntimeError(self._place(error, iteration)) from error

        self._background.do(write)

    def _place(self, error: Exception, iteration: int | None = None) -> str:
        at = self._iteration if iteration is None else iteration
        return f"the snapshot at step {at:,} is lost ({type(error).__name__}: {error})"

    def _tell(self) -> None:
        if self._lost and not self._told:
            self._told = True
            text = f"{self.path}: {self._lost[0]}. The training goes on, and later snapshots are tried again"
            try:
                warnings.warn(f"{text}; further losses are only counted.", RecordingWarning, stacklevel=5)
            except RecordingWarning:  # even where warnings are made errors
                logger.error(text)


def _plain(value: Curve) -> Curve:
    """`value` fit to be kept: a number, or a tensor on its device that is read later."""
    if isinstance(value, torch.Tensor):
        return value.detach().double() if value.device.type == "cuda" else value.detach().item()
    return float(value)


def _number(value: Any) -> Any:
    return torch.as_tensor(value, dtype=torch.float64, device="cpu").reshape(()).numpy()


def _cuda_devices(module: nn.Module) -> list[torch.device]:
    return list({tensor.device for tensor in module.parameters() if tensor.device.type == "cuda"})


def _is_first() -> bool:
    """Whether this is the one process of a training that writes."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank() == 0
    return os.environ.get("RANK", "0") == "0"
