"""The real window, driven as a person would: open, drag, play, follow, drop, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from conftest import planted, record_weights
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QCommandLinkButton, QLabel
from shiboken6 import isValid

from workbench.gui.docks import DOCKS
from workbench.gui.main_window import MainWindow
from workbench.gui.panels.graph import GraphPanel
from workbench.gui.settings import Settings
from workbench.runs import layout
from workbench.runs.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.timeline import TimelinePanel

SNAPSHOTS = 6


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A finished run file of two layers."""
    target = tmp_path / "trained & <b>tested<b>.h5"
    weights = {"fc1": planted(40, 90, SNAPSHOTS), "fc2": planted(10, 40, SNAPSHOTS)}
    record_weights(target, weights, title="<img src=x> & <h1>title</h1>").close()
    return target


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as it starts, closed at the end."""
    shown = MainWindow()
    shown.play_when_opened = False
    shown.show()
    yield shown
    closing(qtbot, shown)


def closing(qtbot: QtBot, window: MainWindow) -> None:
    if not isValid(window):  # closed and deleted already
        return
    if window.isVisible():
        with qtbot.waitSignal(window.closed, timeout=20_000):
            window.close()
    window.deleteLater()


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    window.open(path)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    return window


def graph_of(window: MainWindow) -> GraphPanel:
    panel = window.panels["graph"]
    assert isinstance(panel, GraphPanel)
    return panel


def x_of(timeline: TimelinePanel, snapshot: int) -> QPoint:
    scene = timeline.plot.getPlotItem().vb.mapViewToScene(QPointF(snapshot, 50))
    return timeline.plot.mapFromScene(scene)


def test_the_window_starts_with_the_start_page_and_its_sample_runs(window: MainWindow) -> None:
    assert window.start_page.isVisible()
    texts = [button.text() for button in window.start_page.findChildren(QCommandLinkButton)]
    assert any("Train a network" in text for text in texts)
    assert sum("Sample" in text for text in texts) == 2


def test_a_sample_run_opens_by_a_click_and_every_panel_shows_it(qtbot: QtBot, window: MainWindow) -> None:
    sample = next(
        button
        for button in window.start_page.findChildren(QCommandLinkButton)
        if button.text().startswith("Sample A")
    )
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    assert window.session.selection.layer == "fc1"
    assert not window.start_page.isVisible()
    for name, panel in window.panels.items():
        assert panel.line.text() or name == "training", name


def test_dragging_the_timeline_moves_every_panel_and_ends_where_the_mouse_does(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    plot = window.timeline.plot.viewport()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=x_of(window.timeline, 0))
    for snapshot in range(1, SNAPSHOTS):
        qtbot.mouseMove(plot, x_of(window.timeline, snapshot))
        move = x_of(window.timeline, snapshot)
        _drag_to(window, move)
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=x_of(window.timeline, SNAPSHOTS - 1))
    assert window.session.selection.snapshot == SNAPSHOTS - 1
    qtbot.waitUntil(window.is_settled)
    result = graph_of(window).result
    assert result is not None
    assert result.needs.snapshot == SNAPSHOTS - 1
    run = window.session.runs[0]
    assert result.graph.norms == pytest.approx(np.linalg.norm(run.layer("fc1").weights(-1), axis=1), rel=1e-6)


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


def test_a_press_on_the_timeline_goes_there(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    qtbot.mousePress(
        window.timeline.plot.viewport(), Qt.MouseButton.LeftButton, pos=x_of(window.timeline, 3)
    )
    assert window.session.selection.snapshot == 3


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
    window: MainWindow,
    path: Path,
    start: int,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    end: int,
) -> None:
    opened(qtbot, window, path)
    window.session.select(snapshot=start)
    qtbot.keyClick(window, key, modifier)
    assert window.session.selection.snapshot == end


def test_space_plays_every_snapshot_once_and_stays_at_the_last(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    drawn: list[int] = []
    graph_of(window).drawn.connect(lambda: drawn.append(graph_of(window).result.needs.snapshot))  # type: ignore[union-attr]
    window.player.speed = 1000  # as fast as the panels can
    with qtbot.waitSignal(window.player.toggled):
        qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert list(dict.fromkeys(drawn)) == list(range(1, SNAPSHOTS))
    assert window.session.selection.snapshot == SNAPSHOTS - 1


def test_a_loop_begins_again_until_it_is_stopped(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.timeline.loop.setChecked(True)
    window.player.speed = 1000
    seen: list[int] = []
    window.session.changed.connect(lambda _old, new: seen.append(new.snapshot))
    qtbot.mouseClick(window.timeline.play_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen.count(0) >= 2, timeout=20_000)
    qtbot.mouseClick(window.timeline.play_button, Qt.MouseButton.LeftButton)
    assert not window.player.playing


def test_an_opened_run_plays_once_to_its_end(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.play_when_opened = True
    seen: list[int] = []
    window.session.changed.connect(lambda _old, new: seen.append(new.snapshot))
    opened(qtbot, window, path)
    window.player.speed = 1000
    qtbot.waitUntil(lambda: not window.player.playing, timeout=20_000)
    assert list(dict.fromkeys(seen)) == list(range(SNAPSHOTS))


def test_choosing_a_layer_drives_all_panels(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    tree = window.run_panel.tree
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    assert window.session.selection.layer == "fc2"
    qtbot.waitUntil(window.is_settled)
    assert "fc2" in window.panels["graph"].line.text()
    assert "fc2" in window.panels["spectrum"].line.text()


def test_a_bad_file_becomes_a_notice_and_the_window_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.h5"
    bad.write_bytes(b"not at all HDF5" * 100)
    window.open(bad)
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1)
    assert "bad.h5" in window.notices.shown[0].message
    assert window.start_page.isVisible()
    assert bad not in window.settings.recent()


def test_a_dropped_file_is_opened(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop = QDropEvent(
        QPointF(100, 100),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    qtbot.waitUntil(lambda: len(window.session.runs) == 1)
    assert window.settings.recent() == (path,)


def test_text_from_a_file_is_shown_literally(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    assert window.run_panel.tree.topLevelItem(0).text(0) == "<img src=x> & <h1>title</h1>"
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
    assert "trained & <b>" in window.timeline.line.text()


def test_a_growing_run_is_followed_to_its_newest_snapshot(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    target = tmp_path / "growing.h5"
    weights = {"fc1": planted(40, 90, 3)}
    record_weights(target, weights, capacity=5).close()
    opened(qtbot, window, target)
    window.timeline.go_to_last()
    window.timeline.follow.setChecked(True)
    recorder = Recorder(target)
    recorder.commit(_another_row(target))
    qtbot.waitUntil(lambda: window.session.runs[0].snapshots == 4, timeout=10_000)
    assert window.session.selection.snapshot == 3
    recorder.close()
    qtbot.waitUntil(lambda: window.session.runs[0].finished, timeout=10_000)
    qtbot.waitUntil(window.is_settled)


def _another_row(path: Path) -> dict[str, object]:
    """The last row of a run once more, as a new one."""
    import h5py

    with h5py.File(path, locking=False) as file:
        names = [name.decode() for name in file[layout.DATASETS][()]]
        rows = {name: file[name][2] for name in names}
    rows["/history/epoch"] = np.float64(9)
    rows["/history/iteration"] = np.float64(90)
    return rows


def test_the_layout_is_kept_between_starts_and_can_be_reset(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    window.docks["spectrum"].setVisible(False)
    closing(qtbot, window)
    again = MainWindow(Settings())
    again.play_when_opened = False
    again.restore_layout()
    again.show()
    opened(qtbot, again, path)
    assert not again.docks["spectrum"].isVisible()
    again.reset_layout()
    assert again.docks["spectrum"].isVisible()
    closing(qtbot, again)


def test_damaged_settings_are_no_obstacle(qtbot: QtBot) -> None:
    settings = Settings()
    settings.set_text("geometry", "rubbish")
    settings.set_text("state", "rubbish")
    settings.set_text("recent", "")
    window = MainWindow(settings)
    window.restore_layout()
    window.show()
    assert window.isVisible()
    closing(qtbot, window)


@pytest.mark.parametrize("name", [row.name for row in DOCKS])
def test_every_panel_hides_shows_and_survives_a_run_without_snapshots(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str
) -> None:
    from workbench.runs import birth
    from workbench.runs.spec import DataSpec, NetSpec, RunSpec

    target = tmp_path / "empty.h5"
    layers = [layout.LayerInfo("fc1", "linear", 8, 16, 0)]
    plan = layout.plan(layers, {"fc1.weight": ((8, 16), "float32")}, 0)
    birth.create(target, RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1.0), layers, plan, 2, "empty")
    opened(qtbot, window, target)
    dock = window.docks[name]
    dock.setVisible(False)
    dock.setVisible(True)
    qtbot.waitUntil(window.is_settled)
    assert window.panels[name].isVisible()
