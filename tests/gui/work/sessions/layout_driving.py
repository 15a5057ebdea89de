"""Layouts as tests compare them, and hands that choose them and change the window's size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.gui.windows import unpainted
from workbench.gui.work.sessions import layouts
from workbench.gui.work.sessions.layouts import Layout, Tabs, column, panel, row

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.docks import Preset
    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.work.sessions.layouts import Part


def shape(part: Part | None) -> object:
    """A part without the sizes; rows of columns and columns of rows that make one grid are the same."""
    if isinstance(part, Tabs):
        return part.names
    assert part is not None
    return type(part).__name__, tuple(shape(each) for each in part.parts)


BESIDE = row(panel("pruning"), panel("spectrum"))
MIXED = Layout(row(panel("run", "training", share=30), column(panel("graph"), BESIDE, share=70)))
LOW, HIGH = (900, 600), (1280, 800)


def sized(qtbot: QtBot, window: MainWindow, size: tuple[int, int]) -> None:
    """The window of this size, its panels come to rest."""
    with unpainted(window):
        window.resize(*size)
        qtbot.waitUntil(lambda: window.dock_area.settled)
        qtbot.wait(30)


def chosen(qtbot: QtBot, window: MainWindow, preset: Preset) -> None:
    """Choose a preset in the menu."""
    next(each for each in window.menus["&View"].actions() if each.text() == f"{preset.name} layout").trigger()
    qtbot.waitUntil(lambda: window.dock_area.settled)


def lies(window: MainWindow) -> object:
    """Which panels lie where."""
    return layouts.shape(window.dock_area.layout_now().docked)
