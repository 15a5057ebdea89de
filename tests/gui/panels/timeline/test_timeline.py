"""The timeline of the real window under the mouse and the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication

from tests.gui.windows import SNAPSHOTS, opened
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.plots.plot import Plot

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.timeline.panel import TimelinePanel
    from workbench.gui.window.main_window import MainWindow


def graph_of(window: MainWindow) -> GraphPanel:
    panel = window.panels["graph"]
    assert isinstance(panel, GraphPanel)
    return panel


def x_of(timeline: TimelinePanel, snapshot: int) -> QPoint:
    box = timeline.plot.getPlotItem().vb
    return timeline.plot.mapFromScene(box.mapViewToScene(QPointF(snapshot, box.viewRect().center().y())))


def test_dragging_the_timeline_moves_every_panel_and_ends_where_the_mouse_does(
    qtbot: QtBot, shared: MainWindow
) -> None:
    plot = shared.timeline.plot.viewport()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=x_of(shared.timeline, 0))
    for snapshot in range(1, SNAPSHOTS):
        qtbot.mouseMove(plot, x_of(shared.timeline, snapshot))
        move = x_of(shared.timeline, snapshot)
        _drag_to(shared, move)
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=x_of(shared.timeline, SNAPSHOTS - 1))
    assert shared.session.selection.place.snapshot == SNAPSHOTS - 1
    qtbot.waitUntil(shared.is_settled)
    result = graph_of(shared).result
    assert result is not None
    assert result.needs.place.snapshot == SNAPSHOTS - 1
    run = shared.session.runs[0]
    weights = run.layer("fc1").weights(-1).astype(float)
    assert result.graph.norms == pytest.approx(np.linalg.norm(weights, axis=1), rel=1e-6)


def _drag_to(window: MainWindow, place: QPoint) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    viewport = window.timeline.plot.viewport()
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        viewport.mapToGlobal(QPointF(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, move)


def test_pointing_at_the_timeline_reads_its_curves_and_returns(qtbot: QtBot, shared: MainWindow) -> None:
    before = shared.timeline.line.text()
    shared.timeline.plot.pointed.emit(3.2, 50.0)
    accuracy = shared.session.runs[0].test_accuracy[3]
    assert f"snapshot 3 of 5; test {accuracy:.2f} %" in shared.timeline.line.text()
    shared.timeline.plot.left.emit()
    assert shared.timeline.line.text() == before


def test_moving_along_makes_no_picture_of_a_symbol_twice(qtbot: QtBot, shared: MainWindow) -> None:
    plots = [plot for plot in shared.findChildren(Plot) if plot.isVisible()]
    scattered = [item for plot in plots for item in plot.scene().items() if isinstance(item, pg.ScatterPlotItem)]

    def go_through() -> list[int]:
        for snapshot in range(SNAPSHOTS):
            shared.session.select(snapshot=snapshot)
            qtbot.waitUntil(shared.is_settled)
        return [len(item.fragmentAtlas) for item in scattered]

    kept = go_through()
    assert sum(kept) > 0
    assert go_through() == kept


def test_a_press_on_the_timeline_goes_there(qtbot: QtBot, shared: MainWindow) -> None:
    plot, place = shared.timeline.plot.viewport(), x_of(shared.timeline, 3)
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=place)
    assert shared.session.selection.place.snapshot == 3
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize(
    ("start", "key", "modifier", "end"),
    [
        (2, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 3),
        (2, Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 1),
        (2, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, SNAPSHOTS - 1),
        (4, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, 0),
        (2, Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, SNAPSHOTS - 1),
        (2, Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
    ],
)
def test_the_keyboard_moves_the_timeline(
    qtbot: QtBot,
    shared: MainWindow,
    start: int,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    end: int,
) -> None:
    shared.session.select(snapshot=start)
    qtbot.keyClick(shared, key, modifier)
    assert shared.session.selection.place.snapshot == end


def test_space_plays_every_snapshot_once_and_stays_at_the_last(qtbot: QtBot, drawn_window: MainWindow) -> None:
    drawn: list[int] = []
    graph_of(drawn_window).drawn.connect(lambda: drawn.append(graph_of(drawn_window).result.needs.place.snapshot))  # type: ignore[union-attr]
    drawn_window.player.speed = 1000  # as fast as the panels can
    with qtbot.waitSignal(drawn_window.player.toggled):
        qtbot.keyClick(drawn_window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not drawn_window.player.playing, timeout=20_000)
    assert list(dict.fromkeys(drawn)) == list(range(1, SNAPSHOTS))
    assert drawn_window.session.selection.place.snapshot == SNAPSHOTS - 1


def test_a_loop_begins_again_until_it_is_stopped(qtbot: QtBot, shared: MainWindow) -> None:
    shared.timeline.loop.setChecked(True)
    shared.player.speed = 1000
    seen: list[int] = []
    shared.session.changed.connect(lambda _old, new: seen.append(new.place.snapshot if new.place else -1))
    qtbot.mouseClick(shared.timeline.play_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen.count(0) >= 2, timeout=20_000)
    qtbot.mouseClick(shared.timeline.play_button, Qt.MouseButton.LeftButton)
    assert not shared.player.playing


def test_an_opened_run_plays_once_to_its_end(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.play_when_opened = True
    seen: list[int] = []
    window.session.changed.connect(lambda _old, new: seen.append(new.place.snapshot if new.place else -1))
    opened(qtbot, window, path)
    window.player.speed = 1000
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert list(dict.fromkeys(seen)) == list(range(SNAPSHOTS))


def test_a_run_without_accuracies_says_so_in_their_track(
    qtbot: QtBot, shared: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot, run = shared.timeline.plot, shared.session.runs[0]
    assert plot.names.words[0].text == "accuracy"
    assert plot.names.words[0].below
    with monkeypatch.context() as patch:
        patch.setattr(type(run), "history", lambda self, _name: np.full(self.snapshots, np.nan))
        shared.timeline.draw(run)
        assert next(text.toPlainText() for text in plot.reasons if text.isVisible()) == "this run stores no accuracies"
        assert not plot.names.words[0].below
        assert not shared.timeline.legend.entries
    shared.timeline.draw(run)
    assert plot.names.words[0].below
