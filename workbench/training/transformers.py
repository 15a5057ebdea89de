"""A callback that records a training of Hugging Face's Trainer. transformers is no dependency: it is loaded here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.training.any_loop import LoopRecorder, record

if TYPE_CHECKING:
    from os import PathLike

LOGGED = {
    "loss": "train_loss",
    "accuracy": "train_accuracy",
    "eval_loss": "validation_loss",
    "eval_accuracy": "validation_accuracy",
    "learning_rate": "learning_rate",
}


def _callback() -> Any:
    try:
        return import_module("transformers").TrainerCallback
    except ImportError as error:
        message = "TransformersRecorder needs transformers, which is not installed: pip install transformers accelerate"
        raise ImportError(message) from error


class TransformersRecorder(_callback()):  # type: ignore[misc]  # its base is known only when it is loaded
    """Records the training of a transformers Trainer: `trainer.add_callback(TransformersRecorder("run.h5"))`.

    `snapshots`, `layers`, `dtype` and all other `options` as in `workbench.record`. Curves are taken from what the
    trainer logs (loss, eval_loss, eval_accuracy, learning_rate); accuracies that are fractions become percent unless
    `percent` says that they are already.
    """

    def __init__(
        self, path: str | PathLike[str], snapshots: str | int = "log", percent: bool = False, **options: Any
    ) -> None:
        super().__init__()
        self._path, self._snapshots, self._percent, self._options = path, snapshots, percent, options
        self._recorder: LoopRecorder | None = None
        self._curves: dict[str, float] = {}
        self._waiting = False  # for what is measured after a step

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """The file is made: the length of the training is known now."""
        if not state.is_world_process_zero:
            return
        steps = state.max_steps if state.max_steps > 0 else None
        per_epoch = round(steps / state.num_train_epochs) if steps and state.num_train_epochs else None
        known = {"steps": steps, "steps_per_epoch": per_epoch, "optimizer": kwargs.get("optimizer"), **self._options}
        self._recorder = record(self._path, model, snapshots=self._snapshots, **known)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """A step of the optimiser was made; what is measured after it is still to come."""
        self._waiting = self._recorder is not None
        self._curves = {"epoch": state.epoch}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Measurements of the last step."""
        for name, value in (logs or {}).items():
            if name in LOGGED:
                field = LOGGED[name]
                self._curves[field] = 100 * value if field.endswith("accuracy") and not self._percent else value

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The weights are those that the last step left behind, and all was measured."""
        self._step()

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The same; in the end the trainer may load other weights after this."""
        self._step()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """The file is finished."""
        self._step()
        if self._recorder is not None:
            self._recorder.close()

    def _step(self) -> None:
        if self._waiting and self._recorder is not None:
            self._waiting = False
            self._recorder.step(**self._curves)
