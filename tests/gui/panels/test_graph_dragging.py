"""Nodes of the weight graph follow the mouse, and come back to where they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from graph_driving import clustered, panel, run, shown
from PySide6.QtCore import QPointF, Qt

from workbench.analysis.layout import forces

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def test_a_dragged_node_follows_the_mouse(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    shown(qtbot, panel, session, run)
    forces.compile_now()  # until then the nodes wait where they are
    panel.view.settle()
    place = panel.view.item.positions[0]
    start = panel.view.mapFromScene(panel.view.box.mapViewToScene(QPointF(*place.tolist())))
    target = start + start.__class__(60, 30)
    viewport = panel.view.viewport()
    qtbot.mouseMove(viewport, start)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for step in range(1, 6):
        qtbot.wait(15)  # pyqtgraph drops moves that come faster than a hundred in a second
        _move(panel, start + (target - start) * (step / 5))
    panel.view.tick()
    wanted = panel.view.box.mapSceneToView(panel.view.mapToScene(target))
    assert panel.view.item.positions[0] == pytest.approx((wanted.x(), wanted.y()), abs=1.0)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=target)
    panel.view.settle()
    assert panel.view.layout_now is not None
    assert panel.view.layout_now.alpha_target == 0.0


def test_a_dragged_node_moves_while_the_mouse_never_rests(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    forces.compile_now()  # until then the nodes wait where they are
    panel.view.settle()
    before = panel.view.item.positions[0].copy()
    start = panel.view.mapFromScene(panel.view.box.mapViewToScene(QPointF(*before.tolist())))
    viewport = panel.view.viewport()
    qtbot.mouseMove(viewport, start)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for step in range(40):
        qtbot.wait(panel.view.TICK_MS - 5)  # a mouse tells its place more often than the layout ticks
        _move(panel, start + start.__class__(20 + step, 0))
    moved = panel.view.item.positions[0] - before
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start)
    assert np.hypot(*moved) > 10 * panel.view.box.viewPixelSize()[0]


def test_a_drag_with_the_right_button_is_a_zoom_that_stays(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    panel.view.settle()
    viewport = panel.view.viewport()
    start = viewport.rect().center()
    qtbot.mouseMove(viewport, start)
    qtbot.mousePress(viewport, Qt.MouseButton.RightButton, pos=start)
    for step in range(1, 6):
        qtbot.wait(15)
        _move(panel, start + start.__class__(8 * step, -8 * step), Qt.MouseButton.RightButton)
    qtbot.mouseRelease(viewport, Qt.MouseButton.RightButton, pos=start + start.__class__(40, -40))
    near = panel.view.ranges()
    view = panel.settings()["view"]
    assert isinstance(view, dict)
    assert view["x"] == pytest.approx(near[0])
    panel.view.settle()
    assert panel.view.ranges() == near


def _move(panel: GraphPanel, place: object, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    viewport = panel.view.viewport()
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),  # type: ignore[call-overload]
        viewport.mapToGlobal(QPointF(place)),  # type: ignore[call-overload]
        Qt.MouseButton.NoButton,
        button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, event)


def test_a_snapshot_seen_before_comes_back_as_it_was(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    forces.compile_now()
    panel.view.settle()
    joined = panel.result.graph.degrees > 0  # the others lie in blocks, which take the room that there is
    places = panel.view.item.positions[joined]
    for charge in (None, -90):
        shown(qtbot, panel, session, run, 0)
        panel.view.settle()
        away = panel.view.item.positions[joined]
        assert np.abs(away - places).max() > 10
        if charge is not None:
            panel.charge.set_value(charge)
        shown(qtbot, panel, session, run)
        panel.view.tick()
        assert np.abs(panel.view.item.positions[joined] - places).max() > 1
        while panel.view.moving:
            panel.view.tick()
        off = np.abs(panel.view.item.positions[joined] - places).max()
        assert off < 0.01 if charge is None else off > 1, "other forces, other places"


def test_a_layer_returned_to_looks_as_it_was_left(
    qtbot: QtBot, panel: GraphPanel, session: Session, write_run: WriteRun
) -> None:
    """Also where its nodes came from another snapshot, and with the forces and pins of before."""
    random = np.random.default_rng(0)
    weights = {"fc1": [random.normal(size=(20, 30)), clustered(20, 30)], "fc2": [random.normal(size=(9, 20))] * 2}
    run = write_run(weights)
    session.add(run)
    forces.compile_now()

    def rest(layer: str, snapshot: int) -> np.ndarray:
        session.select(layer=layer)
        session.select(snapshot=snapshot)
        qtbot.waitUntil(lambda: panel.settled and panel.result is not None and panel.result.needs.place.layer == layer)
        while panel.view.moving:
            panel.view.tick()
        return panel.view.item.positions.copy()

    rest("fc1", 0)
    before = rest("fc1", 1)  # from where they were at snapshot 0
    rest("fc2", 1)
    np.testing.assert_array_equal(rest("fc1", 1), before)
    charge = panel.charge.value()
    panel.charge.set_value(-90)
    assert np.abs(rest("fc1", 1) - before).max() > 1
    panel.charge.set_value(charge)
    np.testing.assert_allclose(rest("fc1", 1), before, atol=0.01)
    panel.view.pins.pin([2])
    pinned = rest("fc1", 1)
    rest("fc2", 1)
    assert not panel.view.pins
    np.testing.assert_array_equal(rest("fc1", 1), pinned)
    assert set(panel.view.pins) == {2}


def test_a_pinned_node_stays_from_snapshot_to_snapshot(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    forces.compile_now()
    panel.view.settle()
    panel.view.pins.pin([2])
    place = panel.view.item.positions[2].tolist()
    for snapshot in (0, 1):
        shown(qtbot, panel, session, run, snapshot)
        panel.view.settle()
        assert panel.view.item.positions[2].tolist() == place
    panel.view.pins.unpin([2])
    panel.view.reheat()
    panel.view.settle()
    assert panel.view.item.positions[2].tolist() != place
