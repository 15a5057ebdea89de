"""Browse runs: the runs of a folder in a table, with notes; compared, opened, trained again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QSortFilterProxyModel, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
)
from shiboken6 import isValid

from workbench.gui.background.ticker import single_shot
from workbench.gui.widgets.plain_text import ElidedLabel, literal
from workbench.gui.widgets.run_table import COLUMNS, CURVE_COLUMN, SORTED_BY, CurveDelegate, RunTable
from workbench.gui.widgets.screens import open_up
from workbench.runs.collection import listing
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QCloseEvent

    from workbench.gui.work.train_actions import TrainActions
    from workbench.gui.work.workshop import Workshop

SETTING = "browsed folder"
WIDTHS = (170, 210, 50, 80, 90, 70, 100, 120, 130, 160)
REST_MS = 150  # after scrolling, until the rows in sight are read


class Browser(QDialog):
    """A window of its own beside the main one; it opens and trains there."""

    def __init__(self, shop: Workshop, train_actions: TrainActions) -> None:
        super().__init__(shop.window)
        self.setWindowTitle("Browse runs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        open_up(self, 1180, 620)
        self._shop, self._train_actions = shop, train_actions
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="browser")
        self.shown_folder: Path | None = None
        self._wanted: Path | None = None  # the folder that is being listed
        self._noted = -1  # the row whose note is in the editor
        self.model = RunTable(self._pool, self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORTED_BY)
        self.sorted.setFilterKeyColumn(-1)
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.folder = ElidedLabel()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Show only runs with this text in one of the columns")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter_text_changed)
        self.table = self._make_table()
        self.notes = QPlainTextEdit()
        self.notes.setTabChangesFocus(True)
        self.notes.setAccessibleName("Notes about the selected run")
        self.notes.setMaximumHeight(90)
        self.line = ElidedLabel()
        self._rest = single_shot(self, REST_MS, self.read_visible)
        self._arrange()
        self._connect()
        self._show_selection()

    def show_folder(self, folder: Path, otherwise: Path | None = None) -> None:
        """List the runs of this folder as soon as the disk answers; those of `otherwise` where it is no folder."""
        self.keep_note()
        self._wanted = folder
        self._show_selection()
        show, failed = (partial(after, folder) for after in (self._on_listed, self._on_not_listed))
        title = f"listing {literal(folder.name, 40)}"
        self._shop.jobs.start(listing.listed(folder, otherwise), show, failed, title=title)

    def _on_listed(self, wanted: Path, found: tuple[Path, tuple[listing.Listed, ...]]) -> None:
        if not isValid(self) or wanted != self._wanted:  # closed, or asked for another folder since
            return
        self.keep_note()
        self._noted, self._wanted = -1, None
        self.shown_folder, files = found
        self._shop.settings.set_text(SETTING, str(self.shown_folder))
        self.model.show_files(files)
        self._show_selection()
        self._rest.start()

    def _on_not_listed(self, wanted: Path, error: Exception) -> None:
        self._shop.notices.tell_error(error)
        if isValid(self) and wanted == self._wanted:
            self._wanted = None
            self._show_selection()

    def read_visible(self) -> None:
        """Read the rows in sight, then all others."""
        first, last = self.table.rowAt(0), self.table.rowAt(self.table.viewport().height() - 1)
        last = self.sorted.rowCount() - 1 if last < 0 else last
        if first >= 0:
            self.model.look_at([self._source(row) for row in range(first, last + 1)])
        self.model.read_rest()

    def chosen(self) -> list[int]:
        """The selected rows, as the model numbers them."""
        return sorted(self._source(index.row()) for index in self.table.selectionModel().selectedRows())

    def keep_note(self) -> None:
        """Write the note in the editor beside its run, if it was changed."""
        row, text = self._noted, self.notes.toPlainText().strip()
        if row < 0 or text == self.model.note(row).strip():
            return
        try:
            listing.write_notes(self.model.files[row].path, text)
        except (OSError, ValueError) as error:
            self._shop.notices.tell_error(error)
            return
        self.model.set_note(row, text)

    def done(self, result: int) -> None:
        self._end()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._end()
        super().closeEvent(event)

    def shut(self) -> None:
        """Keep what was noted, and end the reading."""
        self._end()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _end(self) -> None:
        self.keep_note()
        self._noted = -1
        self._rest.stop()
        self.model.reader.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- building ---

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName("Runs of the folder")
        table.setModel(self.sorted)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setItemDelegateForColumn(CURVE_COLUMN, CurveDelegate(table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
        for column, width in enumerate(WIDTHS):
            table.setColumnWidth(column, width)
        table.horizontalHeader().setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        return table

    def _arrange(self) -> None:
        choose = QPushButton("Folder…")
        choose.clicked.connect(self._on_choose_clicked)
        again = QPushButton("List again")
        again.clicked.connect(lambda: self.show_folder(Path(self._shop.settings.text(SETTING))))
        self.open_button = QPushButton("Open")
        self.compare_button = QPushButton("Compare how they were trained…")
        self.train_button = QPushButton("Train again with changes…")
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(choose)
        top.addWidget(again)
        top.addWidget(self.folder, 1)
        top.addWidget(self.filter)
        bottom.addWidget(self.line, 1)
        for button in (self.compare_button, self.train_button, self.open_button):
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.notes)
        column.addLayout(bottom)
        for each in (choose, again, self.compare_button, self.train_button, self.open_button):
            each.setAutoDefault(False)

    def _connect(self) -> None:
        self.open_button.clicked.connect(self._open)
        self.table.activated.connect(lambda _index: self._open())
        self.compare_button.clicked.connect(self._on_compare_clicked)
        self.train_button.clicked.connect(self._on_train_clicked)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.verticalScrollBar().valueChanged.connect(lambda _value: self._rest.start())
        self.sorted.layoutChanged.connect(lambda *_: self._rest.start())
        self.model.dataChanged.connect(lambda *_: self._show_selection())

    # --- what happens ---

    def _source(self, row: int) -> int:
        return self.sorted.mapToSource(self.sorted.index(row, 0)).row()

    def _on_choose_clicked(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Browse runs", self._shop.settings.text(SETTING))
        if folder:
            self.show_folder(Path(folder))

    def _on_filter_text_changed(self, text: str) -> None:
        self.sorted.setFilterFixedString(text)
        self._show_selection()
        self._rest.start()

    def _show_count(self) -> None:
        if self.shown_folder is None:
            self.folder.setText("")
            return
        shown, there = self.sorted.rowCount(), len(self.model.files)
        of = "" if shown == there else f"{shown} of "
        self.folder.setText(f"{self.shown_folder}: {of}{counted(there, 'file')}")

    def _advice(self) -> str:
        """What to do where no run is selected."""
        if self._wanted is not None:
            return f"Listing {self._wanted}…"
        if self.shown_folder is None:
            return "Choose a folder of runs with Folder…"
        if not self.model.files:
            return f"No run file ({', '.join(listing.ENDINGS)}) is in this folder: choose another with Folder…"
        if not self.sorted.rowCount():
            return f"No run matches the filter “{self.filter.text()}”: clear it to see all {len(self.model.files)}"
        return "Select a run, or two to compare them"

    def _on_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self.keep_note()
        rows = self.chosen()
        if len(rows) == 1:
            self.model.look_at(rows)
        self._show_selection()

    def _show_selection(self) -> None:
        """What can be done with the selected rows, and what is known of a single one."""
        self._show_count()
        rows = self.chosen()
        specs = [spec for row in rows if (spec := self.model.summary(row).spec) is not None]
        self.open_button.setEnabled(bool(rows))
        self.compare_button.setEnabled(len(rows) == len(specs) == 2)
        single = specs[0] if len(rows) == len(specs) == 1 else None
        self.train_button.setEnabled(single is not None and single.origin is None and single.surgery is None)
        self._show_note(rows)
        if len(rows) == 1:
            found, path = self.model.summary(rows[0]), self.model.files[rows[0]].path
            self.line.setText(found.problem or f"Notes are stored next to the run, in {listing.notes_file(path).name}")
        else:
            self.line.setText(f"{len(rows)} selected" if rows else self._advice())

    def _show_note(self, rows: Sequence[int]) -> None:
        """Let the note of a single row be edited once it was read; what is being written then is left alone."""
        row = rows[0] if len(rows) == 1 and self.model.is_known(rows[0]) else -1
        if row != self._noted:
            self._noted = row
            self.notes.setPlainText(self.model.note(row) if row >= 0 else "")
        self.notes.setEnabled(row >= 0)

    def _open(self) -> None:
        self._shop.opener.open(*(self.model.files[row].path for row in self.chosen()))

    def _on_compare_clicked(self) -> None:
        from workbench.gui.dialogs.spec_dialog import SpecDialog

        one, other = self.chosen()
        first, second = self.model.summary(one).spec, self.model.summary(other).spec
        assert first is not None
        assert second is not None
        names = self.model.files[one].path.name, self.model.files[other].path.name
        SpecDialog(names, (first, second), self).open()

    def _on_train_clicked(self) -> None:
        spec = self.model.summary(self.chosen()[0]).spec
        assert spec is not None
        self._train_actions.train(spec)


def browse(shop: Workshop, train_actions: TrainActions, folder: Path | None = None) -> Browser:
    """Show the runs of this folder, else of the one that was browsed last, or of that of the selected run."""
    run = shop.session.selection.run
    last = Path(shop.settings.text(SETTING) or (run.path.parent if run is not None else Path.home()))
    browser = Browser(shop, train_actions)
    browser.show_folder(folder or last, otherwise=Path.home())
    browser.show()
    return browser
