"""The controls of the low-rank panel that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QMenu, QPushButton, QWidget, QWidgetAction

if TYPE_CHECKING:
    from workbench.evaluation.of_run import PartName

PARTS: tuple[PartName, ...] = ("test", "validation")
TOLERANCE = 1.0  # points of validation accuracy


class Advanced(QPushButton):
    """The button; `part`, `tolerance` and `copy` are in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.part = choice(PARTS, "The part of the data whose accuracy is shown")
        self.tolerance = QDoubleSpinBox()
        self.tolerance.setRange(0.0, 50.0)
        self.tolerance.setSingleStep(0.5)
        self.tolerance.setDecimals(1)
        self.tolerance.setValue(TOLERANCE)
        self.tolerance.setSuffix(" points")
        self.tolerance.setToolTip("How much validation accuracy the elbow “tolerance” may cost")
        self.copy = QPushButton("Copy data")
        self.copy.setToolTip("All ranks with residual, norm, energy, accuracy and loss, to paste into a table")
        page = QWidget()
        form = QFormLayout(page)
        form.addRow("Accuracy on", self.part)
        form.addRow("Tolerance", self.tolerance)
        form.addRow(self.copy)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)

    def chosen_part(self) -> PartName:
        """The part of the data that is shown."""
        return PARTS[self.part.currentIndex()]


def choice(names: tuple[str, ...], tip: str) -> QComboBox:
    """A list to choose one of these names from."""
    box = QComboBox()
    box.addItems(names)
    box.setToolTip(tip)
    box.setAccessibleName(tip)
    return box
