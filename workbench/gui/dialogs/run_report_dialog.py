"""Which runs and layers a report is to tell of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem

from workbench.figures.controls import setting
from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from workbench.runs.place import Place
    from workbench.runs.run import Run

ROLE = Qt.ItemDataRole.UserRole
MOST_ROWS = 8  # of the list without scrolling


@dataclass(frozen=True)
class Reporting:
    """What is asked of a report, besides its runs."""

    layer: str = setting("", "Layers to report", label="Layers", choices={"": "All layers"})
    costs: bool = setting(True, "What pruning, merging and low rank cost", "Evaluates the networks; this takes longest")
    quick: bool = setting(False, "Quick: the first 1,000 images", "Measures what changes cost on fewer images")


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
        self.fields = rows_of(Reporting)
        if chosen.layer:
            self.fields["layer"].control.addItem(literal(chosen.layer), chosen.layer)
        form = form_of_rows(self.fields.values(), [(QLabel("Runs"), self.list)])
        form.setContentsMargins(0, 0, 0, 0)
        self.form.setLayout(form)
        self.status.setText("A self-contained HTML page, and a PDF.")

    @property
    def wanted(self) -> Reporting:
        """What the form says."""
        return values_in(Reporting, self.fields)

    @property
    def runs(self) -> list[Run]:
        """The runs to tell of."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        return [row.data(ROLE) for row in rows if row.checkState() is Qt.CheckState.Checked]

    def _choose_button(self) -> None:
        self.allow(bool(self.runs))
