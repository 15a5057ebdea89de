"""Every panel leaves the window as a figure, an image and a table, and a figure dropped on it brings its view back."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from full_window import at_rest, drawings_of, saved, told
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from tests.gui.windows import LONG, closing
from workbench.figures.files.reading import recipe_in
from workbench.figures.kinds import figure_from
from workbench.figures.page import Page
from workbench.figures.process.wire import packed
from workbench.figures.style import PRESETS, Style
from workbench.gui.dialogs.export_dialog import ExportDialog
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.window.docks import PANELS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("lasting_cache")
WITH_FIGURES = [row.kind for row in PANELS if row.kind.figure]


def test_every_panel_has_a_figure_and_the_same_is_made_without_a_window(full: MainWindow, qtbot: QtBot) -> None:
    for name in ("directions", "compare", "low_rank", "cutoffs", "map"):  # they rest behind their tabs
        full.docks[name].come()
        at_rest(qtbot, full)
    drawings = drawings_of(full)
    assert set(drawings) == {kind.name for kind in WITH_FIGURES} - {"overview"}
    for name, drawing in drawings.items():
        assert drawing.figure.kind == name
        if name != "timeline":  # compared with its panel: here it knows no snapshot but the last
            again = figure_from(drawing.view(), drawing.place.run)
            assert packed(again.figure) == packed(drawing.figure), name


def test_an_empty_window_has_nothing_to_export(window: MainWindow) -> None:
    assert [panel.drawing() for panel in window.panels.values()] == [None] * len(PANELS)
    window.exporter.export("spectrum")
    assert not window.findChildren(ExportDialog)


def test_saving_writes_the_table_beside_and_never_over_a_run(
    full: MainWindow, qtbot: QtBot, tmp_path: Path, sample: Path
) -> None:
    drawing = drawings_of(full)["spectrum"]
    saved(qtbot, full, [drawing], tmp_path / "s.pdf", csv=True)
    assert (tmp_path / "s.csv").read_text() == drawing.figure.table().text()
    assert recipe_in(tmp_path / "s.pdf").views == (drawing.view(),)
    before = sample.read_bytes()
    target = sample.rename(tmp_path / "run.png")
    page = Page((drawing.figure,))
    full.exporter.save([drawing], target, page)
    qtbot.waitUntil(lambda: "never overwritten" in told(full), timeout=LONG)
    assert target.read_bytes() == before


def test_image_and_data_go_to_the_clipboard(full: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(full.exporter.copied, timeout=LONG):
        full.panels["spectrum"].export.menu().actions()[2].trigger()
    assert QGuiApplication.clipboard().text().startswith("from λ\tto λ\t")
    with qtbot.waitSignal(full.exporter.copied, timeout=LONG):
        full.panels["spectrum"].export.menu().actions()[1].trigger()
    assert QGuiApplication.clipboard().image().width() == pytest.approx(84 / 25.4 * 300, abs=2)


def dialog_of(qtbot: QtBot, window: MainWindow) -> ExportDialog:
    (dialog,) = [each for each in window.findChildren(ExportDialog) if each.isVisible()]
    assert isinstance(dialog, ExportDialog)
    return dialog


def complete_figure(panel: LowRankPanel) -> bytes | None:
    """What the panel shows once nothing more is to come."""
    drawing = panel.drawing()
    return packed(drawing.figure) if drawing is not None and panel.complete else None


def test_a_panel_behind_its_tab_is_exported_with_its_accuracies(full: MainWindow, qtbot: QtBot) -> None:
    full.docks["pruning"].come()
    panel = full.panels["low_rank"]
    assert isinstance(panel, LowRankPanel)
    panel.answers.forget()
    assert panel.behind
    full.panels["units"].retry()
    full.exporter.export("spectrum")
    dialog = dialog_of(qtbot, full)
    assert not dialog.list.findItems("Units", Qt.MatchFlag.MatchStartsWith)  # it has no figure, also later
    assert "low_rank" in dialog.awaited
    qtbot.waitUntil(lambda: "low_rank" not in dialog.awaited, timeout=LONG)
    (row,) = dialog.list.findItems("Low rank", Qt.MatchFlag.MatchExactly)
    row.setCheckState(Qt.CheckState.Checked)
    figure = dialog.drawings[-1].figure
    assert figure.kind == "low_rank"
    assert "test accuracy (%)" in figure.table().text().splitlines()[0]
    qtbot.waitUntil(lambda: packed(dialog.drawings[-1].figure) == complete_figure(panel), timeout=LONG)
    dialog.reject()
    assert not panel.in_sight


def test_a_large_table_is_copied_only_when_a_person_says_so(
    full: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.figures.files.saving.LARGE", 10)
    monkeypatch.setattr("workbench.figures.graph.figure.BYTES_OF_ROW", 2_000_000)
    QGuiApplication.clipboard().clear()
    full.exporter.export("graph", "data")
    (box,) = full.findChildren(QMessageBox)
    assert box.text().startswith("The table would take about ")
    box.defaultButton().click()  # "Cancel"
    assert not QGuiApplication.clipboard().text()
    full.exporter.export("graph", "data")
    with qtbot.waitSignal(full.exporter.copied, timeout=LONG):
        full.findChildren(QMessageBox)[-1].buttons()[0].click()
    assert QGuiApplication.clipboard().text().startswith("row\tunit")


def test_the_dialog_previews_the_page_at_its_true_size(full: MainWindow, qtbot: QtBot) -> None:
    full.exporter.export("spectrum")
    dialog = dialog_of(qtbot, full)
    preview = dialog.preview
    qtbot.waitUntil(lambda: not preview.picture.pixmap().isNull(), timeout=LONG)
    dots = preview.dots_per_inch()
    assert preview.picture.pixmap().width() == pytest.approx(84 / 25.4 * dots, abs=0.01 * 84 / 25.4 * dots + 2)
    form = dialog.form
    form.preset.setCurrentIndex(form.preset.findData("slide"))
    form.preset.activated.emit(form.preset.currentIndex())
    slide = PRESETS["slide"]
    assert dialog.page.style == Style(width=slide.width, height=slide.height, font=slide.font)
    form.font_size.setValue(10)
    assert form.preset.currentData() == "free"
    wide = 254 / 25.4 * dots
    qtbot.waitUntil(lambda: abs(preview.picture.pixmap().width() - wide) < 0.02 * wide, timeout=LONG)
    dialog.reject()


def test_a_panel_that_still_computes_is_in_the_list_and_can_be_chosen_when_it_is_done(
    qtbot: QtBot, full: MainWindow
) -> None:
    window, panel = full, full.panels["pruning"]
    window.session.select(layer="fc2", snapshot=20)
    panel.clear()  # as before the first answer
    assert not panel.complete
    assert panel.drawing() is None
    qtbot.waitUntil(lambda: window.panels["spectrum"].drawing() is not None, timeout=LONG)
    window.exporter.export("spectrum")
    dialog = dialog_of(qtbot, window)
    (row,) = [each for number in range(dialog.list.count()) if "Pruning" in (each := dialog.list.item(number)).text()]
    assert row.text() == "Pruning (still computing)"
    assert not row.flags() & Qt.ItemFlag.ItemIsEnabled
    qtbot.waitUntil(lambda: row.text() == "Pruning", timeout=LONG)
    assert row.flags() & Qt.ItemFlag.ItemIsEnabled
    row.setCheckState(Qt.CheckState.Checked)
    assert {drawing.figure.kind for drawing in dialog.drawings} == {"spectrum", "pruning"}
    dialog.reject()
    window.session.select(snapshot=21)
    at_rest(qtbot, window)


def test_a_panel_of_which_nothing_came_says_so_in_the_list(
    qtbot: QtBot, full: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = full.panels["pruning"]
    full.exporter.export("spectrum")
    dialog_of(qtbot, full).reject()
    with monkeypatch.context() as patched:
        patched.setattr(type(panel), "drawing", lambda _panel: None)
        patched.setattr(type(panel), "complete", property(lambda _panel: False))
        full.exporter.export("spectrum")
        patched.setattr(type(panel), "complete", property(lambda _panel: True))
        panel.drawn.emit()
    dialog = dialog_of(qtbot, full)
    texts = [dialog.list.item(number).text() for number in range(dialog.list.count())]
    assert "Pruning (nothing to show)" in texts
    dialog.reject()


def test_several_panels_are_composed_and_saved_under_a_safe_name(
    full: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_dialog: object, _title: str, proposed: str, _kinds: str) -> tuple[str, str]:
        asked.append(proposed)
        return str(tmp_path / "composed"), ""

    monkeypatch.setattr("workbench.gui.work.exporting.QFileDialog.getSaveFileName", choose)
    full.exporter.export("graph")
    dialog = dialog_of(qtbot, full)
    qtbot.waitUntil(lambda: not dialog.awaited, timeout=LONG)  # those behind tabs
    for row in range(dialog.list.count()):
        dialog.list.item(row).setCheckState(Qt.CheckState.Checked)
    dialog.form.csv.setChecked(True)
    with qtbot.waitSignal(full.exporter.saved, timeout=LONG) as blocker:
        dialog.save_button.click()
    assert asked[0].endswith("sample-fc1-figure-12.pdf")
    assert {path.name for path in blocker.args[0]} >= {"composed.pdf"}
    drawn = len(drawings_of(full))
    assert len(recipe_in(tmp_path / "composed.pdf").views) == drawn
    assert len(list(tmp_path.glob("composed_*.csv"))) == drawn


def test_closing_the_window_ends_the_process_that_draws(own_full: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(own_full.exporter.copied, timeout=LONG):
        own_full.exporter.export("timeline", "image")
    child = own_full.exporter.renderer.start().process  # the one that is running
    assert child.poll() is None
    closing(qtbot, own_full)
    assert child.poll() is not None


def test_the_window_itself_never_loads_matplotlib() -> None:
    program = (
        "import sys, workbench.gui.work.exporting, workbench.gui.work.sessions.restoring; "
        "import workbench.gui.window.main_window; "
        "print([name for name in ('matplotlib', 'pypdf', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
