"""Fixtures for the tests of the window: no screen is needed, and nothing may outlive its test."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QSettings, QThread
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from shiboken6 import getCppPointer, isValid

from tests.gui.recorded_weights import Weights, planted, record_weights
from tests.gui.windows import Hurrying, all_drawn, closing, returning, small_file
from workbench.gui.background.jobs import Jobs
from workbench.gui.panels.overview import panel as overview_panel
from workbench.gui.panels.overview.answers import Rows
from workbench.gui.panels.timeline import asking
from workbench.gui.panels.timeline.asking import TrackAsker
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.plots.graph import view as graph_view
from workbench.gui.state import theme
from workbench.gui.state.session import Session
from workbench.gui.state.settings import Settings
from workbench.gui.state.trainer import Trainer
from workbench.gui.window.app import begin
from workbench.gui.window.main_window import MainWindow
from workbench.runs.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

WriteRun = Callable[..., Run]
AND_THE_REST = Rows.and_the_rest
ALL_TRACKS = TrackAsker._answer


@pytest.fixture(autouse=True)
def private_settings(tmp_path: Path) -> None:
    """Settings are read from and written to a folder of the test's own."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture
def theme_returns(qapp: QApplication) -> Iterator[None]:
    """After the test the theme and the size of the text are the usual ones."""
    yield
    theme.apply(qapp)


@pytest.fixture(scope="session", autouse=True)
def only_the_end_in_overview() -> Iterator[None]:
    """The overview panel shows the last snapshot only: its histories and costs would take a second of every window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rows, "and_the_rest", lambda *_: iter(()))
        patch.setattr(overview_panel, "REST_MS", 0)
        yield


@pytest.fixture(scope="session", autouse=True)
def only_accuracies_in_timeline() -> Iterator[None]:
    """The timeline computes no track of a layer: they would take a part of a second of every window."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrackAsker, "_answer", lambda *_: iter(()))
        patch.setattr(asking, "REST_MS", 0)
        yield


@pytest.fixture(scope="session", autouse=True)
def graphs_hurry() -> Iterator[None]:
    """The weight graph comes to rest in few pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph_view, "Ticker", Hurrying)
        yield


@pytest.fixture
def whole_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tracks of the timeline, for what is asked in the test."""
    monkeypatch.setattr(TrackAsker, "_answer", ALL_TRACKS)


@pytest.fixture
def whole_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the overview panel finds, for windows and panels that are made in the test."""
    monkeypatch.setattr(Rows, "and_the_rest", AND_THE_REST)


@pytest.fixture
def lasting_cache(lasting_cache_folder: Path, private_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The curves of a run are computed for the first test only: for tests that ask for something else."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(lasting_cache_folder))


@pytest.fixture(scope="session")
def lasting_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No window, no running thread, mouse button held down or lowered priority outlives its test."""
    theme.apply(qapp)
    gc.freeze()  # what is here already need not be looked through at the end: see `collected` in tests/conftest.py
    priority = _priority()
    started: list[QThread] = []
    start = QThread.start

    def noted_start(self: QThread, *priority: Any) -> None:
        started.append(self)
        start(self, *priority)

    monkeypatch.setattr(QThread, "start", noted_start)
    before = {getCppPointer(widget)[0] for widget in qapp.topLevelWidgets()}
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        return
    running = [thread for thread in started if isValid(thread) and thread.isRunning()]
    assert not running, "a QThread is still running"
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    # pyqtgraph's menus live as long as the Python side of a plot, which pytest still holds here.
    tops = [widget for widget in qapp.topLevelWidgets() if not isinstance(widget, QMenu)]
    left = [widget for widget in tops if getCppPointer(widget)[0] not in before]
    assert not left, f"windows left open: {left}"
    assert not QGuiApplication.mouseButtons().value, "a mouse button is still down"
    assert _priority() == priority, "the tests after this one would be slow"


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Worker threads for panels, gone at the end."""
    with ThreadPoolExecutor(2) as workers:
        yield workers


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    """A session without runs; runs that a test adds are closed."""
    empty = Session()
    yield empty
    for run in empty.runs:
        empty.remove(run)


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


@pytest.fixture
def trainer(jobs: Jobs, qtbot: QtBot) -> Iterator[Trainer]:
    host = Trainer(jobs)
    yield host
    jobs.stop_all()
    qtbot.waitUntil(lambda: len(jobs) == 0, timeout=10_000)


@pytest.fixture
def training_panel(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, trainer: Trainer
) -> Iterator[TrainingPanel]:
    """The training panel by itself, in sight."""
    shown = TrainingPanel(session, pool, trainer)
    qtbot.addWidget(shown)
    shown.resize(300, 360)
    shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def write_run(tmp_path: Path) -> Iterator[WriteRun]:
    """`write_run(weights, …)` gives the opened run of these weights: see `record_weights`."""
    opened: list[Run] = []

    def write(weights: Weights, name: str = "run.h5", **options: Any) -> Run:
        opened.append(record_weights(tmp_path / name, weights, **options))
        return opened[-1]

    yield write
    for run in opened:
        run.close()


@pytest.fixture
def small_run(write_run: WriteRun) -> Run:
    """Two layers, five snapshots: fc1 (40 × 64) grows three outliers out of a Glorot bulk, fc2 is 10 × 40."""
    return write_run({"fc1": planted(40, 64, 5), "fc2": planted(10, 40, 5)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished run file of two layers, with names that look like HTML."""
    return small_file(tmp_path)


@pytest.fixture
def window(own_window: MainWindow) -> MainWindow:
    """A window of the test's own; modules whose tests can share one name `blank` or `shared` so instead."""
    return own_window


@pytest.fixture
def own_window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as it starts, closed at the end."""
    shown = MainWindow()
    shown.play_when_opened = False
    shown.show()
    yield shown
    closing(qtbot, shown)


@pytest.fixture
def drawn_window(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    """The window with a small run, everything drawn."""
    return all_drawn(qtbot, window, path)


@pytest.fixture(scope="module")
def module_bot(module_qtbot: QtBot, qapp: QApplication, lasting_cache_folder: Path) -> Iterator[QtBot]:
    """What drives windows that last for a module; curves lie in the folder that lasts, too."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(lasting_cache_folder))
        theme.apply(qapp)
        yield module_qtbot
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(scope="module")
def lasting_window(module_bot: QtBot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """One window for all tests of a module that come by `shared`."""
    shown = MainWindow(Settings(tmp_path_factory.mktemp("settings") / "settings.ini"))
    shown.play_when_opened = False
    shown.show()
    assert all(shown.panels.values())  # every panel is made: what a test leaves is what it opened itself
    yield shown
    closing(module_bot, shown)


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    """The window of the module with the small run, everything drawn; a module may open another run."""
    return all_drawn(module_bot, lasting_window, small_file(tmp_path_factory.mktemp("run")))


@pytest.fixture
def shared(qtbot: QtBot, lasting_run: MainWindow) -> Iterator[MainWindow]:
    """The drawn window of the module; what a test changed in it is afterwards as it was."""
    with returning(qtbot, lasting_run):
        yield lasting_run


@pytest.fixture
def blank(qtbot: QtBot, lasting_window: MainWindow) -> Iterator[MainWindow]:
    """The window of the module without a run, as it starts; what a test changed in it is afterwards as it was."""
    with returning(qtbot, lasting_window):
        yield lasting_window


@pytest.fixture
def restart(qtbot: QtBot) -> Iterator[Callable[..., MainWindow]]:
    """Starts the window as the command does, with these runs; painted (see `unpainted`) and closed at the end."""
    windows: list[MainWindow] = []

    def start(*paths: Path, settings: Settings | None = None) -> MainWindow:
        again = MainWindow(settings or Settings())
        again.play_when_opened = False
        again.setUpdatesEnabled(False)
        windows.append(again)
        begin(again, paths)
        return again

    yield start
    for each in windows:
        if isValid(each):
            each.setUpdatesEnabled(True)
            each.grab()
        closing(qtbot, each)
