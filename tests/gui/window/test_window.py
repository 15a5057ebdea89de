"""The real window, driven as a person would: open, drag, play, follow, drop, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QTabBar

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import closing, opened
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.state.settings import Settings
from workbench.gui.widgets.cards import Card
from workbench.gui.window.app import begin
from workbench.gui.window.docks import PANELS
from workbench.gui.window.main_window import MainWindow
from workbench.runs import layout

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

SNAPSHOTS = 6
NOTHING_CHOSEN = ("training", "unit", "group")
"""Panels without a line until a unit or group is chosen, or a training begins."""


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def test_the_window_starts_with_the_start_page_and_its_sample_runs(window: MainWindow) -> None:
    assert window.start_page.isVisible()
    texts = [button.text() for button in window.start_page.findChildren(Card)]
    assert any("Train a network" in text for text in texts)
    assert sum("Sample" in text for text in texts) == 2


def test_the_start_page_needs_little_room_however_many_runs_were_opened(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for number in range(30):
        window.settings.add_recent(tmp_path / f"run-{number}.h5")
    window.choose_page()
    window.resize(700, 400)
    last = window.start_page.findChildren(Card)[-1]
    qtbot.waitUntil(lambda: last.isVisible() and last.height() < 100)
    assert window.size().toTuple() == (700, 400)
    window.start_page.ensureWidgetVisible(last)
    assert last.visibleRegion().boundingRect().height() == last.height()


def test_the_window_fits_a_small_screen_at_the_first_start(own_window: MainWindow) -> None:
    own_window.resize(4000, 3000)
    begin(own_window)
    assert own_window.screen().availableGeometry().contains(own_window.frameGeometry())


def test_a_sample_run_opens_by_a_click_and_every_panel_shows_it(qtbot: QtBot, window: MainWindow) -> None:
    sample = next(button for button in window.start_page.findChildren(Card) if button.text().startswith("Sample A"))
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    assert window.session.selection.place.layer == "fc1"
    assert not window.start_page.isVisible()
    for name, panel in window.panels.items():
        window.docks[name].come()
        if name not in NOTHING_CHOSEN:
            qtbot.waitUntil(lambda panel=panel: bool(panel.line.text()), timeout=20_000)


def test_the_network_is_asked_nothing_for_a_panel_behind_another_tab(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: window.dock_area.settled)
    pruning, low_rank = window.panels["pruning"], window.panels["low_rank"]
    assert isinstance(low_rank, LowRankPanel)
    qtbot.waitUntil(lambda: low_rank.shown_result is not None)  # from what is stored: it goes on a page
    qtbot.wait(low_rank.answers.REST_MS + 50)
    assert low_rank.answers.about is None
    window.docks["low_rank"].come()
    qtbot.waitUntil(lambda: low_rank.answers.about is not None)
    window.session.select(layer="fc2")
    assert pruning.shown_result is None  # it holds nothing of another layer either
    window.docks["pruning"].come()
    assert pruning.question.place.layer == "fc2"  # type: ignore[attr-defined]


def test_tabs_that_lie_below_no_panel_are_hidden(qtbot: QtBot, own_window: MainWindow, path: Path) -> None:
    opened(qtbot, own_window, path)
    left_over = QTabBar(own_window.dock_area)  # as Qt leaves them, made before the window is shown
    left_over.addTab("Weight graph")
    left_over.setGeometry(323, 454, 317, 26)
    left_over.show()
    own_window.dock_area.reset()
    qtbot.waitUntil(lambda: own_window.dock_area.settled and not left_over.isVisible())
    rows = [bar for bar in own_window.dock_area.findChildren(QTabBar) if bar.isVisible()]
    texts = [tuple(bar.tabText(at) for at in range(bar.count())) for bar in rows]
    assert sorted(texts) == [
        ("Overview", "Group", "Units", "Run", "Training"), ("Pruning", "Low rank", "Directions", "Compare"),
        ("Weight graph", "Unit page", "Cut-offs", "Map"),
    ]  # fmt: skip


def test_choosing_a_layer_drives_all_panels(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    tree = window.run_panel.tree
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    assert window.session.selection.place.layer == "fc2"
    qtbot.waitUntil(window.is_settled)
    assert "fc2" in window.panels["graph"].line.text()
    assert "fc2" in window.panels["spectrum"].line.text()


def test_a_bad_file_becomes_a_notice_and_the_window_stays(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
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
    assert window.run_panel.tree.topLevelItem(0).text(0) == path.name
    assert "&lt;img src=x&gt;" in window.run_panel.tree.topLevelItem(0).toolTip(0)
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
    assert "trained & <b>" in window.timeline.line.text()


def test_the_layout_is_kept_between_starts_and_can_be_reset(qtbot: QtBot, own_window: MainWindow, path: Path) -> None:
    opened(qtbot, own_window, path)
    own_window.docks["spectrum"].setVisible(False)
    closing(qtbot, own_window)
    again = MainWindow(Settings())
    again.play_when_opened = False
    begin(again)
    qtbot.waitUntil(lambda: bool(again.session.runs) and again.is_settled(), timeout=20_000)
    assert not again.docks["spectrum"].isVisible()
    again.dock_area.reset()
    assert again.docks["spectrum"].isVisible()
    closing(qtbot, again)


def test_panels_keep_their_sizes_between_starts(qtbot: QtBot, own_window: MainWindow, path: Path) -> None:
    opened(qtbot, own_window, path)
    qtbot.wait(50)
    sizes = {name: dock.size() for name, dock in own_window.docks.items() if own_window.dock_area.in_sight(name)}
    closing(qtbot, own_window)
    again = MainWindow(Settings())
    again.play_when_opened = False
    begin(again)
    again.resize(1280, 800)  # the offscreen screen is smaller, and windows are restored onto it
    qtbot.waitUntil(lambda: bool(again.session.runs) and again.is_settled(), timeout=20_000)
    qtbot.wait(50)
    for name in sizes:
        dock = again.docks[name]
        assert abs(dock.width() - sizes[name].width()) <= 4, name
        assert abs(dock.height() - sizes[name].height()) <= 24, name  # tabs below may come or go a moment later
    closing(qtbot, again)


def test_another_run_in_the_same_file_brings_its_own_layers(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    target = tmp_path / "run.h5"
    record_weights(target, {"fc1": planted(40, 90, 2), "fc2": planted(10, 40, 2)}).close()
    opened(qtbot, window, target)
    target.unlink()
    record_weights(target, {"conv1": planted(12, 27, 2)}).close()
    window.open(target)
    tree = window.run_panel.tree
    qtbot.waitUntil(lambda: tree.topLevelItem(0).childCount() == 1)
    assert window.session.selection.place.layer == "conv1"
    tree.setCurrentItem(tree.topLevelItem(0).child(0))
    qtbot.waitUntil(window.is_settled)
    assert "conv1" in window.panels["graph"].line.text()


def test_several_runs_are_opened_in_their_order_past_a_bad_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    names = ["a.h5", "bad.h5", "c.h5"]
    for name in names:
        record_weights(tmp_path / name, {"fc1": planted(8, 16, 2)}).close()
    (tmp_path / "bad.h5").write_text("no run at all")
    window.open(*(tmp_path / name for name in names))
    qtbot.waitUntil(lambda: len(window.session.runs) == 2)
    assert [run.path.name for run in window.session.runs] == ["a.h5", "c.h5"]
    assert window.session.selection.run is window.session.runs[1]
    qtbot.waitUntil(lambda: len(window.jobs) == 0, timeout=20_000)
    assert len(window.notices.shown) == 1


def test_a_control_with_the_focus_keeps_its_keys(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.session.select(snapshot=2)
    graph = window.panels["graph"]
    assert isinstance(graph, GraphPanel)
    graph.cutoff.slider.setFocus()
    qtbot.waitUntil(graph.cutoff.slider.hasFocus)
    before = graph.cutoff.slider.value()
    qtbot.keyClick(graph.cutoff.slider, Qt.Key.Key_Right)
    assert graph.cutoff.slider.value() > before
    assert window.session.selection.place.snapshot == 2
    window.timeline.loop.setFocus()
    qtbot.waitUntil(window.timeline.loop.hasFocus)
    qtbot.keyClick(window.timeline.loop, Qt.Key.Key_Space)
    assert window.timeline.loop.isChecked()
    assert not window.player.playing


def test_damaged_settings_are_no_obstacle(qtbot: QtBot) -> None:
    settings = Settings()
    settings.set_text("recent", "")
    settings.set_text("folder", "\0")
    window = MainWindow(settings)
    window.show()
    assert window.isVisible()
    closing(qtbot, window)


def test_every_panel_hides_shows_and_survives_a_run_without_snapshots(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    from workbench.runs.spec import DataSpec, NetSpec, RunSpec
    from workbench.runs.writing import birth

    target = tmp_path / "empty.h5"
    layers = [layout.LayerInfo("fc1", "linear", 8, 16, 0)]
    plan = layout.plan(layers, {"fc1.weight": ((8, 16), "float32")}, 0)
    birth.create(target, RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1.0), layers, plan, 2, "empty")
    opened(qtbot, window, target)
    assert set(window.docks) == {row.kind.name for row in PANELS}
    for name, dock in window.docks.items():
        dock.setVisible(False)
        assert not window.panels[name].isVisible()
        dock.setVisible(True)
        qtbot.waitUntil(window.is_settled)
        assert window.panels[name].isVisible(), name
