"""Asks where the runs of a session are that are not where they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from workbench.gui.widgets.forms.places import RUN_FILES
from workbench.gui.widgets.plain_text import as_tooltip, literal, plain_label
from workbench.gui.widgets.screens import open_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from workbench.gui.work.sessions.runs import Lost

ROLE = Qt.ItemDataRole.UserRole
EXPLAINED = (
    "These runs of the session have moved. If you find one, the workbench looks for the others next to it. "
    "The session is open without them."
)


class RelinkDialog(QDialog):
    """The lost runs; `searched(lost, path, any_run)` follows when a person names a file for one of them."""

    searched = Signal(object, object, bool)

    def __init__(self, lost: Sequence[Lost], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Missing runs")
        open_up(self, 680, 300)
        self.rows = QTreeWidget()
        self.rows.setAccessibleName("Missing runs")
        self.rows.setHeaderLabels(("Run", "Folder", "What is wrong"))
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for each in lost:
            row = QTreeWidgetItem()
            self.rows.addTopLevelItem(row)
            self._show(row, each)
        explained = plain_label(EXPLAINED, wrap=True)
        buttons = QDialogButtonBox()
        self.find_button = buttons.addButton("Find…", QDialogButtonBox.ButtonRole.ActionRole)
        self.use_button = buttons.addButton("Use it anyway", QDialogButtonBox.ButtonRole.ActionRole)
        self.use_button.setToolTip("Use the run that is there now instead of the original one")
        self.leave_button = buttons.addButton("Continue without", QDialogButtonBox.ButtonRole.RejectRole)
        self.find_button.clicked.connect(self._on_find_clicked)
        self.use_button.clicked.connect(self._on_use_clicked)
        buttons.rejected.connect(self.reject)
        self.rows.currentItemChanged.connect(self._show_buttons)
        self.rows.itemDoubleClicked.connect(self._on_find_clicked)
        column = QVBoxLayout(self)
        column.addWidget(explained)
        column.addWidget(self.rows, 1)
        column.addWidget(buttons)
        for row in self._rows()[:1]:
            self.rows.setCurrentItem(row)
        self._show_buttons()

    @property
    def lost(self) -> tuple[Lost, ...]:
        """Those that are still lost."""
        return tuple(row.data(0, ROLE) for row in self._rows())

    def settle(self, number: int) -> None:
        """A run was found; the dialog ends with the last one."""
        for index, row in enumerate(self._rows()):
            if row.data(0, ROLE).number == number:
                self.rows.takeTopLevelItem(index)
        if not self.lost:
            self.accept()

    def tell(self, lost: Lost) -> None:
        """A file was looked at that is not the run."""
        for row in self._rows():
            if row.data(0, ROLE).number == lost.number:
                self._show(row, lost)
        self._show_buttons()

    def _rows(self) -> list[QTreeWidgetItem]:
        rows = (self.rows.topLevelItem(index) for index in range(self.rows.topLevelItemCount()))
        return [row for row in rows if row is not None]

    def _show(self, row: QTreeWidgetItem, lost: Lost) -> None:
        row.setData(0, ROLE, lost)
        for column, text in enumerate((lost.path.name, str(lost.path.parent), lost.problem)):
            row.setText(column, literal(text))
            row.setToolTip(column, as_tooltip(literal(text)))

    def _show_buttons(self) -> None:
        chosen = self.rows.currentItem()
        self.find_button.setEnabled(chosen is not None)
        self.use_button.setEnabled(chosen is not None and chosen.data(0, ROLE).another)

    def _on_find_clicked(self) -> None:
        lost: Lost = self.rows.currentItem().data(0, ROLE)
        title = f"Where is {literal(lost.path.name)}?"
        name, _ = QFileDialog.getOpenFileName(self, title, str(lost.path.parent), RUN_FILES)
        if name:
            self.searched.emit(lost, Path(name), False)

    def _on_use_clicked(self) -> None:
        lost: Lost = self.rows.currentItem().data(0, ROLE)
        self.searched.emit(lost, lost.path, True)
