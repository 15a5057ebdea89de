"""How two runs were trained, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
)

from workbench.gui.widgets.plain_text import literal
from workbench.gui.widgets.screens import open_up
from workbench.runs.collection.listing import differences
from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.runs.spec import RunSpec

MARK = "≠"


class SpecDialog(QDialog):
    """The two specifications in a table; what differs is marked, in bold, and at first alone."""

    def __init__(self, names: tuple[str, str], specs: tuple[RunSpec, RunSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("How two runs were trained")
        open_up(self, 620, 420)
        self._rows = differences(*specs)
        self.table = QTableWidget(len(self._rows), 4)
        self.table.setAccessibleName("Values of the two runs")
        self.table.setHorizontalHeaderLabels(["", "Value", *(literal(name, 60) for name in names)])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        for number, row in enumerate(self._rows):
            for column, text in enumerate((MARK if row.differs else "", row.name, row.first, row.second)):
                item = QTableWidgetItem(literal(text, 300))
                font = item.font()
                font.setBold(row.differs)
                item.setFont(font)
                self.table.setItem(number, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        different = sum(row.differs for row in self._rows)
        differ = f"{different} {plural(different, 'differs', 'differ')}"
        self.all = QCheckBox(f"Show all {counted(len(self._rows), 'value')} ({differ})")
        self.all.toggled.connect(self._on_all_toggled)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        stack = QVBoxLayout(self)
        for widget in (self.table, self.all, buttons):
            stack.addWidget(widget)
        self._on_all_toggled(False)
        if not different:
            self.all.setText("The two runs were trained in the same way")
            self.all.setChecked(True)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def shown(self) -> list[str]:
        """The names of the values in sight."""
        return [row.name for number, row in enumerate(self._rows) if not self.table.isRowHidden(number)]

    def _on_all_toggled(self, everything: bool) -> None:
        for number, row in enumerate(self._rows):
            self.table.setRowHidden(number, not (everything or row.differs))
