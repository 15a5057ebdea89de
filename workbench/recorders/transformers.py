"""A callback that records a training of Hugging Face's Trainer. transformers is no dependency: it is loaded here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.recorders.logged import field
from workbench.recorders.own_loop import LoopRecorder, record

if TYPE_CHECKING:
    from os import PathLike

LOGGED = {"loss": "train_loss", "accuracy": "train_accuracy", "learning_rate": "learning_rate"}
SUMMARY = "train_runtime"  # is logged with means over the whole training, which are of no one's weights


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
        self._path, self._snapshots, self._options = path, snapshots, {"fractions": not percent, **options}
        self._recorder: LoopRecorder | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Make the file: the length of the training is known now."""
        if not state.is_world_process_zero:
            return
        steps = state.max_steps if state.max_steps > 0 else None
        per_epoch = round(steps / state.num_train_epochs) if steps and state.num_train_epochs else None
        known = {"steps": steps, "steps_per_epoch": per_epoch, "optimizer": kwargs.get("optimizer"), **self._options}
        self._recorder = record(self._path, model, snapshots=self._snapshots, start=state.global_step, **known)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note a step of the optimiser; what is measured after it is still to come."""
        if self._recorder is not None:
            self._recorder.step(epoch=state.epoch)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Take measurements of the network as the last step left it."""
        if self._recorder is not None and logs and SUMMARY not in logs:
            named = ((LOGGED.get(name) or field(name), value) for name, value in logs.items() if name != "epoch")
            self._recorder.measured(**{curve: value for curve, value in named if curve is not None})

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Hold the weights where the trainer may load others in the end."""
        self._hold(args)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note the end of an epoch; hold the weights as after an evaluation."""
        if self._recorder is not None:
            self._recorder.epoch()
        self._hold(args)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Finish the file."""
        if self._recorder is not None:
            self._recorder.close()

    def _hold(self, args: Any) -> None:
        if self._recorder is not None and args.load_best_model_at_end:
            self._recorder.hold()
