"""The controls of the low-rank panel that are not in sight, behind one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QWidget,
    QWidgetAction,
)

from workbench.figures.controls import setting
from workbench.figures.settings import LowRankSettings
from workbench.gui.widgets.forms.values import box_for, form_of, list_for, names, number, switch_for

if TYPE_CHECKING:
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.picture import Question
    from workbench.gui.widgets.forms.values import Value


@dataclass(frozen=True)
class LowRankPanelSettings(LowRankSettings):
    """Those of its figure, and what only the panel shows."""

    over_group: bool = setting(
        False, "Mean over the group", words="over group",
        tip="Mean and 95 % interval over the open runs that differ from this one only by their seed",
    )  # fmt: skip


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
        self.part = list_for(LowRankPanelSettings, "part")
        self.tolerance, self.energy = (box_for(LowRankPanelSettings, name) for name in ("tolerance", "energy"))
        self.all_layers, self.over_time, self.over_group = (
            switch_for(LowRankPanelSettings, name) for name in ("all_layers", "over_time", "over_group")
        )
        self.copy = QPushButton("Copy data")
        self.copy.setToolTip("All ranks with residual, norm, energy, accuracy and loss, to paste into a table")
        page = QWidget()
        form = form_of(LowRankPanelSettings, {"part": self.part, "tolerance": self.tolerance, "energy": self.energy})
        page.setLayout(form)
        for widget in (self.all_layers, self.over_time, self.over_group, self.copy):
            form.addRow(widget)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)

    @property
    def joint(self) -> float | None:
        """The tolerance in percent at which all layers are asked about together; None: they are not."""
        return self.energy.value() if self.all_layers.isChecked() else None

    def chosen_part(self) -> PartName:
        """The part of the data that is shown."""
        part: PartName = self.part.currentData()
        return part
