"""The controls of the low-rank panel that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QMenu,
    QPushButton,
    QWidget,
    QWidgetAction,
)

if TYPE_CHECKING:
    from workbench.evaluation.of_run import PartName

PARTS: tuple[PartName, ...] = ("test", "validation")
TOLERANCE = 1.0  # points of validation accuracy
ENERGY = 10.0  # percent of a layer's energy


class Advanced(QPushButton):
    """The button; the other controls are in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.part = choice(PARTS, "The part of the data whose accuracy is shown")
        self.tolerance = _number(TOLERANCE, 50.0, 0.5, " points")
        self.tolerance.setToolTip("How much validation accuracy the elbow “tolerance” may cost")
        self.energy = _number(ENERGY, 100.0, 1.0, " %")
        self.energy.setToolTip("How much of its energy ‖W‖² each layer may lose when all are approximated together")
        self.joint = QPushButton("All layers")
        self.joint.setToolTip("What it costs to bring every layer to the smallest rank within that energy tolerance")
        self.over_time = QCheckBox("Accuracy over the snapshots")
        self.over_time.setToolTip("The accuracy at the shown rank at every snapshot, as a curve under the plot")
        self.python = QPushButton("Copy as Python")
        self.python.setToolTip("A program that computes the accuracy at every rank, as shown")
        self.copy = QPushButton("Copy data")
        self.copy.setToolTip("All ranks with residual, norm, energy, accuracy and loss, to paste into a table")
        page = QWidget()
        form = QFormLayout(page)
        form.addRow("Accuracy on", self.part)
        form.addRow("Tolerance", self.tolerance)
        form.addRow("Energy tolerance", self.energy)
        for widget in (self.joint, self.over_time, self.python, self.copy):
            form.addRow(widget)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)

    def chosen_part(self) -> PartName:
        """The part of the data that is shown."""
        return PARTS[self.part.currentIndex()]


def _number(value: float, most: float, step: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.0, most)
    box.setSingleStep(step)
    box.setDecimals(1)
    box.setValue(value)
    box.setSuffix(unit)
    return box


def choice(names: tuple[str, ...], tip: str) -> QComboBox:
    """A list to choose one of these names from."""
    box = QComboBox()
    box.addItems(names)
    box.setToolTip(tip)
    box.setAccessibleName(tip)
    return box
