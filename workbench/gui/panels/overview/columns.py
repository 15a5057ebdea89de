"""Which columns of the overview's table there is room for, and a button that shows the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy

from workbench.figures.overview.measures import MEASURES
from workbench.gui.widgets.plain_text import as_tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUTS = "inputs"
FULL = "All columns have room."
NAMES = ("layer", "units", *(measure.name for measure in MEASURES), INPUTS)
FIRST_TO_GO = (INPUTS, "clusters", "isolated", "stable_rank", "outliers", "hardly_moved", "elbow", "mergeable")


def left_out(least: Sequence[int], width: int) -> tuple[int, ...]:
    """The columns that have no place in this width, the least important ones; `least` is the width that each needs."""
    gone, needed = list[int](), sum(least)
    for column in (NAMES.index(name) for name in FIRST_TO_GO):
        if needed > width:
            gone.append(column)
            needed -= least[column]
    for column in reversed(gone.copy()):  # a narrow one may have room now that a wide one has none
        if needed + least[column] <= width:
            gone.remove(column)
            needed += least[column]
    return tuple(sorted(gone))


class MoreColumns(QPushButton):
    """Enabled while there is no room for all columns; checked, all are shown, and the table scrolls."""

    def __init__(self) -> None:
        super().__init__("All columns")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_for(())

    def show_for(self, heads: Sequence[str]) -> None:
        """Say how many columns with these heads have no room."""
        self.setToolTip(as_tooltip(f"No room: {', '.join(heads)}. A click shows or hides them." if heads else FULL))
        self.setEnabled(bool(heads))
