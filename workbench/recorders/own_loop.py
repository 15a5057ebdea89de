"""Any PyTorch training recorded into a run file, from its own loop: one line before it and one in it."""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import distributed, nn

from workbench.recorders.described import description
from workbench.recorders.keeping import Keeping, RecordingWarning
from workbench.recorders.logged import field
from workbench.recorders.recorded_network import watch
from workbench.runs.layout import HISTORY_FIELDS
from workbench.runs.saying import counted
from workbench.runs.writing.birth import create, forecast_bytes
from workbench.training.schedule import Moments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike
    from types import TracebackType

    from workbench.recorders.keeping import Curve, Evaluate
    from workbench.recorders.rules import RuleHolds, Rules

ROOM = 16  # snapshots in the first file of a training whose length is not known; it grows
__all__ = ["LoopRecorder", "RecordingWarning", "record"]


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
    start: int = 0,
    fractions: bool = False,
    on: Mapping[str, Callable[[RuleHolds], object]] | None = None,
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
    None: where that costs little. `start` is the step that a resumed training has reached; `fractions` says that
    accuracies are given as fractions and not in percent. `on` maps rules such as "dead > 10 %" to functions: see
    `RuleHolds`, which they are given. A function is called in this thread, soon after the snapshot at which its rule
    begins to hold for a layer was written, at the latest by `close`; an error in it becomes a `RecordingWarning`.

    Says what the file will hold and its size on standard error unless `quiet`. FileExistsError: a run is never
    overwritten. DiskFull, before anything is written: too little room. ValueError: what cannot be recorded. Later, no
    error stops the training: a `RecordingWarning` says once what is lost. In distributed training rank 0 records.
    """
    if not _is_first():
        return LoopRecorder(None)
    if steps is None and epochs is not None and steps_per_epoch is not None:
        steps = epochs * steps_per_epoch
    moments = Moments(f"every:{snapshots}" if isinstance(snapshots, int) else snapshots, steps, steps_per_epoch)
    rules = _rules(on, inputs is not None)
    network = watch(model, layers, dtype, inputs is not None, spectra)
    spec, name = description(network, moments, steps, steps_per_epoch, data, seed, dtype, begins=start == 0)
    known = steps is not None and not (moments.each_epoch and steps_per_epoch is None)
    room = moments.count if known else 1 + epochs if moments.each_epoch and epochs else ROOM
    create(path, spec, network.layers, network.plan, room, title or name)
    size = forecast_bytes(network.plan, room)
    if not quiet:
        parts = counted(len(network.layers), "layer" if network.whole else "chosen layer")
        what = counted(room, "snapshot") if known else f"room for {counted(room, 'snapshot')} at first"
        sys.stderr.write(f"{path}: {what} of {parts}, parameters {spec.origin.storage if spec.origin else ''}, ")
        sys.stderr.write(f"about {size / 1e6:,.1f} MB\n")
    keeping = Keeping(
        Path(path), network, moments, inputs=inputs, evaluate=evaluate, optimizer=optimizer,
        per_epoch=steps_per_epoch, start=start, fractions=fractions, rules=rules,
    )  # fmt: skip
    return LoopRecorder(keeping)


class LoopRecorder:
    """Records one training; made by `record`. Does nothing in processes that do not write."""

    def __init__(self, keeping: Keeping | None) -> None:
        self._keeping = keeping
        # A recorder that nobody closes is closed when it is let go or Python ends, with what it has.
        self._left = None if keeping is None else weakref.finalize(self, keeping.end, False)

    @property
    def recording(self) -> bool:
        """Whether this process writes the file and can still do so."""
        return self._keeping is not None

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
        """Note that the optimiser made one more step, with these measurements (accuracies in percent).

        Validation and test curves are of the network after this step; give them at a step that is kept, or with
        `measured`. A loss on the GPU may be given as the tensor it is: it is read when a snapshot is written.
        """
        if self._keeping is not None:
            given = {name: value for name, value in locals().items() if name in HISTORY_FIELDS and value is not None}
            self._keeping.guarded(self._keeping.stepped, given)

    def epoch(self, **curves: Curve) -> None:
        """Note that an epoch has ended, with these measurements. With `snapshots="epoch"` the network is kept now.

        TypeError: a curve that a run does not have.
        """
        _check_curves(curves)
        if self._keeping is not None:
            self._keeping.guarded(self._keeping.epoch_ended, curves)

    def measured(self, **curves: Curve) -> None:
        """Note measurements of the network as it is now, after its last step.

        They are kept with the snapshot of that step, if it is one. TypeError: a curve that a run does not have.
        """
        _check_curves(curves)
        if self._keeping is not None:
            self._keeping.guarded(self._keeping.measured, curves)

    def hold(self) -> None:
        """Copy the network as it is now: the last snapshot where other weights are loaded before `close`."""
        if self._keeping is not None:
            self._keeping.guarded(self._keeping.hold, None)

    def note(self, sentence: str) -> None:
        """Say `sentence`, which has no full stop, once as a `RecordingWarning`."""
        if self._keeping is not None:
            self._keeping.guarded(self._keeping.note, sentence)

    def close(self, last: bool = True) -> None:
        """Finish the run, with the network as it is now as its `last` snapshot. Again: do nothing."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None and self._left is not None and self._left.detach():
            keeping.end(last)

    def __enter__(self) -> LoopRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(last=error is None)  # after an error the network may be in the midst of a step


def _rules(on: Mapping[str, Callable[[RuleHolds], object]] | None, activity: bool) -> Rules | None:
    if not on:
        return None
    from workbench.recorders.rules import Rules  # loads what analyses layers, for those who want it

    return Rules(on, activity)


def _check_curves(curves: Mapping[str, Curve]) -> None:
    unknown = sorted(name for name in curves if field(name) is None)
    if unknown:
        raise TypeError(f"a run has no curve {unknown[0]!r}; it has {', '.join(HISTORY_FIELDS)}")


def _is_first() -> bool:
    """Whether this is the one process of a training that writes."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank() == 0
    return os.environ.get("RANK", "0") == "0"
