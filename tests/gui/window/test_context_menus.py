"""Menus at the mouse: on plots, runs and layers."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.base import Panel
    from workbench.gui.window.main_window import MainWindow


def asked(panel: Panel, widget: QWidget, place: QPoint, by_key: bool = False) -> QMenu:
    """The menu that comes up for a right click there."""
    reason = QContextMenuEvent.Reason.Keyboard if by_key else QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, place, widget.mapToGlobal(place))
    QCoreApplication.sendEvent(widget, event)
    return shown(panel)


def shown(panel: Panel) -> QMenu:
    return next(menu for menu in panel.findChildren(QMenu) if menu.isVisible())


def texts(menu: QMenu) -> list[str]:
    return [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]


def choose(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()


def test_a_right_click_on_a_plot_offers_to_export_it_and_to_show_all(qtbot: QtBot, shared: MainWindow) -> None:
    panel = shared.panels["spectrum"]
    plot = panel.plot  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.complete)
    middle = plot.rect().center()
    before = plot.ranges()
    plot.show_ranges((0.0, 0.1), (0.0, 0.1))
    plot.zoomed.emit()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=middle)
    menu = shown(panel)
    assert texts(menu) == [
        "Export figure…", "Copy image", "Copy data", "Copy as Python", "Reset view", "Fill the window",
        "What this panel shows",
    ]  # fmt: skip
    choose(menu, "Reset view")
    assert plot.ranges()[0] == before[0]
    menu = asked(panel, panel, QPoint(2, 2))
    choose(menu, "Copy as Python")
    assert "wb.open_run" in QGuiApplication.clipboard().text()
    header = panel.frame.header
    assert not panel.isAncestorOf(header)
    choose(asked(panel, header.line, QPoint(2, 2)), "Fill the window")
    assert shared.filling.name == "spectrum"
    choose(asked(panel, panel, QPoint(2, 2)), "Show the other panels")
    assert shared.filling.name is None


def test_a_right_click_on_the_timeline_offers_its_tracks_and_time_axis(qtbot: QtBot, shared: MainWindow) -> None:
    panel = shared.panels["timeline"]
    plot = panel.plot  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.complete)
    menu = asked(panel, plot.viewport(), plot.rect().center())
    assert texts(menu) == [
        "Export figure…", "Copy image", "Copy data", "Copy as Python", "Tracks and time axis", "Fill the window",
        "What this panel shows",
    ]  # fmt: skip
    offered = next(action.menu() for action in menu.actions() if action.text() == "Tracks and time axis")
    assert {"Dead", "Iterations, logarithmic"} <= set(texts(offered))
    menu.close()


def test_a_layer_is_shown_elsewhere_or_copied(qtbot: QtBot, shared: MainWindow) -> None:
    panel = shared.panels["overview"]
    panel_table = panel.table  # type: ignore[attr-defined]
    shared.docks["overview"].come()
    qtbot.waitUntil(lambda: panel.complete and panel_table.model().rowCount() == 3)  # and the network
    row = panel_table.visualRect(panel_table.model().index(1, 0)).center()
    menu = asked(panel, panel_table.viewport(), row)
    assert shared.session.selection.place is not None
    assert shared.session.selection.place.layer == "fc2"
    assert texts(menu) == ["Show in", "Select", "Copy name", "Copy as Python"]
    choose(menu, "Copy as Python")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(QGuiApplication.clipboard().text(), "layer", "exec"), {})
    assert out.getvalue().startswith("10 40 [")
    menu = asked(panel, panel_table.viewport(), row)
    choose(menu, "Copy name")
    assert QGuiApplication.clipboard().text() == "fc2"
    panel_table.setFocus()
    assert shared.focusWidget() is panel_table
    menu = asked(panel, panel_table, QPoint(1, 1), by_key=True)
    assert texts(menu)[0] == "Show in"
    menu.close()


def test_a_run_is_closed_or_its_path_copied(qtbot: QtBot, shared: MainWindow) -> None:
    panel = shared.panels["run"]
    tree = panel.tree  # type: ignore[attr-defined]
    shared.docks["run"].come()
    qtbot.waitUntil(lambda: panel.complete and tree.topLevelItemCount() == 1)
    run = shared.session.runs[0]
    row = tree.visualItemRect(tree.topLevelItem(0)).center()
    menu = asked(panel, tree.viewport(), row)
    names = texts(menu)
    assert names[:6] == [
        "Write a report (HTML, PDF)…", "Network and data…", "Prune and train on…",
        "Redraw layers and train…", "Resume the training", "Export data",
    ]  # fmt: skip
    assert names[-3:] == ["Copy path", "Copy as Python", f"Close {run.path.name}".replace("&", "")]
    choose(menu, "Copy path")
    assert QGuiApplication.clipboard().text() == str(run.path)
    menu = asked(panel, tree.viewport(), QPoint(row.x(), tree.viewport().height() - 2))  # below the rows
    assert "What this panel shows" in texts(menu)
    menu.close()
    layer = tree.topLevelItem(0).child(0)
    menu = asked(panel, tree.viewport(), tree.visualItemRect(layer).center())
    assert texts(menu)[0] == "Show in"
    menu.close()
