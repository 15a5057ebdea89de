"""What can be set in the overview."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.figures.controls import setting
from workbench.gui.panels.overview.measures import STORED

TABLE = "all"
SHOWN = {TABLE: "All measures", **{measure.name: f"{measure.head} over time" for measure in STORED}}


@dataclass(frozen=True)
class OverviewSettings:
    """The settings of the overview."""

    measure: str = setting(
        TABLE, name="Show", choices=SHOWN, tip="all numbers of each layer, or one of them at every snapshot"
    )
    costs: bool = setting(True, name="Costs", tip="Measure in the background how many units can be removed or merged")
