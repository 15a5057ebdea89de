"""A panel fills the window and returns; layout, session and keyboard stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTabBar

from workbench.gui.window.at_hand.filling import TitleBar

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

TITLE = QPoint(40, 8)


def double_click(qtbot: QtBot, widget: QWidget, place: QPoint) -> None:
    """As by hand: Qt's own double click leaves the button down where the widget goes out of sight."""
    qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=place)


def test_a_double_click_on_the_title_fills_the_window_and_escape_returns(qtbot: QtBot, shared: MainWindow) -> None:
    layout, graph = shared.dock_area.layout_now(), shared.panels["graph"]
    shared.session.select(units=frozenset())
    shared.activateWindow()
    double_click(qtbot, shared.docks["graph"], TITLE)
    qtbot.waitUntil(lambda: shared.filling.name == "graph")
    assert graph.isVisible()
    assert graph.width() == shared.width()
    assert not shared.panels["spectrum"].isVisible()
    assert shared.dock_area.looked_at() == "graph"
    assert shared.dock_area.layout_now() == layout
    qtbot.keyClick(shared, Qt.Key.Key_Escape)
    assert shared.filling.name is None
    assert graph.parent() is shared.docks["graph"]
    assert graph.isVisible()
    assert shared.panels["spectrum"].isVisible()
    qtbot.waitUntil(lambda: shared.dock_area.layout_now() == layout)


def test_f11_keeps_the_keyboard_and_a_selection_goes_before_the_panel_returns(qtbot: QtBot, shared: MainWindow) -> None:
    shared.activateWindow()
    scale = shared.panels["spectrum"].scale  # type: ignore[attr-defined]
    scale.setFocus()
    shared.filling.begin("spectrum")
    assert scale.hasFocus()
    shared.session.select(units=frozenset({1}))
    qtbot.keyClick(shared, Qt.Key.Key_Escape)
    assert (shared.session.selection.units, shared.filling.name) == (frozenset(), "spectrum")
    qtbot.keyClick(shared, Qt.Key.Key_F11)
    assert shared.filling.name is None
    assert scale.hasFocus()


def test_another_panel_or_layout_that_is_asked_for_ends_it(qtbot: QtBot, shared: MainWindow) -> None:
    shared.filling.begin("graph")
    shared.docks["spectrum"].switch.trigger()
    assert shared.filling.name is None
    assert shared.panels["spectrum"].isVisible()
    shared.filling.begin("graph")
    shared.dock_area.come("graph")
    assert shared.filling.name == "graph"
    shared.dock_area.reset()
    assert shared.filling.name is None
    qtbot.waitUntil(lambda: shared.dock_area.settled)


def test_a_double_click_on_a_tab_fills_the_window_with_its_panel(qtbot: QtBot, shared: MainWindow) -> None:
    titles = {"Pruning", "Low rank"}
    bar = next(
        bar for bar in shared.dock_area.findChildren(QTabBar)
        if bar.isVisible() and titles <= {bar.tabText(index) for index in range(bar.count())}
    )  # fmt: skip
    index = next(index for index in range(bar.count()) if bar.tabText(index) == "Low rank")
    double_click(qtbot, bar, bar.tabRect(index).center())
    qtbot.waitUntil(lambda: shared.filling.name == "low_rank")
    assert shared.panels["low_rank"].isVisible()
    double_click(qtbot, shared.filling.page.findChild(TitleBar), TITLE)
    qtbot.waitUntil(lambda: shared.filling.name is None)


def test_a_floating_panel_floats_again(qtbot: QtBot, shared: MainWindow) -> None:
    dock = shared.docks["spectrum"]
    dock.setFloating(True)
    layout = shared.dock_area.layout_now()
    assert "spectrum" in layout.floating
    shared.filling.begin("spectrum")
    assert dock.isHidden()
    assert shared.dock_area.layout_now() == layout
    shared.filling.toggle()
    assert dock.isFloating()
    assert not dock.isHidden()
    shared.dock_area.reset()


def test_no_panel_has_two_tabs_in_sight(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    qtbot.wait(1)  # the start page is there before a run
    window.open(path)
    qtbot.waitUntil(lambda: window.dock_area.isVisible() and window.dock_area.settled)
    bars = [bar for bar in window.dock_area.findChildren(QTabBar) if bar.isVisible()]
    tabs = [bar.tabText(index) for bar in bars for index in range(bar.count())]
    assert len(tabs) == len(set(tabs)) >= 4
