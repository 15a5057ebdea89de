"""A file that nobody named is replaced only when a person says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMessageBox

from tests.gui.windows import LONG
from tests.gui.work.publishing_driving import chosen, of
from workbench.gui.dialogs.export_dialog import ExportDialog
from workbench.gui.dialogs.replacing import REPLACE

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def test_a_table_beside_the_figure_is_replaced_only_when_a_person_says_so(
    shared: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "figure.svg")
    (tmp_path / "figure.csv").write_text("mine")
    shared.exporter.export("spectrum")
    (dialog,) = shared.findChildren(ExportDialog)
    dialog.form.format.setCurrentIndex(dialog.form.format.findData("svg"))
    dialog.form.csv.setChecked(True)
    for button in (QMessageBox.ButtonRole.RejectRole, QMessageBox.ButtonRole.AcceptRole):
        dialog.save_button.click()
        (box,) = [each for each in dialog.findChildren(QMessageBox) if each.isVisible()]
        assert box.text() == f"figure.csv already exists in {tmp_path}."
        assert not (tmp_path / "figure.svg").exists()
        next(each for each in box.buttons() if box.buttonRole(each) is button).click()
    qtbot.waitUntil((tmp_path / "figure.svg").exists, timeout=LONG)
    assert (tmp_path / "figure.csv").read_text() != "mine"
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


@pytest.mark.lengthy
def test_a_film_whose_ending_was_added_is_replaced_only_when_a_person_says_so(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "film")
    (tmp_path / "film.mp4").write_text("mine")
    dialog = of(shared, "timeline")
    dialog.fields["moving"].set_value(False)
    dialog.begin_button.click()
    (box,) = [each for each in dialog.findChildren(QMessageBox) if each.isVisible()]
    assert box.text() == f"film.mp4 already exists in {tmp_path}."
    assert not dialog.working
    with qtbot.waitSignal(shared.publisher.saved, timeout=LONG):
        next(each for each in box.buttons() if each.text() == REPLACE).click()
    assert (tmp_path / "film.mp4").read_bytes() != b"mine"
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)
