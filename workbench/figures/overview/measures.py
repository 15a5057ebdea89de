"""What the overview shows of each layer: one row a measure, with its head, its meaning and what a full bar is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.figures.looks import ACCENT, DEAD, HARDLY_MOVED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview

Panel = Literal["graph", "spectrum", "low_rank", "pruning"]


@dataclass(frozen=True)
class Measure:
    """One column of the table, and one heat map."""

    name: str  # the field of `LayerOverview`, or of `LayerCosts`
    head: str
    below: str  # the second line of the head: what it counts
    meaning: str
    panel: Panel  # which shows where it comes from
    of: Literal["units", "rank"] = "units"  # what it can be at most: the bar is full then
    colour: str = ACCENT
    costs: bool = False  # the network is evaluated for it, at the last snapshot

    @property
    def lines(self) -> str:
        """The head of its column, in two lines."""
        return f"{self.head}\n{self.below}" if self.below else f"{self.head} ".replace(" ", "\n", 1)

    def value(self, row: LayerOverview | None, costs: LayerCosts | None = None) -> float | None:
        """The number of a layer; None where there is none, or none yet."""
        found = costs if self.costs else row
        return None if found is None or self._guess(costs) else getattr(found, self.name)

    def share(self, row: LayerOverview, value: float) -> float:
        """Which part it is of what it can be at most, from 0 to 1."""
        most = row.units if self.of == "units" else min(row.units, row.inputs)
        return min(value / most, 1.0) if most else 0.0

    def missing(self, row: LayerOverview | None, costs: LayerCosts | None) -> str:
        """Why there is no number; "" where it is still to come."""
        found = costs if self.costs else row
        reasons: Mapping[str, str] = {} if found is None else found.missing
        return reasons.get(self.name, "") or self._guess(costs)

    def _guess(self, costs: LayerCosts | None) -> str:
        """That the network only guesses, where costs are counted: no number of them means anything."""
        return costs.guess if self.costs and costs is not None else ""


MEASURES = (
    Measure("dead", "Dead", "", "units that are above zero on none of the first validation images", "graph",
            colour=DEAD),
    Measure("removable", "Removable", "≤ 1 point", "units that can be removed at a cost of at most a point of "
            "accuracy, at the last snapshot", "pruning", costs=True),
    Measure("repeated", "Repeated", "cos ≥ .95", "units whose nearest unit has a cosine of at least .95", "graph"),
    Measure("isolated", "Isolated", "no edge", "units without an edge in the weight graph at its default cut-off",
            "graph"),
    Measure("clusters", "Clusters", "", "groups of two units or more that edges connect", "graph"),
    Measure("hardly_moved", "Hardly moved", "", "units, not dead, whose weights have a cosine above .95 with their "
            "weights at snapshot 0",
            "graph", colour=HARDLY_MOVED),
    Measure("outliers", "Outside bulk", "", "eigenvalues beyond the edge of the Marchenko–Pastur law", "spectrum",
            "rank"),
    Measure("stable_rank", "Stable rank", "", "squared norm of the weights / largest eigenvalue", "spectrum",
            "rank"),
    Measure("elbow", "Elbow", "rank", "the rank that Kneedle proposes", "low_rank", "rank"),
    Measure("mergeable", "Mergeable", "≤ 1 point", "units that can be merged into others at a cost of at most a point "
            "of accuracy, at the last snapshot", "pruning", costs=True),
)  # fmt: skip
STORED = tuple(measure for measure in MEASURES if not measure.costs)  # those that have a history
TABLE = "all"
SHOWN = {TABLE: "All measures", **{measure.name: f"{measure.head} over time" for measure in STORED}}
NOTHING = "–"


def number(value: float) -> str:
    """A number of a measure as text."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


def measure_named(name: str) -> Measure | None:
    """The measure whose history is shown under this name; None: all of them, in a table. ValueError: there is none."""
    if name not in SHOWN:
        raise ValueError(f"there is no measure {name!r}: choose {', '.join(SHOWN)}")
    return next((measure for measure in STORED if measure.name == name), None)
