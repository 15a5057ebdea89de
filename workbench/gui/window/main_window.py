"""The window: dock panels around one session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QMainWindow, QStackedWidget

from workbench.gui.background.errors import in_one_sentence
from workbench.gui.background.jobs import Jobs
from workbench.gui.background.process import step_back
from workbench.gui.state.appearance import Appearance
from workbench.gui.state.player import Player
from workbench.gui.state.session import Selection, Session
from workbench.gui.state.settings import Settings
from workbench.gui.state.trainer import Trainer
from workbench.gui.widgets.forms.places import RUN_FILES
from workbench.gui.widgets.notices import Notices
from workbench.gui.widgets.plain_text import literal
from workbench.gui.window.at_hand.filling import Filling
from workbench.gui.window.at_hand.first_page import FirstPage
from workbench.gui.window.at_hand.selecting import Selecting
from workbench.gui.window.commands import Commands
from workbench.gui.window.dock_area import DockArea
from workbench.gui.window.docks import preloading
from workbench.gui.window.ending import may_stop
from workbench.gui.window.help_actions import HelpActions
from workbench.gui.window.history import History
from workbench.gui.window.keys import FocusFirst
from workbench.gui.window.log_dock import LogDock
from workbench.gui.window.menus import make_menus
from workbench.gui.window.status import Status
from workbench.gui.window.tour.tour import Tour
from workbench.gui.work.browser import Browser, browse
from workbench.gui.work.changed_data import ChangedData
from workbench.gui.work.damage import Damage
from workbench.gui.work.dropping import Drops
from workbench.gui.work.exporting import Exporter
from workbench.gui.work.import_actions import DataActions, ImportActions
from workbench.gui.work.opening import Follower, Opener, OpeningFailed
from workbench.gui.work.publishing import Publisher
from workbench.gui.work.releasing import Releaser
from workbench.gui.work.resuming import Pausing, Resuming
from workbench.gui.work.sessions.file import SUFFIX
from workbench.gui.work.sessions.restoring import Restorer
from workbench.gui.work.sessions.sessions import Sessions
from workbench.gui.work.train_actions import TrainActions
from workbench.gui.work.workshop import Workshop

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.run import RunPanel
    from workbench.gui.panels.timeline.panel import TimelinePanel
    from workbench.gui.panels.training import TrainingPanel
    from workbench.runs.run import Run


class MainWindow(QMainWindow):
    """The workbench: open runs, panels, timeline, training."""

    closed = Signal()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.setWindowTitle("workbench")
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.settings = settings or Settings()
        self.appearance: Appearance = Appearance(self.settings, self)
        self.session: Session = Session(self)
        self.pool: ThreadPoolExecutor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="panel")
        # Evaluations take long and must not keep the quick panels waiting, nor each other: there is a worker for each
        # that panels ask at once (pruning, low rank: 3, overview: 2, units and the page of one).
        self.slow_pool: ThreadPoolExecutor = ThreadPoolExecutor(8, "evaluation", initializer=step_back)
        self.jobs = Jobs(self)
        self.notices = Notices(self)
        self.trainer: Trainer = Trainer(self.jobs, self)
        self.player: Player = Player(self.session, self.is_settled, self)
        self.opener = Opener(self.jobs, self, preloading(self.pool, lambda: self.shop.closing, self))
        self.follower = Follower(self.session, self.pool, self)
        self.play_when_opened = True
        self.asks_before_closing = True
        shop = self.shop = Workshop(
            self, self.settings, self.session, self.jobs, self.notices, self.pool, self.slow_pool, self.trainer,
            self.player, self.opener,
        )  # fmt: skip
        self.first_page: FirstPage = FirstPage(self)
        self.start_page = self.first_page.page
        self.dock_area: DockArea = DockArea(shop)
        views = self.dock_area
        self.docks, self.panels = self.dock_area.docks, self.dock_area.panels
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start_page)
        self.pages.addWidget(self.dock_area)
        self.setCentralWidget(self.pages)
        self.filling: Filling = Filling(self.pages, self.dock_area)
        self.train_actions: TrainActions = TrainActions(shop, views)
        self.resuming: Resuming = Resuming(shop, self.train_actions.started)
        self.pausing = Pausing(shop)
        self.damage, self.changed_data = Damage(shop), ChangedData(shop, views)
        self.releaser = Releaser(shop)
        self.sessions: Sessions = Sessions(shop, views)
        self.history: History = History(self.session, self.panels, self.player, self)
        self.help_actions: HelpActions = HelpActions(self)
        self.exporter: Exporter = Exporter(shop, views, self.help_actions.copy_as_python)
        self.restorer = Restorer(shop, views, self.history.one_step)
        self.publisher: Publisher = Publisher(shop, views, self.restorer.restored)
        self.import_actions: ImportActions = ImportActions(shop)
        self.drops = Drops(shop, self.open, self.import_actions.ask, self.restorer.restore, self.browse)
        self.data_actions: DataActions = DataActions(shop, views)
        self.commands: Commands = Commands(self)
        self.selecting: Selecting = Selecting(self)
        self.tour: Tour = Tour(self)
        self.log_dock: LogDock = LogDock(self)
        self.status: Status = Status(self)
        self._connect()
        self.menus, self._keys = make_menus(self), FocusFirst(self, self.panels)
        self.choose_page()

    # --- building ---

    def _connect(self) -> None:
        self.opener.opened.connect(self._on_opener_opened)
        self.opener.failed.connect(self._on_opener_failed)
        self.follower.failed.connect(self.notices.tell_error)
        self.session.changed.connect(self._on_session_changed)
        self.session.runs_changed.connect(self.choose_page)
        self.sessions.restored.connect(self.history.clear)
        self.panels.when_made(self._on_panel_made)
        self.train_actions.started.connect(self._on_train_actions_started)
        self.trainer.path_ready.connect(self.open)
        self.trainer.failed.connect(self.notices.tell_error)
        self.trainer.ended.connect(self._on_trainer_ended)
        self.import_actions.imported.connect(self.open)

    @property
    def closing(self) -> bool:
        return self.shop.closing

    @property
    def run_panel(self) -> RunPanel:
        return cast("RunPanel", self.panels["run"])

    @property
    def timeline(self) -> TimelinePanel:
        return cast("TimelinePanel", self.panels["timeline"])

    @property
    def training_panel(self) -> TrainingPanel:
        return cast("TrainingPanel", self.panels["training"])

    def choose_page(self) -> None:
        """The panels where a run is open or in training; else the start page."""
        nothing = not self.session.runs and not self.trainer.training
        if nothing:
            self.filling.end()
            self.first_page.list_recent()
        self.pages.setCurrentWidget(self.start_page if nothing else self.filling.page)

    # --- what a person does ---

    def open(self, *paths: Path) -> None:
        """Open run files in the background, one after another; the last one is selected. Of sessions the last one."""
        sessions = [path for path in paths if path.name.endswith(SUFFIX)]
        if sessions:
            self.sessions.open(sessions[-1])
        if runs := [path for path in paths if path not in sessions]:
            self.opener.open(*runs)

    def choose_file(self) -> None:
        """Ask for run files and open them."""
        folder = self.settings.text("folder", str(Path.home()))
        names, _ = QFileDialog.getOpenFileNames(self, "Open runs", folder, RUN_FILES)
        for name in names:
            self.settings.set_text("folder", str(Path(name).parent))
            self.open(Path(name))

    def browse(self, folder: Path | None = None) -> Browser:
        """Show the runs of a folder in a table; without one, of the folder that was looked at last."""
        return browse(self.shop, self.train_actions, folder)

    def close_run(self) -> None:
        """Close the selected run, or those of the selected group."""
        place = self.session.selection.place
        for run in () if place is None else place.runs:
            self.session.remove(run)

    def end(self) -> None:
        """Close without asking, since nobody may be there to answer, as soon as all running work has stopped."""
        self.keep()
        self.asks_before_closing = False
        self.close()

    def keep(self) -> None:
        """Keep what is shown for the next start, and the settings."""
        self.sessions.keep_last()
        self.settings.save()

    def ask_again(self) -> None:
        """Ask before a training is stopped, as usual."""
        self.asks_before_closing = True

    def is_settled(self) -> bool:
        """Whether every visible panel shows what the selection asks for."""
        return all(panel.settled for panel in self.panels.made.values())

    # --- what happens ---

    def _on_panel_made(self, name: str, _panel: Panel) -> None:
        if name == "run":
            self.run_panel.open_requested.connect(self.choose_file)
            self.run_panel.close_requested.connect(self.session.remove)
        elif name == "training":
            self.training_panel.train_requested.connect(self.train_actions.train)

    def _on_opener_opened(self, run: Run) -> None:
        self.settings.add_recent(Path(run.path))
        self.session.add(run)
        if self.play_when_opened and run.finished:
            self.player.play_once_through()

    def _on_opener_failed(self, failure: OpeningFailed) -> None:
        if failure.is_folder:
            self.drops.take((failure.path,))
            return
        offer = self.import_actions.offer(failure)
        if offer is not None:
            self.notices.tell(in_one_sentence(failure.error), "", offer)
        else:
            self.damage.tell(failure)
        if failure.gone:
            self.settings.forget_recent(failure.path)
            self.choose_page()

    def _on_train_actions_started(self) -> None:
        self.choose_page()
        self.docks["training"].raise_()

    def _on_trainer_ended(self, _finished: object) -> None:
        self.follower.look()
        self.choose_page()

    def _on_session_changed(self, _old: Selection, new: Selection) -> None:
        title = "" if new.place is None else new.place.name if new.run is None else new.run.title
        self.setWindowTitle(f"{literal(title)} — workbench" if title else "workbench")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drops.take([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once where nothing runs; else ask, stop what runs, and close when it has ended."""
        asks = self.asks_before_closing and not self.closing
        if self.trainer.training and asks and not self.may_stop_training():
            event.ignore()
            return
        if len(self.jobs):
            event.ignore()
            if not self.closing:
                self.shop.closing = True
                self.setEnabled(False)
                self.setWindowTitle("workbench — stopping…")
                self.jobs.idle.connect(self.close, Qt.ConnectionType.QueuedConnection)
                self.jobs.stop_all()
            return
        self._shut()
        event.accept()
        self.closed.emit()

    def may_stop_training(self) -> bool:
        return may_stop(self.trainer, self)

    def _shut(self) -> None:
        self.shop.closing = True
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():  # it would go on asking, and find no worker any more
                dialog.reject()
        self.player.stop()
        self.keep()
        for part in (self.follower, self.status, self.selecting, self.tour, self.first_page):
            part.shut()
        for browser in self.findChildren(Browser):
            browser.shut()
        self.log_dock.shut()
        self.exporter.shut()
        for panel in self.panels.made.values():
            panel.shut()
        for pool in (self.pool, self.slow_pool):
            pool.shutdown(wait=True, cancel_futures=True)  # computations under way end at their next step
        self.session.close()
