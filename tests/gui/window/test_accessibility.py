"""Everything can be reached and read without a mouse, and nothing is said by colour alone."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QLabel,
    QScrollBar,
    QTabBar,
    QTextBrowser,
    QWidget,
)

from tests.gui.windows import all_drawn
from workbench.figures.graph.groups import DEAD_UNITS, STILL_UNITS
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.plots.graph.fit import unit_toward
from workbench.gui.plots.graph.item import GraphLook, WeightGraphItem
from workbench.gui.plots.graph.look import look
from workbench.gui.window.docks import PANELS
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

PARTS_OF_OTHERS = (QScrollBar, QTabBar)  # these speak for the widget they belong to


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow) -> MainWindow:
    """The window of the module with the sample run, wide enough for every control."""
    lasting_window.resize(1300, 800)
    return all_drawn(module_bot, lasting_window, resource("sample_runs/digits_conv.h5"))


def said(widget: QWidget) -> str:
    """What a screen reader has to say about a control."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton):
        return widget.text() or widget.toolTip()
    if isinstance(widget, QTextBrowser):
        return widget.toPlainText()
    labels = widget.window().findChildren(QLabel)
    return next((label.text() for label in labels if label.buddy() is widget), "")


def controls(parent: QWidget) -> Iterator[QWidget]:
    """All that takes the focus; the inside of a control is spoken for by the control."""
    for widget in parent.findChildren(QWidget):
        inside = widget.parentWidget()
        part = isinstance(widget, PARTS_OF_OTHERS) or widget.objectName().startswith("qt_")
        part |= isinstance(inside, QAbstractScrollArea) and widget is inside.viewport()
        while inside is not None and not part:
            part, inside = isinstance(inside, QComboBox), inside.parentWidget()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not part:
            yield widget


def nameless(parent: QWidget) -> list[str]:
    silent = [widget for widget in controls(parent) if not said(widget)]
    return [f"{type(widget).__name__} in {type(widget.parent()).__name__}" for widget in silent]


def test_every_control_of_the_window_has_a_name(shared: MainWindow) -> None:
    assert nameless(shared.start_page) == []
    assert nameless(shared) == []


def test_every_control_of_the_training_dialog_has_a_name(shared: MainWindow) -> None:
    dialog = TrainDialog(shared.settings, shared)
    assert nameless(dialog) == []
    dialog.deleteLater()


def test_the_tab_key_goes_through_every_panel_and_comes_back(qtbot: QtBot, shared: MainWindow) -> None:
    window = shared
    window.activateWindow()
    window.run_panel.tree.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    visited: list[str] = []
    for _ in range(400):
        focused = QApplication.focusWidget()
        assert focused is not None
        here = next((name for name, panel in window.panels.items() if panel.isAncestorOf(focused)), "")
        if here and (not visited or visited[-1] != here):
            visited.append(here)
        window.focusNextChild()
    shown = {name for name, panel in window.panels.items() if panel.isVisible() and not _without_controls(panel)}
    assert shown <= set(visited)
    # Each panel is gone through as a whole before the next one.
    first_round = visited[: visited.index(visited[0], 1)] if visited[0] in visited[1:] else visited
    assert len(first_round) == len(set(first_round))


@pytest.mark.parametrize("name", [dock.kind.name for dock in PANELS])
@pytest.mark.thinned(3)
def test_the_tab_key_goes_through_a_panel_as_it_is_read(qtbot: QtBot, shared: MainWindow, name: str) -> None:
    window, panel = shared, shared.panels[name]
    window.session.select(units=frozenset({2}))  # of which there is a page
    window.docks[name].setVisible(True)
    window.docks[name].raise_()
    qtbot.waitUntil(lambda: panel.isVisible() and panel.complete, timeout=60_000)
    window.activateWindow()
    window.setFocus()
    reached = {each for each in controls(panel) if each.isVisible() and each.isEnabled() and each.focusProxy() is None}
    buttons = list(panel.frame.header.buttons)
    visited: list[QWidget] = []
    for _ in range(200):
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        if visited and focused is visited[-1]:  # a text stops at each of its links
            continue
        if panel.isAncestorOf(focused) or focused in buttons:
            visited.append(focused)
        elif visited:
            break
    assert set(visited) == {*reached, *buttons}
    assert len(visited) == len(reached) + len(buttons)
    inside = visited[: -len(buttons)]
    assert visited[len(inside) :] == buttons
    row = panel.controls.geometry()
    at = sum(row.contains(_place(each, panel).center()) for each in inside)
    assert all(row.contains(_place(each, panel).center()) for each in inside[:at])
    for part in (inside[:at], inside[at:]):
        for one, following in pairwise(_place(each, panel) for each in part):
            below, above = following.top() > one.bottom(), following.bottom() < one.top()
            assert below or (not above and following.left() > one.left())


def _place(widget: QWidget, panel: QWidget) -> QRect:
    return QRect(widget.mapTo(panel, QPoint(0, 0)), widget.size())


def _without_controls(panel: QWidget) -> bool:
    return not any(control.isVisible() and control.isEnabled() for control in controls(panel))


@pytest.fixture
def graph(qtbot: QtBot, shared: MainWindow) -> GraphPanel:
    shared.activateWindow()
    panel = shared.panels["graph"]
    assert isinstance(panel, GraphPanel)
    qtbot.waitUntil(lambda: panel.result is not None)
    panel.view.settle()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    return panel


def test_units_are_visited_and_selected_with_the_keyboard(qtbot: QtBot, shared: MainWindow, graph: GraphPanel) -> None:
    window = shared
    snapshot = window.session.selection.place.snapshot
    qtbot.keyClick(graph.view, Qt.Key.Key_Right)
    first = graph.view.item.hovered
    assert first >= 0
    assert graph.line.text().startswith(f"unit {first}:")
    qtbot.keyClick(graph.view, Qt.Key.Key_Up)
    second = graph.view.item.hovered
    assert graph.view.item.positions[second][1] > graph.view.item.positions[first][1]
    qtbot.keyClick(graph.view, Qt.Key.Key_Space)
    assert window.session.selection.units == {second}
    qtbot.keyClick(graph.view, Qt.Key.Key_Down)
    qtbot.keyClick(graph.view, Qt.Key.Key_Space)
    assert len(window.session.selection.units) == 2
    assert window.session.selection.place.snapshot == snapshot
    assert not window.player.playing, "the keys belong to the control that has the focus"
    qtbot.keyClick(graph.view, Qt.Key.Key_Escape)
    assert window.session.selection.units == frozenset()


def test_the_arrow_keys_move_the_cursor_of_the_pruning_plot_that_has_the_focus(
    qtbot: QtBot, shared: MainWindow
) -> None:
    window, panel = shared, shared.panels["pruning"]
    assert isinstance(panel, PruningPanel)
    window.activateWindow()
    panel.plot.setFocus()
    qtbot.waitUntil(panel.plot.hasFocus)
    for _ in range(3):
        qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    assert len(window.session.selection.units) == 3
    assert window.session.selection.place.snapshot == 0


def test_where_the_keyboard_is_can_be_seen(qtbot: QtBot, shared: MainWindow, graph: GraphPanel) -> None:
    window = shared
    qtbot.waitUntil(window.isActiveWindow)
    seen: dict[QWidget, bool] = {}
    while True:
        before = control = QApplication.focusWidget()
        for _ in range(100):  # a text stops at each of its links
            qtbot.keyClick(control, Qt.Key.Key_Tab)
            control = QApplication.focusWidget()
            if control is not before:
                break
        if control is None or control in seen:
            break
        focused = control.grab().toImage()
        control.clearFocus()
        seen[control] = control.grab().toImage() != focused
        control.setFocus(Qt.FocusReason.TabFocusReason)
    assert {graph.view, graph.cutoff.slider, window.run_panel.tree} <= set(seen)
    assert [said(control) for control in seen if not seen[control]] == []


def test_at_the_edge_of_the_graph_the_keys_stay() -> None:
    item = WeightGraphItem()
    none = np.zeros((0, 2), np.int32)
    item.set_look(GraphLook(none, np.zeros(0), np.ones(3), (), np.zeros(3, np.int32)))
    item.set_positions(np.array([[0, 0], [10, 1], [3, 9]], np.float32))
    assert unit_toward(item, 0, (1.0, 0.0)) == 1
    assert unit_toward(item, 0, (0.0, 1.0)) == 2
    assert unit_toward(item, 1, (1.0, 0.0)) == 1


def test_dead_and_hardly_moved_units_have_shapes_of_their_own(graph: GraphPanel) -> None:
    assert graph.result is not None
    shapes = look(graph.result).shapes
    assert shapes[DEAD_UNITS] == "cross"
    assert shapes[STILL_UNITS] == "diamond"
