"""What a person can have trained: the dialogs that ask for it, and its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.dialogs.retrain_dialog import RetrainDialog
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state import data_folder
from workbench.gui.work.resuming import RUNNING
from workbench.runs.spec import SpecError
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from workbench.gui.work.workshop import Workshop
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec


class TrainActions(QObject):
    """Asks what to train, and starts it; `started()` follows."""

    started = Signal()

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop

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
        self._shop.trainer.start(dialog.spec(), dialog.path(), root=dialog.root(), download=dialog.download())
        self.started.emit()

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
