"""The lasso of the weight graph, named sets, and what other panels do with the units of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from graph_driving import panel, run, shown
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu

from workbench.gui.panels.graph.menus import menu_of_ground, menu_of_units

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

SHIFT, LEFT = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton


def test_the_lasso_selects_what_lies_inside_its_line(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    panel.view.settle()
    view, places = panel.view, panel.view.item.positions
    wanted = frozenset(np.flatnonzero(panel.result.graph.component == 0).tolist())  # type: ignore[union-attr]
    middle = places[sorted(wanted)].mean(axis=0)
    reach = np.hypot(*(places[sorted(wanted)] - middle).T).max() + 1.0
    corners = [middle + 1.4 * reach * np.array((np.cos(at), np.sin(at))) for at in np.linspace(0, 2 * np.pi, 9)]
    points = [view.mapFromScene(view.box.mapViewToScene(QPointF(*corner.tolist()))) for corner in corners]
    qtbot.mousePress(view.viewport(), LEFT, SHIFT, pos=points[0])
    for point in points[1:]:
        qtbot.wait(15)  # pyqtgraph drops moves that come faster than a hundred in a second
        _move(view, point)
    assert view.box.outline.isVisible()
    qtbot.mouseRelease(view.viewport(), LEFT, SHIFT, pos=points[-1])
    assert not view.box.outline.isVisible()
    outline = np.array([(place.x(), place.y()) for place in view.box._line])
    assert wanted <= session.selection.units == view.item.units_inside(outline)


def _move(view: GraphPanel, point: QPoint) -> None:
    viewport = view.viewport()  # type: ignore[attr-defined]
    where = QPointF(point), QPointF(viewport.mapToGlobal(point))
    event = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, LEFT, SHIFT)
    QApplication.sendEvent(viewport, event)


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def inner(menu: QMenu, title: str) -> list[QAction]:
    return next(each for each in menu.findChildren(QMenu) if each.title() == title).actions()


def test_a_named_set_is_selected_again_and_kept_with_the_settings(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    session.select(units=frozenset({2, 7}))
    assert panel.result is not None
    menu = menu_of_units(panel, panel.result, 7)
    assert "Select set" not in [action.text() for action in menu.actions()]
    entry(menu, "Name this set…").trigger()
    dialog = panel.looking.sets.dialog
    assert dialog is not None
    dialog.setTextValue(" the   pair ")
    dialog.accept()
    session.select(units=frozenset())
    menu = menu_of_ground(panel, panel.result)
    assert [action.text() for action in inner(menu, "Select set")] == ["the pair (2 units)"]
    inner(menu, "Select set")[0].trigger()
    assert session.selection.units == {2, 7}
    kept = panel.settings()["sets"]
    assert kept == {f"{run.run_id} fc1": {"the pair": [2, 7]}}
    drawing = panel.drawing()
    assert drawing is not None
    assert drawing.settings["sets"] == {}, "a figure does not tell"
    inner(menu, "Forget set")[0].trigger()
    assert panel.settings()["sets"] == {}
    assert panel.restore({"sets": kept}) == ()
    assert panel.looking.sets.here == {"the pair": frozenset({2, 7})}
