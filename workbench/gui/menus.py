"""The menus and shortcuts of the window, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from workbench.gui.docks import DOCKS
from workbench.gui.widgets.plain_text import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QMenu

    from workbench.gui.main_window import MainWindow


@dataclass(frozen=True)
class Entry:
    """One line of a menu."""

    text: str
    shortcut: str | QKeySequence.StandardKey
    do: Callable[[MainWindow], object]


MENUS = {
    "&File": (
        Entry("&Open a run…", QKeySequence.StandardKey.Open, lambda window: window.choose_file()),
        Entry("&Train a network…", "Ctrl+T", lambda window: window.train()),
        Entry("&Prune and train on…", "Ctrl+Shift+T", lambda window: window.retrain()),
        Entry("&Close run", "Ctrl+W", lambda window: window.close_run()),
        Entry("&Quit", "Ctrl+Q", lambda window: window.close()),
    ),
    "&Timeline": (
        Entry("&Play or pause", "Space", lambda window: window.player.toggle()),
        Entry("&Back", "Left", lambda window: window.timeline.step(-1)),
        Entry("&Forward", "Right", lambda window: window.timeline.step(1)),
        Entry("Ten back", "Shift+Left", lambda window: window.timeline.step(-10)),
        Entry("Ten forward", "Shift+Right", lambda window: window.timeline.step(10)),
        Entry("&First snapshot", "Home", lambda window: window.timeline.go_to(0)),
        Entry("&Last snapshot", "End", lambda window: window.timeline.go_to_last()),
    ),
    "&View": (Entry("&Reset layout", "Ctrl+Shift+R", lambda window: window.reset_layout()),),
}


def make_menus(window: MainWindow) -> None:
    """Fill the window's menu bar from the table, and add the recent runs and the panels' switches."""
    menus: dict[str, QMenu] = {}
    for title, entries in MENUS.items():
        menus[title] = window.menuBar().addMenu(title)
        for entry in entries:
            action = QAction(entry.text, window)
            action.setShortcut(QKeySequence(entry.shortcut))
            action.triggered.connect(lambda _checked=False, do=entry.do: do(window))
            menus[title].addAction(action)
    recent = menus["&File"].addMenu("Open &recent")
    recent.aboutToShow.connect(lambda: fill_recent(recent, window))
    menus["&View"].addSeparator()
    for row in DOCKS:
        toggle = window.docks[row.name].toggleViewAction()
        toggle.setShortcut(QKeySequence(row.shortcut))
        menus["&View"].addAction(toggle)


def fill_recent(menu: QMenu, window: MainWindow) -> None:
    """List the runs opened last."""
    menu.clear()
    for path in window.settings.recent():
        action = menu.addAction(literal(str(path)).replace("&", "&&"))
        action.triggered.connect(lambda _checked=False, path=path: window.open(path))
    if menu.isEmpty():
        menu.addAction("Nothing opened yet").setEnabled(False)
