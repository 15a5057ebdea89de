"""What the dialogs of figures, animations and reports copy is a program that makes the very file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from tests.gui.windows import LONG
from workbench.figures.files.reading import recipe_in
from workbench.gui.dialogs.export_dialog import ExportDialog

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QListWidget
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def check(panels: QListWidget, *names: str) -> None:
    """Let these panels be checked and no other."""
    for row in range(panels.count()):
        item = panels.item(row)
        on = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)


def pasted_and_run() -> None:
    exec(QGuiApplication.clipboard().text(), {})


def test_the_program_of_a_page_makes_the_file_that_the_dialog_saves(
    shared: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "figures"
    place.mkdir()
    shared.settings.set_text("figure/folder", str(place))
    shared.session.select(units=frozenset({1, 2}))
    shared.panels["spectrum"].restore({"scale": "log", "initial": False})
    qtbot.waitUntil(lambda: shared.panels["spectrum"].complete, timeout=LONG)
    shared.panels["graph"].view.settle()  # type: ignore[attr-defined]
    shared.exporter.export("graph")
    dialog = shared.findChild(ExportDialog)
    check(dialog.list, "graph", "spectrum", "run")
    dialog.form.width_mm.setValue(150.0)
    dialog.form.columns_box.setValue(2)
    dialog.form.titles.setChecked(True)
    dialog.form.csv.setChecked(True)
    dialog.program_button.click()
    pasted_and_run()
    (made,) = place.glob("*.pdf")
    recipe, tables = recipe_in(made), {path.name: path.read_bytes() for path in place.glob("*.csv")}
    for path in place.iterdir():
        path.unlink()

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda _dialog, _title, proposed, _kinds: (proposed, ""))
    with qtbot.waitSignal(shared.exporter.saved, timeout=LONG) as blocker:
        dialog.save_button.click()
    saved, *beside = blocker.args[0]
    other = recipe_in(saved)
    assert (recipe.style, recipe.columns) == (other.style, other.columns)
    for one, wanted in zip(recipe.views, other.views, strict=True):
        assert (one.kind, one.units, one.positions) == (wanted.kind, wanted.units, wanted.positions)
    assert len(beside) == 3
    assert tables == {path.name: path.read_bytes() for path in beside}


@pytest.mark.lengthy
def test_the_programs_of_an_animation_and_of_a_report_make_them(shared: MainWindow, tmp_path: Path) -> None:
    for kind in ("film", "report"):
        shared.settings.set_text(f"{kind}/folder", str(tmp_path))
    film = shared.publisher.ask_for_animation()
    assert film is not None
    check(film.list, "timeline")
    film.fields["moving"].set_value(False)
    film.fields["last"].set_value(1)
    film.program_button.click()
    pasted_and_run()
    film.reject()
    (video,) = tmp_path.glob("*-timeline.mp4")
    with av.open(str(video)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) == 2

    report = shared.publisher.ask_for_report()
    assert report is not None
    report.fields["costs"].set_value(False)
    report.fields["layer"].control.setCurrentIndex(1)
    report.program_button.click()
    pasted_and_run()
    assert [path.name for path in sorted(tmp_path.glob("*/report.*"))] == ["report.html", "report.pdf"]
    report.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not report.program_button.isEnabled()
    report.reject()


def test_a_program_needs_no_file_so_that_a_run_may_close_under_the_dialog(
    drawn_window: MainWindow, qtbot: QtBot
) -> None:
    drawn_window.exporter.export("graph")
    dialog = drawn_window.findChild(ExportDialog)
    dialog.program_button.click()
    text = QGuiApplication.clipboard().text()
    QGuiApplication.clipboard().clear()
    drawn_window.close_run()
    dialog.program_button.click()
    assert QGuiApplication.clipboard().text() == text
