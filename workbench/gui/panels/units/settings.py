"""What can be set in the table of units."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.figures.controls import Line, setting
from workbench.figures.overview.units import COLUMNS


@dataclass(frozen=True)
class UnitsSettings:
    """The settings of the table of units."""

    where: str = setting(
        "",
        name="Show units where",
        kind=Line,
        empty="all units, or a rule: norm < 0.5 and dead",
        words="rule",
        tip="Show only the units that match a rule, such as: norm < 0.5 and dead. Use the columns, and dead, "
        "hardly_moved, untrained, repeated, removable, trained, removed and isolated; join rules with and, or, not",
    )
    costs: bool = setting(
        False,
        name="Costs",
        tip="Measure in the background what the removal of each unit alone costs on the test images",
    )
    sort: str = COLUMNS[0]  # the column that the rows are sorted by
    descending: bool = False
    hidden: tuple[str, ...] = ()  # columns that are not shown
