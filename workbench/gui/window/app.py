"""The application: one window, started and ended in an orderly way."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from workbench import signals
from workbench.gui.background import loading
from workbench.gui.background.errors import start_log
from workbench.gui.background.warming import warm_later
from workbench.gui.state import data_folder, theme
from workbench.gui.state.settings import Settings
from workbench.gui.widgets.notices import Offer, catch_unhandled
from workbench.gui.widgets.screens import available_to_windows, inside
from workbench.gui.window import crash, startup
from workbench.gui.window.crash import fatal_in_words
from workbench.gui.window.ending import Ending
from workbench.gui.window.main_window import MainWindow
from workbench.nets.memory import share_one_heap
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Sequence


def application() -> QApplication:
    """The one QApplication, with name, style and fonts."""
    existing = QApplication.instance()
    with fatal_in_words():
        app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("workbench")
    app.setOrganizationName("workbench")
    app.setDesktopFileName("redundancy-workbench")  # by which desktops find the entry and its icon
    app.setWindowIcon(QIcon(str(resource("desktop/redundancy-workbench.svg"))))
    theme.apply(app)
    return app


def main(paths: Sequence[Path] = (), fresh: bool = False) -> int:
    """Show the window with these runs open until it is closed; the exit status.

    Without runs with those of the last session, and at the first start with a sample. A `fresh` start neither reads
    nor keeps a session or settings.
    """
    # Threads of torch that spin while they wait would take the processor from the window.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    loading.install()
    share_one_heap()
    with signals.noted(last_deed=crash.forget), tempfile.TemporaryDirectory() as own:
        app = application()
        end_log = start_log()
        ending = Ending(app)
        try:
            with crash.watched() as reports:
                settings = Settings(Path(own) / "settings.ini") if fresh else Settings()
                data_folder.use_remembered(settings)
                with loading.gently():  # no garbage collection while widgets are built
                    window = MainWindow(settings)
                return _shown(window, ending, paths, reports)
        finally:
            ending.close()
            end_log()


def _shown(window: MainWindow, ending: Ending, paths: Sequence[Path], reports: Sequence[str]) -> int:
    """Show the window until it is closed; the exit status."""
    restore_hook = catch_unhandled(window.notices, window.player.stop)
    begin(window, paths)
    warm_later(window, lambda: not window.session.runs)
    startup.tell_if_asked(window)
    for report in reports:
        tell_crash(window, report)
    ending.of_window(window)
    try:
        status = application().exec()
        return ending.status or status
    finally:
        restore_hook()


def tell_crash(window: MainWindow, report: str) -> None:
    """Say that the last workbench ended without being closed, and offer its report."""
    from workbench.gui.dialogs.report_dialog import ReportDialog

    def show() -> None:
        dialog = ReportDialog(
            "Crash report", "What the workbench knows about the crash. Nothing is sent anywhere.", report, window
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    message = "The workbench ended unexpectedly last time. Runs keep every recorded snapshot."
    window.notices.tell(message, report, Offer("Show report", show))


def begin(window: MainWindow, paths: Sequence[Path] = ()) -> None:
    """Show the window: on these runs, else as it was left, else with the start page."""
    restored = window.sessions.restore_last(with_runs=not paths)
    if not restored:
        window.resize(inside(window.geometry(), available_to_windows()).size())  # the screen may be smaller
    window.show()
    window.dock_area.made.make_soon(window.opener.preloading)
    if window.settings.problem is not None:
        window.notices.tell_error(window.settings.problem)
    if paths:
        window.open(*paths)
