"""The window: dock panels around one session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMainWindow, QMessageBox, QStackedWidget

from workbench.gui import data_folder, samples
from workbench.gui.docks import DOCKS, arrange, give_room
from workbench.gui.errors import Notices
from workbench.gui.jobs import Jobs
from workbench.gui.keys import FocusFirst
from workbench.gui.menus import make_menus
from workbench.gui.opening import Follower, Opener, OpeningFailed
from workbench.gui.panels.run import RunPanel
from workbench.gui.panels.timeline import TimelinePanel
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.player import Player
from workbench.gui.session import Selection, Session
from workbench.gui.settings import LAYOUT_VERSION, Settings
from workbench.gui.trainer import Trainer
from workbench.gui.widgets.plain_text import literal
from workbench.gui.widgets.retrain_dialog import RetrainDialog
from workbench.gui.widgets.start_page import StartPage
from workbench.gui.widgets.train_dialog import TrainDialog

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent

    from workbench.gui.panels.base import Panel
    from workbench.runs.run import Run

RUN_FILES = "Run files (*.h5 *.hdf5);;All files (*)"


class MainWindow(QMainWindow):
    """The workbench: open runs, panels, timeline, training."""

    closed = Signal()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.setWindowTitle("workbench")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.settings = settings or Settings()
        self.session: Session = Session(self)
        self.pool: ThreadPoolExecutor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="panel")
        # Evaluations take long and must not keep the quick panels waiting.
        self.slow_pool: ThreadPoolExecutor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="evaluation")
        self.jobs = Jobs(self)
        self.notices = Notices(self)
        self.trainer: Trainer = Trainer(self.jobs, self)
        self.player: Player = Player(self.session, self.is_settled, self)
        self.opener = Opener(self.jobs, self)
        self.follower = Follower(self.session, self.pool, self)
        self.play_when_opened = True
        self._closing = False
        self._has_room = False
        self._layout: QByteArray | None = None
        self.start_page = StartPage(samples.listed())
        self.desk = _desk()
        self.docks, self.panels = self._make_docks()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.desk)
        self.setCentralWidget(self.pages)
        self._connect()
        make_menus(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._keys = FocusFirst(application, self)
        self.reset_layout()
        self._choose_page()

    # --- building ---

    def _make_docks(self) -> tuple[dict[str, QDockWidget], dict[str, Panel]]:
        docks: dict[str, QDockWidget] = {}
        panels: dict[str, Panel] = {}
        for row in DOCKS:
            panel = row.make(self)
            dock = QDockWidget(panel.title, self.desk)
            dock.setObjectName(row.name)  # the name under which the layout is kept
            dock.setWidget(panel)
            docks[row.name], panels[row.name] = dock, panel
        return docks, panels

    def _connect(self) -> None:
        self.opener.opened.connect(self._on_opener_opened)
        self.opener.failed.connect(self._on_opener_failed)
        self.follower.failed.connect(self.notices.tell_error)
        self.session.changed.connect(self._on_session_changed)
        self.session.runs_changed.connect(self._choose_page)
        self.start_page.open_requested.connect(self.choose_file)
        self.start_page.path_chosen.connect(self.open)
        self.start_page.train_requested.connect(self.train)
        self.run_panel.open_requested.connect(self.choose_file)
        self.run_panel.close_requested.connect(self.session.remove)
        self.training_panel.train_requested.connect(self.train)
        self.trainer.path_ready.connect(self._on_trainer_path_ready)
        self.trainer.failed.connect(self.notices.tell_error)
        self.trainer.ended.connect(self._on_trainer_ended)

    @property
    def run_panel(self) -> RunPanel:
        panel = self.panels["run"]
        assert isinstance(panel, RunPanel)
        return panel

    @property
    def timeline(self) -> TimelinePanel:
        panel = self.panels["timeline"]
        assert isinstance(panel, TimelinePanel)
        return panel

    @property
    def training_panel(self) -> TrainingPanel:
        panel = self.panels["training"]
        assert isinstance(panel, TrainingPanel)
        return panel

    # --- layout ---

    def reset_layout(self) -> None:
        """Put every panel back to where it was at the first start."""
        self._layout = None
        arrange(self.desk, self.docks)

    def _give_room_once(self) -> None:
        """Docks take their sizes when they are first shown in full: earlier there is no room to share."""
        if not self._has_room and self.pages.currentWidget() is self.desk and self.isVisible():
            self._has_room = True
            QTimer.singleShot(0, self, self._give_room)

    def _give_room(self) -> None:
        state, self._layout = self._layout, None
        if state is None or not self.desk.restoreState(state, LAYOUT_VERSION):
            give_room(self.desk, self.docks)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._give_room_once()

    def restore_layout(self) -> None:
        """The layout as it was left; the default one where that does not fit."""
        kept = self.settings.layout()
        if kept is None:
            return
        geometry, state = kept
        self.restoreGeometry(geometry)
        self._layout = state  # of the docks: restored when they are shown

    def _choose_page(self) -> None:
        """The panels where a run is open or in training; else the start page."""
        nothing = not self.session.runs and not self.trainer.training
        if nothing:
            self.start_page.show_recent(self.settings.recent())
        self.pages.setCurrentWidget(self.start_page if nothing else self.desk)
        self._give_room_once()

    # --- what a person does ---

    def open(self, *paths: Path) -> None:
        """Open run files in the background, one after another; the last one is selected."""
        self.opener.open(*paths)

    def choose_file(self) -> None:
        """Ask for run files and open them."""
        folder = self.settings.text("folder", str(Path.home()))
        names, _ = QFileDialog.getOpenFileNames(self, "Open runs", folder, RUN_FILES)
        for name in names:
            self.settings.set_text("folder", str(Path(name).parent))
            self.open(Path(name))

    def close_run(self) -> None:
        """Close the selected run."""
        if self.session.selection.run is not None:
            self.session.remove(self.session.selection.run)

    def train(self) -> None:
        """Ask what to train, and start."""
        if self.trainer.training:
            self.notices.tell("A training is running already. Stop it first, or wait for its end.")
            return
        dialog = TrainDialog(self.settings, self)
        dialog.accepted.connect(lambda: self._start_training(dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _start_training(self, dialog: TrainDialog) -> None:
        data_folder.use(dialog.root())
        self.trainer.start(dialog.spec(), dialog.path(), root=dialog.root(), download=dialog.download())
        self._show_training()

    def retrain(self) -> None:
        """Ask what to take away from the selected run, and train it on."""
        selection = self.session.selection
        if self.trainer.training:
            self.notices.tell("A training is running already. Stop it first, or wait for its end.")
        elif selection.run is None or selection.run.snapshots == 0:
            self.notices.tell("Open the run that is to be pruned and trained on first.")
        else:
            dialog = RetrainDialog(selection, self.pool, self)
            dialog.accepted.connect(lambda: self._start_retraining(dialog))
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _start_retraining(self, dialog: RetrainDialog) -> None:
        self.trainer.start(dialog.spec(), dialog.path())
        self._show_training()

    def _show_training(self) -> None:
        self._choose_page()
        self.docks["training"].raise_()

    def is_settled(self) -> bool:
        """Whether every visible panel shows what the selection asks for."""
        return all(panel.settled for panel in self.panels.values())

    # --- what happens ---

    def _on_opener_opened(self, run: Run) -> None:
        self.settings.add_recent(Path(run.path))
        self.session.add(run)
        if self.play_when_opened and run.finished:
            self.player.play_once_through()

    def _on_opener_failed(self, failure: OpeningFailed) -> None:
        self.notices.tell_error(failure.error)
        if not failure.path.exists():
            self.settings.forget_recent(failure.path)
            self._choose_page()

    def _on_trainer_path_ready(self, path: Path) -> None:
        self.open(path)

    def _on_trainer_ended(self, _finished: object) -> None:
        self.follower.look()
        self._choose_page()

    def _on_session_changed(self, _old: Selection, new: Selection) -> None:
        self.setWindowTitle(f"{literal(new.run.title)} — workbench" if new.run is not None else "workbench")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.open(*(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()))
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once where nothing runs; else ask, stop what runs, and close when it has ended."""
        if self.trainer.training and not self._closing and not self._may_stop_training():
            event.ignore()
            return
        if len(self.jobs):
            event.ignore()
            if not self._closing:
                self._closing = True
                self.setEnabled(False)
                self.setWindowTitle("workbench — stopping…")
                self.jobs.idle.connect(self.close, Qt.ConnectionType.QueuedConnection)
                self.jobs.stop_all()
            return
        self._shut()
        event.accept()
        self.closed.emit()

    def _may_stop_training(self) -> bool:
        answer = QMessageBox.question(
            self,
            "A training is running",
            "Stop the training and close the window? What was recorded so far is kept.",
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
        )
        return answer is QMessageBox.StandardButton.Yes

    def _shut(self) -> None:
        self.player.stop()
        if self._has_room:  # else the docks were never shown, and their sizes mean nothing
            self.settings.keep_layout(self.saveGeometry(), self.desk.saveState(LAYOUT_VERSION))
        self.settings.save()
        self.follower.shut()
        for panel in self.panels.values():
            panel.shut()
        for pool in (self.pool, self.slow_pool):
            pool.shutdown(wait=True, cancel_futures=True)  # computations under way end at their next step
        for run in self.session.runs:
            run.close()


def _desk() -> QMainWindow:
    """The place of the docks: a main window inside the window, so that the start page can take its place."""
    desk = QMainWindow()
    desk.setWindowFlags(Qt.WindowType.Widget)
    desk.setDockOptions(
        QMainWindow.DockOption.AllowNestedDocks
        | QMainWindow.DockOption.AllowTabbedDocks
        | QMainWindow.DockOption.AnimatedDocks
    )
    return desk
