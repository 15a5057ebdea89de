"""Which runs and layers a report is to tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QListWidget, QListWidgetItem

from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from workbench.runs.place import Place
    from workbench.runs.run import Run

ROLE = Qt.ItemDataRole.UserRole
MOST_ROWS = 8  # of the list without scrolling


class RunReportDialog(WorkDialog):
    """The runs that are open, the layers, and whether the networks are asked what changes cost."""

    def __init__(self, runs: Sequence[Run], chosen: Place, parent: QWidget | None = None) -> None:
        super().__init__("Report", "Choose a folder…", parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Runs to report")
        for run in runs:
            item = QListWidgetItem(literal(run.path.name))
            item.setToolTip(as_tooltip(literal(str(run.path))))
            item.setData(ROLE, run)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if run in chosen.runs else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setFixedHeight(self.list.sizeHintForRow(0) * (min(len(runs), MOST_ROWS) + 1))
        self.list.itemChanged.connect(lambda _item: self._choose_button())
        self.layers = QComboBox()
        self.layers.setAccessibleName("Layers to report")
        self.layers.addItem("All layers", "")
        if chosen.layer:
            self.layers.addItem(literal(chosen.layer), chosen.layer)
        self.costs = QCheckBox("What pruning, merging and low rank cost")
        self.costs.setChecked(True)
        self.costs.setToolTip("Evaluates the networks; this takes longest")
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field in (("Runs", self.list), ("Layers", self.layers), ("", self.costs)):
            form.addRow(text, field)
        self.status.setText("A self-contained HTML page, and a PDF.")

    @property
    def runs(self) -> list[Run]:
        """The runs to tell of."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        return [row.data(ROLE) for row in rows if row.checkState() is Qt.CheckState.Checked]

    def _choose_button(self) -> None:
        self.allow(bool(self.runs))
