"""What each weight of an import is taken for, and why; where that is unsure, a person chooses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QTreeWidget, QTreeWidgetItem

from workbench.gui.widgets.plain_text import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.importing.reading import Reading

AXES = ("units on the first axis", "units on the second axis")
TABLE = ("lookup table", "linear layer, units on the first axis")
TAKEN_FOR, BECAUSE = 1, 2  # columns


class EvidenceTree(QTreeWidget):
    """A row for each reading, the unsure ones first; `turned(key, whether)` says that a person chose an axis."""

    turned = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHeaderLabels(["Parameter", "Taken for", "Because"])
        self.setAccessibleName("What each parameter is taken for, and why")

    def show_readings(self, readings: Sequence[Reading], asked: set[str], turned: Sequence[str]) -> None:
        """Show these; the axis of `asked` can be chosen, and that of `turned` is not the one of the evidence."""
        self.clear()
        for reading in sorted(readings, key=lambda reading: reading.key not in asked):
            item = QTreeWidgetItem([literal(reading.key), literal(reading.taken_for), literal(reading.words)])
            item.setToolTip(BECAUSE, literal(reading.words))
            self.addTopLevelItem(item)
            if reading.key in asked:
                self.setItemWidget(item, TAKEN_FOR, self._axes(reading, reading.key in turned))
        for column in (0, TAKEN_FOR):
            self.resizeColumnToContents(column)

    def _axes(self, reading: Reading, turned: bool) -> QComboBox:
        choice = QComboBox()
        if reading.may_be_table:
            choice.setAccessibleName(f"What {reading.key} is")
            choice.addItems(list(TABLE))
            second = bool(reading.layers)
        else:
            choice.setAccessibleName(f"Where the units of {reading.key} are")
            choice.addItems([f"{axis} ({length:,})" for axis, length in zip(AXES, reading.shape, strict=False)])
            second = reading.layers[0].transposed
        choice.setCurrentIndex(int(second))
        unturned = int(second != turned)  # what the evidence says
        choice.activated.connect(partial(self._on_choice_activated, reading.key, unturned))
        return choice

    def _on_choice_activated(self, key: str, unturned: int, chosen: int) -> None:
        self.turned.emit(key, chosen != unturned)
