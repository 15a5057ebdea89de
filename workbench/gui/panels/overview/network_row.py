"""The last row of the overview's table: what all layers have together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.overview.headline import SUMMED
from workbench.figures.overview.measures import NOTHING, number
from workbench.gui.panels.overview.cells import Cell
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.figures.overview.headline import Total
    from workbench.figures.overview.measures import Measure

NETWORK = "network"
WAITING = "…"


def text_of_total(total: Total | None, name: str) -> str:
    """The sum of a number over the layers; "" of one that is not summed. `total`: None until all layers are known."""
    if name not in SUMMED:
        return ""
    if total is None:
        return WAITING
    value = total.numbers[name]
    return NOTHING if value is None else number(value)


def cell_of_total(total: Total | None, measure: Measure, snapshot: int) -> Cell:
    """What its cell draws: the sum alone."""
    return Cell(text_of_total(total, measure.name), None, measure.colour, None, snapshot)


def tip_of_total(total: Total | None, measure: Measure) -> str:
    """What its cell says: the sum, or why there is none."""
    head = measure.head.lower()
    if measure.costs:
        return f"{NETWORK}: no sum. Each layer was changed alone; changed together they cost more"
    if measure.name not in SUMMED:
        return f"{NETWORK}: no sum. {measure.head} is a number of one layer"
    if total is None:
        return f"{NETWORK}: {head} to be computed"
    if total.numbers[measure.name] is None:
        return f"{NETWORK}: {head} is not known of every layer"
    units = total.numbers["units"] or 0
    said = text_of_total(total, measure.name)
    return f"{NETWORK}: {head} {said} of {number(units)} units in {counted(total.layers, 'layer')}"
