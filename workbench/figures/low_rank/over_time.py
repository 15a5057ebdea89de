"""Below the low ranks of a layer in print: the accuracy at the chosen rank over the snapshots, of a group the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.figure import Floats, Ints, line_options
from workbench.figures.looks import PARTS, Look
from workbench.figures.style import DASHES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.figures.figure import Cell
    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.low_rank.over_snapshots import OverSnapshots
    from workbench.figures.style import Style


@dataclass(frozen=True, eq=False)
class RankOverTime:
    """The accuracies at one rank, in percent; of a group those of each run."""

    rank: int
    part: str
    snapshots: Ints  # (S,) ascending
    accuracy: Trainings  # (runs, S); NaN where the training had diverged
    stored: Floats  # (T,) with nothing changed, at every snapshot; of a group the mean
    here: int  # the snapshot that the rest of the figure is of

    def draw(self, axes: Any, style: Style) -> None:
        """Draw the mean over thin runs, and the stored accuracy."""
        options = line_options(PARTS.get(self.part, Look("")), style)
        if len(self.accuracy.values) > 1:
            self.accuracy.draw(axes, self.snapshots.astype(np.float64), options["color"], style)
        axes.plot(self.snapshots, self.accuracy.over.mean, **options)
        axes.plot(np.arange(len(self.stored)), self.stored, color=style.colours.faint, linestyle=DASHES["dashed"],
                  linewidth=0.8 * style.line, zorder=1)  # fmt: skip
        axes.axvline(self.here, color=style.colours.accent, linewidth=0.8 * style.line)
        axes.set(xlabel="snapshot", ylabel=f"rank {self.rank} (%)", ylim=(0.0, 104.0))

    def columns(self) -> dict[str, list[Cell]]:
        """The numbers at every snapshot by the name of their column."""
        over, runs = self.accuracy.over, self.accuracy
        name = f"{self.part} accuracy at rank {self.rank} (%)"
        if len(runs.values) == 1:
            return {"snapshot": self.snapshots.tolist(), name: over.mean.tolist()}
        each = zip(runs.columns, (over.std, over.low, over.high, *runs.values), strict=True)
        spread = {f"{name}: {column}": values.tolist() for column, values in each}
        return {"snapshot": self.snapshots.tolist(), f"{name}: mean": over.mean.tolist(), **spread}


def table_over_time(found: OverSnapshots | None) -> str:
    """All snapshots as tab-separated text with a row of names, below a blank line; "" where nothing is known."""
    curve = over_time_of(found)
    return "" if curve is None else text_of(curve.columns())


def text_of(columns: Mapping[str, Sequence[Cell]]) -> str:
    """Columns, the first of which names the rows, as such text."""
    rows = (f"{at}\t" + "\t".join(f"{value:.17g}" for value in row) for at, *row in zip(*columns.values(), strict=True))
    return "\n".join(["", "\t".join(columns), *rows, ""])


def over_time_of(found: OverSnapshots | None) -> RankOverTime | None:
    """The same for print; None where nothing is known."""
    if found is None or not len(found.snapshots) or found.cost.rank is None:
        return None
    cost, place = found.cost, found.cost.about.place
    stored = place.source.history(f"{cost.part}_accuracy")
    return RankOverTime(found.cost.rank, cost.part, found.snapshots, found.accuracy, stored, place.snapshot)
