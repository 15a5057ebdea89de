"""The controls of the low-rank panel that are not in sight, behind one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

from workbench.evaluation.ranks.approximated import MATRICES
from workbench.figures.settings import LowRankSettings
from workbench.gui.widgets.values import names, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.picture import Question
    from workbench.gui.widgets.values import Value

PARTS: tuple[PartName, ...] = ("test", "validation")


@dataclass(frozen=True)
class LowRankPanelSettings(LowRankSettings):
    """Those of its figure, and what only the panel shows."""

    energy: float = 10.0  # percent of a layer's energy that it may lose, when all layers are approximated
    over_time: bool = False  # the accuracy at every snapshot too
    over_group: bool = False  # the mean over the open runs that differ only by seed too


def key_of(question: Question) -> tuple[str, str, str]:
    """What the rank is chosen for: run, layer and matrix."""
    return question.place.run.run_id, question.place.layer, question.matrix


class ChosenRanks(dict[tuple[str, str, str], int]):
    """The ranks set by hand, by run, layer and matrix."""

    def value(self) -> Value:
        """A list of run, layer, matrix, rank."""
        return [[*place, rank] for place, rank in self.items()]

    def take(self, value: object) -> None:
        """Take over what `value` gave. ValueError: it is something else."""
        rows: list[list[object]] = value if isinstance(value, list) else [[]]
        if not all(isinstance(row, list) and len(row) == 4 for row in rows):
            raise ValueError("a rank must follow its run, layer and matrix")
        taken = {(run, layer, matrix): max(int(number(rank)), 0)
                 for *place, rank in rows for run, layer, matrix in [names(place)]}  # fmt: skip
        self.clear()
        self.update(taken)


class Advanced(QPushButton):
    """The button; the other controls are in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.part = choice({part: part for part in PARTS}, "The part of the data whose accuracy is shown")
        self.tolerance = _number(50.0, 0.5, " points")
        self.tolerance.setToolTip("How much validation accuracy the elbow “tolerance” may cost")
        self.energy = _number(100.0, 1.0, " %")
        self.energy.setToolTip("How much of its energy ‖W‖² each layer may lose when all are approximated together")
        self.joint = QPushButton("All layers")
        self.joint.setToolTip("The cost of reducing every layer to the smallest rank within that energy tolerance")
        self.over_time = QCheckBox("Accuracy over the snapshots")
        self.over_time.setToolTip("The accuracy at the shown rank at every snapshot, as a curve under the plot")
        self.over_group = QCheckBox("Mean over the group")
        self.over_group.setToolTip(
            "Mean and 95 % interval over the open runs that differ from this one only by their seed"
        )
        self.copy = QPushButton("Copy data")
        self.copy.setToolTip("All ranks with residual, norm, energy, accuracy and loss, to paste into a table")
        page = QWidget()
        form = QFormLayout(page)
        form.addRow("Accuracy on", self.part)
        form.addRow("Tolerance", self.tolerance)
        form.addRow("Energy tolerance", self.energy)
        for widget in (self.joint, self.over_time, self.over_group, self.copy):
            form.addRow(widget)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)

    def chosen_part(self) -> PartName:
        """The part of the data that is shown."""
        return PARTS[self.part.currentIndex()]


def _number(most: float, step: float, unit: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.0, most)
    box.setSingleStep(step)
    box.setDecimals(1)
    box.setSuffix(unit)
    return box


def matrix_choice() -> QComboBox:
    """Which matrix is approximated."""
    titles = {name: kind.title for name, kind in MATRICES.items()}
    return choice(titles, "What is approximated; the rest of the network stays as it is")


def choice(texts: Mapping[Any, str], tip: str) -> QComboBox:
    """A list to choose one of these texts from; its data is their key."""
    box = QComboBox()
    for key, text in texts.items():
        box.addItem(text, key)
    box.setToolTip(tip)
    box.setAccessibleName(tip)
    return box
