"""The columns of the table of units: their heads, what they mean, and how their numbers are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.overview.units import WHOLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.overview.units import UnitTable

DIGITS = 4  # of the largest number of a column


@dataclass(frozen=True)
class Column:
    """One column; its name is that in rules and in CSV files."""

    name: str
    head: str  # two lines: what it is, in which unit
    meaning: str
    decimals: int | None = None  # None: as many as `DIGITS` of the largest number ask for

    @property
    def title(self) -> str:
        """The head on one line."""
        return self.head.replace("-\n", "").replace("\n", " ").strip()

    def format(self, values: NDArray[np.float64]) -> str:
        """How the numbers of this column are written: all with the same number of decimals."""
        if self.name in WHOLE:
            return ",.0f"
        if self.decimals is not None:
            return f".{self.decimals}f"
        known = np.abs(values[np.isfinite(values)])
        largest = float(known.max(initial=0.0))
        before = int(np.floor(np.log10(largest))) + 1 if largest > 0.0 else 1
        return f",.{min(max(DIGITS - max(before, 1), DIGITS - before if before < 0 else 0, 0), 9)}f"


COLUMNS = (
    Column("unit", "Unit\n ", "the number of the unit: the row of the weight matrix, counted from 0"),
    Column(
        "label", "Label\n ",
        "the first rule that holds for the unit; untrained is what the other panels call hardly moved: not dead, and a "
        "cosine above .95 of its weights with those at snapshot 0. Point at a cell to read the rule",
    ),
    Column("accuracy_lost", "Lost,\npoints", "points of test accuracy lost when it alone is removed"),
    Column("worst_class", "Worst\nclass", "the class that loses most when it alone is removed"),
    Column("worst_class_lost", "Its loss,\npoints", "the points of accuracy that this class loses"),
    Column("mean_activation", "Mean\noutput", "its mean output on the test images, after the non-linearity"),
    Column("norm", "Norm\n ", "the norm of its weights"),
    Column("activity", "Activity\nof images", "the fraction of the watched images on which it fires", 3),
    Column("died_at", "Died at\nsnapshot", "the first snapshot since which it never fires, and its epoch"),
    Column("nearest", "Nearest\nunit", "the unit whose weights point most nearly the same way"),
    Column("nearest_cosine", "Nearest\ncosine", "the cosine with its nearest unit; from .95 on, it is repeated", 3),
    Column("norm_change", "Norm\nchange", "the norm minus that at snapshot 0"),
    Column("cosine_to_start", "Cosine\nto start", "the cosine of its weights with those at snapshot 0; above .95 it "
           "has hardly moved, unless it is dead", 3),
    Column("degree", "Degree\nedges", "how many units are joined to it in the weight graph, at the default cut-off"),
    Column("component", "Compo-\nnent", "the component of the weight graph that it belongs to; 0 is the largest"),
    Column("potential_share", "Potential\nshare", "its part of the frame potential, Σⱼ⟨ŵᵢ,ŵⱼ⟩² / FP"),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}


def columns_of(table: UnitTable) -> tuple[Column, ...]:
    """The columns that a table has, in the order of the panel."""
    return tuple(column for column in COLUMNS if column.name in table.columns)
