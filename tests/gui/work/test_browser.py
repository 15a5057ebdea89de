"""The runs of a folder in a table: read when they are looked at, sorted, noted, compared, opened, trained again."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import closing
from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.dialogs.spec_dialog import MARK, SpecDialog
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.widgets import run_table
from workbench.gui.widgets.run_table import COLUMNS, CURVE, CURVE_COLUMN
from workbench.gui.work.browser import Browser
from workbench.resource import resource
from workbench.runs.collection import listing

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

HEADS = [column.head for column in COLUMNS]


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two real runs, one file that is none, and notes about a run."""
    place = tmp_path / "runs"
    place.mkdir()
    shutil.copy(resource("sample_runs/digits_conv.h5"), place / "conv.h5")
    shutil.copy(resource("sample_runs/digits_lenet.h5"), place / "lenet.h5")
    (place / "broken.h5").write_text("<b>no run</b>")
    listing.write_notes(place / "lenet.h5", "weight decay is strong")
    return place


def shown_folder(qtbot: QtBot, window: MainWindow, folder: Path) -> Browser:
    """A browser that lists this folder."""
    shown = window.browse(folder)
    qtbot.waitUntil(lambda: shown.shown_folder == folder, timeout=20_000)
    return shown


@pytest.fixture
def browser(qtbot: QtBot, window: MainWindow, folder: Path) -> Browser:
    shown = shown_folder(qtbot, window, folder)
    qtbot.waitUntil(lambda: all(shown.model.summary(row) is not run_table.UNREAD for row in range(3)), timeout=30_000)
    return shown


def column(browser: Browser, head: str) -> list[str]:
    """The texts of a column as they are on the screen, from top to bottom."""
    index = HEADS.index(head)
    return [browser.sorted.index(row, index).data() for row in range(browser.sorted.rowCount())]


def choose(browser: Browser, *names: str) -> None:
    browser.table.clearSelection()
    for name in names:
        index = browser.sorted.index(column(browser, "File").index(name), 0)
        model = browser.table.selectionModel()
        model.select(index, model.SelectionFlag.Select | model.SelectionFlag.Rows)


def test_the_table_says_how_every_run_ended_and_what_is_no_run(browser: Browser) -> None:
    assert column(browser, "File") == ["broken.h5", "conv.h5", "lenet.h5"]
    with_accuracy = column(browser, "Test (%)")
    assert with_accuracy[0] == ""
    ended = listing.summary(browser.model.files[1].path).test_accuracy
    assert float(with_accuracy[1]) == pytest.approx(ended, abs=0.01)
    assert column(browser, "Notes") == ["", "", "weight decay is strong"]
    assert column(browser, "Trained")[0].startswith("is not an HDF5 file"), "the row names the file, not its path"
    assert browser.sorted.index(1, CURVE_COLUMN).data(CURVE) is not None
    assert browser.table.grab().toImage().width() > 0


def test_columns_sort_by_their_values_and_what_is_unknown_comes_last(browser: Browser) -> None:
    browser.table.sortByColumn(HEADS.index("Test (%)"), Qt.SortOrder.DescendingOrder)
    shown = column(browser, "Test (%)")
    assert shown[-1] == ""
    assert float(shown[0]) >= float(shown[1])


def test_a_filter_looks_into_every_column(browser: Browser) -> None:
    browser.filter.setText("DECAY")
    assert column(browser, "File") == ["lenet.h5"]


def test_only_rows_in_sight_are_read_first(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(1000):
        (place / f"run{number:04d}.h5").write_text("no run")
    read: list[str] = []
    listed = threading.Event()

    def summary(path: Path) -> listing.Summary:
        assert listed.wait(60), "listing reads nothing"
        read.append(path.name)
        return listing.Summary(problem="none")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "summary", summary)
        shown = shown_folder(qtbot, window, place)
        assert shown.sorted.rowCount() == 1000
        listed.set()
        qtbot.waitUntil(lambda: len(read) == 1000, timeout=30_000)
        assert read[0] == "run0000.h5"
        assert len(set(read)) == 1000
        shown.close()


def test_notes_are_kept_beside_the_run_when_another_is_selected(browser: Browser, folder: Path) -> None:
    before = (folder / "conv.h5").read_bytes()
    choose(browser, "lenet.h5")
    assert browser.notes.toPlainText().strip() == "weight decay is strong"
    choose(browser, "conv.h5")
    browser.notes.setPlainText("the good one")
    choose(browser, "lenet.h5")
    assert (folder / "conv.notes.txt").read_text() == "the good one\n"
    assert "the good one" in column(browser, "Notes")
    assert (folder / "conv.h5").read_bytes() == before
    browser.notes.setPlainText("")
    browser.close()
    assert not (folder / "lenet.notes.txt").exists()


def test_a_note_that_is_being_written_stays_while_other_runs_are_read(browser: Browser, folder: Path) -> None:
    choose(browser, "conv.h5")
    browser.notes.setPlainText("half a thought")
    browser.filter.setFocus()
    lenet = column(browser, "File").index("lenet.h5")
    browser.model.reader.read.emit(folder / "lenet.h5", (browser.model.summary(lenet), "noted elsewhere"))
    assert column(browser, "Notes")[lenet] == "noted elsewhere"
    assert browser.notes.toPlainText() == "half a thought"
    choose(browser, "lenet.h5")
    assert listing.notes(folder / "conv.h5") == "half a thought"


def test_a_note_is_edited_when_what_was_noted_before_is_known(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_table.Reader, "ask", lambda *_, **__: None)  # a busy machine
        shown = shown_folder(qtbot, window, folder)
        choose(shown, "lenet.h5")
        assert not shown.notes.isEnabled()
    shown.model.look_at(shown.chosen())
    qtbot.waitUntil(shown.notes.isEnabled, timeout=30_000)
    assert shown.notes.toPlainText() == "weight decay is strong"
    shown.close()


def test_two_runs_are_compared_with_what_differs_marked(browser: Browser) -> None:
    choose(browser, "conv.h5")
    assert not browser.compare_button.isEnabled()
    choose(browser, "conv.h5", "lenet.h5")
    browser.compare_button.click()
    dialog = browser.findChild(SpecDialog)
    assert isinstance(dialog, SpecDialog)
    different = dialog.shown()
    assert "net.name" in different
    assert "data.name" not in different, "both are on digits"
    row = next(number for number in range(dialog.table.rowCount()) if dialog.table.item(number, 1).text() == "net.name")
    assert dialog.table.item(row, 0).text() == MARK
    assert dialog.table.item(row, 1).font().bold()
    dialog.all.setChecked(True)
    assert "data.name" in dialog.shown()
    dialog.close()


def test_a_run_is_opened_from_the_table(qtbot: QtBot, window: MainWindow, browser: Browser, folder: Path) -> None:
    choose(browser, "lenet.h5")
    browser.open_button.click()
    qtbot.waitUntil(lambda: any(run.path == folder / "lenet.h5" for run in window.session.runs), timeout=20_000)


def test_a_run_is_trained_again_from_its_own_values(window: MainWindow, browser: Browser) -> None:
    choose(browser, "broken.h5")
    assert not browser.train_button.isEnabled()
    choose(browser, "conv.h5")
    browser.train_button.click()
    dialog = window.findChild(TrainDialog)
    assert isinstance(dialog, TrainDialog)
    dialog.fields["seed"].set_value(41)
    was, now = listing.summary(browser.model.files[browser.chosen()[0]].path).spec, dialog.spec()
    assert was is not None
    assert now.seed == 41
    assert now.net.name == was.net.name
    assert now.optimiser == was.optimiser
    assert now.batch_size == was.batch_size
    dialog.reject()


def test_a_folder_of_runs_that_is_dropped_is_browsed(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    where, copy = QPointF(window.rect().center()), Qt.DropAction.CopyAction
    window.dropEvent(QDropEvent(where, copy, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier))
    qtbot.waitUntil(lambda: len(window.findChildren(Browser)) == 1, timeout=20_000)
    (shown,) = window.findChildren(Browser)
    qtbot.waitUntil(lambda: shown.shown_folder == folder, timeout=20_000)
    assert column(shown, "File") == ["broken.h5", "conv.h5", "lenet.h5"]
    assert window.findChildren(ImportDialog) == []


def test_a_folder_that_is_gone_becomes_a_notice(
    qtbot: QtBot, window: MainWindow, browser: Browser, tmp_path: Path
) -> None:
    browser.show_folder(tmp_path / "gone")
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=20_000)
    assert "gone" in window.notices.shown[-1].message
    assert browser.sorted.rowCount() == 3


def test_a_window_closes_while_runs_are_being_read(qtbot: QtBot, own_window: MainWindow, tmp_path: Path) -> None:
    for number in range(30):
        record_weights(tmp_path / f"run{number}.h5", {"fc1": planted(8, 16, 2)}).close()
    shown = shown_folder(qtbot, own_window, tmp_path)
    shown.read_visible()
    closing(qtbot, own_window)


def test_what_qt_asks_beyond_the_rows_is_answered(browser: Browser) -> None:
    inside = browser.model.index(0, 0)
    assert browser.model.rowCount(inside) == browser.model.columnCount(inside) == 0
    assert browser.model.rowCount(QModelIndex()) == 3
    assert browser.model.headerData(0, Qt.Orientation.Vertical) is None


def test_a_disk_that_does_not_answer_holds_up_nothing(
    qtbot: QtBot, window: MainWindow, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, asked = threading.Event(), threading.Event()
    listed = listing.run_files

    def slowly(folder: Path) -> tuple[listing.Listed, ...]:
        if folder == tmp_path / "slow":
            asked.set()
            answer.wait(60)
        return listed(folder)

    monkeypatch.setattr(listing, "run_files", slowly)
    (tmp_path / "slow").mkdir()
    browser.show_folder(tmp_path / "slow")
    qtbot.waitUntil(asked.is_set, timeout=20_000)
    assert len(column(browser, "File")) == 3, "as long as the disk does not answer"
    assert browser.line.text() == f"Listing {tmp_path / 'slow'}…"
    browser.show_folder(tmp_path / "runs")
    answer.set()
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)
    assert browser.shown_folder == tmp_path / "runs", "the last that was asked for"


def test_where_no_run_fits_the_filter_the_browser_says_so(qtbot: QtBot, browser: Browser, tmp_path: Path) -> None:
    browser.filter.setText("qqqq")
    assert browser.folder.text().endswith(": 0 of 3 files")
    assert browser.line.text() == "No run matches the filter “qqqq”: clear it to see all 3"
    browser.filter.setText("lenet")
    assert browser.folder.text().endswith(": 1 of 3 files")
    browser.filter.clear()
    assert browser.folder.text().endswith(": 3 files")
    assert browser.line.text() == "Select a run, or two to compare them"
    (tmp_path / "empty").mkdir()
    browser.show_folder(tmp_path / "empty")
    qtbot.waitUntil(lambda: browser.shown_folder == tmp_path / "empty", timeout=20_000)
    assert browser.line.text().startswith("No run file (.h5, .hdf5) is in this folder")
