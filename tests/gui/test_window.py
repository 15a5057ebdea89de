"""The real window, driven as a person would: open, drag, play, follow, drop, close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import closing, opened
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QCommandLinkButton, QLabel

from workbench.gui.docks import DOCKS
from workbench.gui.main_window import MainWindow
from workbench.gui.settings import Settings
from workbench.runs import layout

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


SNAPSHOTS = 6


def test_the_window_starts_with_the_start_page_and_its_sample_runs(window: MainWindow) -> None:
    assert window.start_page.isVisible()
    texts = [button.text() for button in window.start_page.findChildren(QCommandLinkButton)]
    assert any("Train a network" in text for text in texts)
    assert sum("Sample" in text for text in texts) == 2


def test_a_sample_run_opens_by_a_click_and_every_panel_shows_it(qtbot: QtBot, window: MainWindow) -> None:
    sample = next(
        button for button in window.start_page.findChildren(QCommandLinkButton) if button.text().startswith("Sample A")
    )
    qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    assert window.session.selection.layer == "fc1"
    assert not window.start_page.isVisible()
    for name, panel in window.panels.items():
        assert panel.line.text() or name == "training", name


def test_choosing_a_layer_drives_all_panels(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    tree = window.run_panel.tree
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    assert window.session.selection.layer == "fc2"
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
    assert window.run_panel.tree.topLevelItem(0).text(0) == "<img src=x> & <h1>title</h1>"
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or "<" not in label.text()
    assert "trained & <b>" in window.timeline.line.text()


def test_the_layout_is_kept_between_starts_and_can_be_reset(qtbot: QtBot, window: MainWindow, path: Path) -> None:
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
