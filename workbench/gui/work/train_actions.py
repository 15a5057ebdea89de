"""What a person can have trained: the dialogs that ask for it, and its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.figures.comparing.picture import other_moment
from workbench.figures.stacks.members import RUN
from workbench.gui.state import data_folder
from workbench.gui.work.resuming import RUNNING
from workbench.runs.files.regular_file import resolved
from workbench.runs.place import Place
from workbench.runs.saying import counted
from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QDialog

    from workbench.gui.dialogs.resample_dialog import ResampleDialog
    from workbench.gui.dialogs.retrain_dialog import RetrainDialog
    from workbench.gui.dialogs.train_dialog import TrainDialog
    from workbench.gui.state.course import Training
    from workbench.gui.state.session import Selection
    from workbench.gui.work.sweeping.dialog import SweepDialog
    from workbench.gui.work.sweeping.window import SweepWindow
    from workbench.gui.work.workshop import Views, Workshop
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Finished


@dataclass(frozen=True)
class Again:
    """A training that begins as another one did."""

    before: tuple[Path, str]  # where that run is
    layer: str
    path: Path


class TrainActions(QObject):
    """Asks what to train, and starts it; `started()` follows."""

    started = Signal()

    def __init__(self, shop: Workshop, views: Views) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        self._again: Again | None = None  # a training that is compared with another one when it has ended
        shop.session.runs_changed.connect(self._show_both)
        self._root: Path | None = None
        self._download = False
        self._current: Training | None = None
        self._sweep: SweepWindow | None = None  # the one that was begun last
        self._next: list[tuple[RunSpec, Path]] = []  # runs that are still to be trained
        shop.trainer.ended.connect(self._on_trainer_ended)

    def train(self, like: RunSpec | None = None) -> None:
        """Ask what to train, beginning from the values of an earlier training where one is given, and start."""
        from workbench.gui.dialogs.train_dialog import TrainDialog

        if self._shop.trainer.training:
            self._shop.notices.tell(RUNNING)
            return
        dialog = TrainDialog(self._shop.settings, self._shop.window, self._shop.pool)
        if like is not None:
            dialog.fill(like)
        dialog.accepted.connect(lambda: self._start_training(dialog))
        dialog.sweep_requested.connect(self.sweep)
        _show(dialog)

    def sweep(self, like: RunSpec | None = None) -> None:
        """Ask for several values of a training, beginning from one where it is given, and train every combination.

        A sweep that runs is shown instead.
        """
        from workbench.gui.work.sweeping.dialog import SweepDialog

        if self._sweep is not None and self._sweep.running:
            self._sweep.show()
            self._sweep.raise_()
            self._shop.notices.tell("A sweep is running: stop it before you begin another.")
            return
        dialog = SweepDialog(self._shop.settings, like, self._shop.window, self._shop.pool)
        dialog.accepted.connect(lambda: self._start_sweep(dialog))
        _show(dialog)

    def _start_sweep(self, dialog: SweepDialog) -> None:
        from workbench.gui.work.sweeping.window import Options, SweepWindow

        if self._sweep is not None:
            self._sweep.deleteLater()
        root = dialog.root()
        data_folder.use(root)
        options = Options(dialog.workers(), None if root is None else str(root), dialog.download())
        self._sweep = SweepWindow(self._shop, dialog.trials(), options)
        self._sweep.show()
        self._sweep.start()

    def retrain(self) -> None:
        """Ask what to take away from the selected run, and train it on."""
        from workbench.gui.dialogs.retrain_dialog import RetrainDialog

        selection = self._shop.session.selection
        if self._begun(selection) is not None:
            dialog = RetrainDialog(selection, self._shop.pool, self._shop.window)
            dialog.accepted.connect(lambda: self._start_retraining(dialog))
            _show(dialog)

    def resample(self) -> None:
        """Ask which layers of the selected run to draw again, train it from its start, and show both together."""
        from workbench.gui.dialogs.resample_dialog import ResampleDialog

        selection = self._shop.session.selection
        if (run := self._begun(selection)) is not None:
            layer = selection.place.layer if selection.place is not None else ""
            dialog = ResampleDialog(run, layer, self._shop.pool, self._shop.window)
            dialog.accepted.connect(lambda: self._start_resampling(dialog))
            _show(dialog)

    def _begun(self, selection: Selection) -> Run | None:
        """The selected run, if a training can begin with its weights now; else the reason is told."""
        run, problem = selection.run, None
        if self._shop.trainer.training:
            problem = RUNNING
        elif run is None:
            problem = selection.no_run
        elif run.snapshots == 0:
            problem = "The run has no snapshot yet that a training can begin with."
        else:
            problem = _hindrance(run)
        if problem is not None:
            self._shop.notices.tell(problem)
            return None
        return run

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
        if finished is None:
            self._again = None
        self._show_both()
        if not self._next:
            return
        stopped = self._current is not None and self._current.stopping
        if stopped or finished is None or finished.reason == "stopped":
            left = counted(len(self._next), "run")
            self._next.clear()
            self._shop.notices.tell(f"{left} with other seeds will not be trained: this training did not finish.")
        else:
            self._start_next()

    def _start_resampling(self, dialog: ResampleDialog) -> None:
        self._again = Again(dialog.run.locator, dialog.layer, resolved(dialog.path()))
        self._shop.trainer.start(dialog.spec(), dialog.path())
        self.started.emit()

    def _show_both(self) -> None:
        """When the second training has ended and is open: stack it under the first one, and compare them."""
        again, session = self._again, self._shop.session
        if again is None or self._shop.trainer.training:
            return
        before = next((run for run in session.runs if run.locator == again.before), None)
        after = next((run for run in session.runs if run.path == again.path), None)
        if before is None or after is None or not after.finished:
            return
        self._again = None
        last = Place(after, "", after.snapshots - 1)
        session.select(source=before, layer=again.layer, snapshot=other_moment(last, before, "iteration").snapshot)
        session.compared.choose(after, "iteration")
        self._views.panels["graph"].restore({"stacked": [f"{RUN}{after.run_id}"]})
        for name in ("graph", "compare"):
            self._views.come(name)

    def _start_retraining(self, dialog: RetrainDialog) -> None:
        self._shop.trainer.start(dialog.spec(), dialog.path())
        self.started.emit()


def _hindrance(run: Run) -> str | None:
    """Why this run cannot be pruned and trained on here, in a sentence; None where it can."""
    from workbench.training.surgery import retraining

    try:
        retraining(run)
    except SpecError as error:
        return f"{error}."
    return None


def _show(dialog: QDialog) -> None:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
