"""What a person can have trained: the dialogs that ask for it, and its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.dialogs.retrain_dialog import RetrainDialog
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state import data_folder
from workbench.gui.work.resuming import RUNNING
from workbench.runs.saying import counted
from workbench.runs.spec import SpecError
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QDialog

    from workbench.gui.state.course import Training
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Finished


class TrainActions(QObject):
    """Asks what to train, and starts it; `started()` follows."""

    started = Signal()

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._root: Path | None = None
        self._download = False
        self._current: Training | None = None
        self._next: list[tuple[RunSpec, Path]] = []  # runs that are still to be trained
        shop.trainer.ended.connect(self._on_trainer_ended)

    def train(self, like: RunSpec | None = None) -> None:
        """Ask what to train, beginning from the values of an earlier training where one is given, and start."""
        if self._shop.trainer.training:
            self._shop.notices.tell(RUNNING)
            return
        dialog = TrainDialog(self._shop.settings, self._shop.window)
        if like is not None:
            dialog.fill(like)
        dialog.accepted.connect(lambda: self._start_training(dialog))
        _show(dialog)

    def retrain(self) -> None:
        """Ask what to take away from the selected run, and train it on."""
        selection = self._shop.session.selection
        if self._shop.trainer.training:
            self._shop.notices.tell(RUNNING)
        elif selection.run is None:
            self._shop.notices.tell(selection.no_run)
        elif selection.run.snapshots == 0:
            self._shop.notices.tell("The run has no snapshot yet that can be pruned and trained on.")
        elif (problem := _hindrance(selection.run)) is not None:
            self._shop.notices.tell(problem)
        else:
            dialog = RetrainDialog(selection, self._shop.pool, self._shop.window)
            dialog.accepted.connect(lambda: self._start_retraining(dialog))
            _show(dialog)

    def _start_training(self, dialog: TrainDialog) -> None:
        data_folder.use(dialog.root())
        self._root, self._download = dialog.root(), dialog.download()
        self._next = list(dialog.trainings())
        self._start_next()

    def _start_next(self) -> None:
        spec, path = self._next.pop(0)
        self._shop.trainer.start(spec, path, root=self._root, download=self._download)
        self._current = self._shop.trainer.training
        self.started.emit()
        if self._next:
            more = counted(len(self._next), "more run")
            self._shop.notices.tell(f"Training seed {spec.seed}; {more} will follow. Stop to end all of them.")

    def _on_trainer_ended(self, finished: Finished | None) -> None:
        """Go on with the next seed; not after a failure, nor where a person has stopped."""
        if not self._next:
            return
        stopped = self._current is not None and self._current.stopping
        if stopped or finished is None or finished.reason == "stopped":
            left = counted(len(self._next), "run")
            self._next.clear()
            self._shop.notices.tell(f"{left} with other seeds will not be trained: this training did not finish.")
        else:
            self._start_next()

    def _start_retraining(self, dialog: RetrainDialog) -> None:
        self._shop.trainer.start(dialog.spec(), dialog.path())
        self.started.emit()


def _hindrance(run: Run) -> str | None:
    """Why this run cannot be pruned and trained on here, in a sentence; None where it can."""
    try:
        retraining(run)
    except SpecError as error:
        return f"{error}."
    return None


def _show(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
