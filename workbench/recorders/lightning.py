"""A callback that records a Lightning training into a run file. Lightning is no dependency: it is loaded from here."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.recorders.logged import field
from workbench.recorders.own_loop import LoopRecorder, record
from workbench.runs.layout import HISTORY_FIELDS

if TYPE_CHECKING:
    from os import PathLike

PACKAGES = ("lightning.pytorch", "pytorch_lightning")  # the same library under two names; callbacks do not mix
SWAPPED = (
    "a callback validates with other weights than those that are trained (averaged ones), so what is validated is not "
    "recorded"
)


def _callback() -> Any:
    """The base class of callbacks, of the package whose trainer is in use."""
    for package in sorted(PACKAGES, key=lambda name: name not in sys.modules):
        try:
            return import_module(package).Callback
        except ImportError:
            continue
    raise ImportError("LightningRecorder needs Lightning, which is not installed: pip install lightning")


class LightningRecorder(_callback()):  # type: ignore[misc]  # its base is known only when it is loaded
    """Records the training of a Lightning trainer: `Trainer(callbacks=[LightningRecorder("run.h5")])`.

    `snapshots`, `layers`, `dtype` and all other `options` as in `workbench.record`. Curves are taken from what the
    module logs: train_loss, val/loss, val_accuracy, test_acc and the like. Accuracies that are fractions, as
    torchmetrics gives them, become percent unless `percent` says that they are already.
    """

    def __init__(
        self, path: str | PathLike[str], snapshots: str | int = "log", percent: bool = False, **options: Any
    ) -> None:
        super().__init__()
        self._path, self._snapshots, self._options = path, snapshots, {"fractions": not percent, **options}
        self._recorder: LoopRecorder | None = None
        self._seen: dict[str, Any] = {}  # the metrics as they were looked at last
        self._gathered: list[dict[str, Any]] = []  # of the batches since the last step of the optimiser
        self._versions: tuple[Any, ...] = ()  # of the parameters after the last step; (): not known
        self._own_weights, self._sum = True, 0.0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Make the file: the length of the training is known now."""
        if not trainer.is_global_zero:
            return
        steps, per_epoch = _length(trainer)
        optimizer = trainer.optimizers[0] if trainer.optimizers else None
        known = {"steps": steps, "steps_per_epoch": per_epoch, "optimizer": optimizer, **self._options}
        self._steps = trainer.global_step
        self._recorder = record(self._path, pl_module, snapshots=self._snapshots, start=self._steps, **known)
        self._fresh(trainer)  # what the sanity check logged

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        """Take what was logged since the last step, in hooks after this callback's own."""
        self._take_measured(trainer)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Note a step, where the optimiser moved (it may gather several batches first)."""
        if self._recorder is None:
            return
        logged = self._fresh(trainer)
        loss = outputs.get("loss") if isinstance(outputs, dict) else None
        if loss is not None:  # divided by the number of batches that are gathered
            logged.setdefault("train_loss", loss * trainer.accumulate_grad_batches)
        self._gathered.append(logged)
        if trainer.global_step != self._steps:
            self._steps = trainer.global_step
            batches, self._gathered = self._gathered, []
            self._recorder.step(**_means(batches))
            self._versions = _versions(pl_module)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Note which weights are about to be validated, before other callbacks may change them."""
        if self._recorder is not None:
            self._own_weights = self._versions in ((), _versions(pl_module))
            self._sum = _sum(pl_module)

    def on_validation_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Look whether the weights that are validated are those that were recorded."""
        if self._recorder is not None and batch_idx == 0:
            self._own_weights = self._own_weights and self._sum == _sum(pl_module)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Take what was measured of the weights that the last step left behind."""
        if self._recorder is None or trainer.sanity_checking:
            return
        logged = self._fresh(trainer)
        if self._own_weights:
            self._recorder.measured(**logged)
        elif logged:
            self._recorder.note(SWAPPED)
        self._versions = ()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Note the end of an epoch; validation has run before, unless the trainer is told otherwise."""
        if self._recorder is not None:
            self._recorder.epoch(**self._fresh(trainer))
            self._recorder.hold()  # other callbacks may replace the weights before the training ends

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Finish the file."""
        self._take_measured(trainer)
        if self._recorder is not None:
            self._recorder.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Close the file with what was kept before the error (or Ctrl-C)."""
        if self._recorder is not None:
            self._recorder.close(last=False)

    def _take_measured(self, trainer: Any) -> None:
        logged = self._fresh(trainer)
        if self._recorder is not None and logged:
            self._recorder.measured(**logged)

    def _fresh(self, trainer: Any) -> dict[str, Any]:
        """The curves that were logged since this was called last: their values lie elsewhere in memory now."""
        now = dict(trainer.callback_metrics)
        before, self._seen = self._seen, now
        found: dict[str, Any] = {}
        for name, value in now.items():
            curve = field(name)
            if curve in HISTORY_FIELDS and not _same(value, before.get(name)):
                found.setdefault(curve, value)
        return found


def _same(value: Any, before: Any) -> bool:
    """Whether two metrics are one; those that are held cannot share their place with a new one."""
    return before is not None and bool(value.data_ptr() == before.data_ptr())


def _means(batches: list[dict[str, Any]]) -> dict[str, Any]:
    """The mean of each curve over the batches of one step."""
    names = dict.fromkeys(name for batch in batches for name in batch)
    values = {name: [batch[name] for batch in batches if name in batch] for name in names}
    return {name: sum(found) / len(found) for name, found in values.items()}


def _versions(module: Any) -> tuple[Any, ...]:
    """Something that changes when a parameter is written to or replaced."""
    return tuple((parameter.data_ptr(), parameter._version) for parameter in module.parameters())


def _sum(module: Any) -> float:
    """Something that changes with the values of the parameters, however they were written."""
    return sum(float(parameter.detach().double().sum()) for parameter in module.parameters())


def _length(trainer: Any) -> tuple[int | None, int | None]:
    """Steps in all and in an epoch, as far as the trainer knows them."""
    total, batches = trainer.estimated_stepping_batches, trainer.num_training_batches
    steps = int(total) if total not in (-1, float("inf")) else None
    if batches == float("inf"):
        return steps, None
    return steps, max(1, -(-int(batches) // trainer.accumulate_grad_batches))
