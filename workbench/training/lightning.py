"""A callback that records a Lightning training into a run file. Lightning is no dependency: it is loaded from here."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.runs.layout import HISTORY_FIELDS
from workbench.training.any_loop import LoopRecorder, record

if TYPE_CHECKING:
    from os import PathLike

PACKAGES = ("lightning.pytorch", "pytorch_lightning")  # the same library under two names; callbacks do not mix
LOGGED = {"train_acc": "train_accuracy", "val_loss": "validation_loss", "val_accuracy": "validation_accuracy"}
LOGGED |= {"val_acc": "validation_accuracy", "test_acc": "test_accuracy"}


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
    module logs: train_loss, train_accuracy, val_loss, val_accuracy, test_accuracy and the like. Accuracies that are
    fractions, as torchmetrics gives them, become percent unless `percent` says that they are already.
    """

    def __init__(
        self, path: str | PathLike[str], snapshots: str | int = "log", percent: bool = False, **options: Any
    ) -> None:
        super().__init__()
        self._path, self._snapshots, self._percent, self._options = path, snapshots, percent, options
        self._recorder: LoopRecorder | None = None

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """The file is made: the length of the training is known now."""
        if not trainer.is_global_zero:
            return
        steps, per_epoch = _length(trainer)
        optimizer = trainer.optimizers[0] if trainer.optimizers else None
        known = {"steps": steps, "steps_per_epoch": per_epoch, "optimizer": optimizer, **self._options}
        self._recorder = record(self._path, pl_module, snapshots=self._snapshots, **known)
        self._steps = trainer.global_step

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """A step was made, where the optimiser moved (it may gather several batches first)."""
        if self._recorder is None or trainer.global_step == self._steps:
            return
        self._steps = trainer.global_step
        curves = self._logged(trainer)
        loss = outputs.get("loss") if isinstance(outputs, dict) else None
        if loss is not None:
            curves.setdefault("train_loss", loss)
        self._recorder.step(**curves)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """An epoch has ended; validation has run before, unless the trainer is told otherwise."""
        if self._recorder is not None:
            curves = self._logged(trainer)
            self._recorder.epoch(**{name: value for name, value in curves.items() if not name.startswith("train_")})

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The file is finished."""
        if self._recorder is not None:
            self._recorder.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """The file is closed with what was kept before the error (or Ctrl-C)."""
        if self._recorder is not None:
            self._recorder.close(last=False)

    def _logged(self, trainer: Any) -> dict[str, Any]:
        found = {}
        for name, value in trainer.callback_metrics.items():
            field = LOGGED.get(name, name)
            if field in HISTORY_FIELDS:
                fraction = field.endswith("accuracy") and not self._percent
                found[field] = 100 * value if fraction else value
        return found


def _length(trainer: Any) -> tuple[int | None, int | None]:
    """Steps in all and in an epoch, as far as the trainer knows them."""
    total, batches = trainer.estimated_stepping_batches, trainer.num_training_batches
    steps = int(total) if total not in (-1, float("inf")) else None
    if batches == float("inf"):
        return steps, None
    return steps, max(1, -(-int(batches) // trainer.accumulate_grad_batches))
