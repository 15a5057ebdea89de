"""The overview over a group of runs that differ only by their seed: each number as mean, interval and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.figures.directions.chance import by_chance
from workbench.figures.overview.layer import NUMBERS, initial_weights, overview_of
from workbench.figures.overview.measures import MEASURES
from workbench.runs.collection.groups import group_of
from workbench.runs.place import Place
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.analysis.intervals import Repeats
    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run

    Cell = str | int | float | None

COLUMNS = ("layer", "snapshot", "number", "runs", "mean", "std", "low", "high")
_HEADS = {measure.name: measure.head.lower() for measure in MEASURES}


@dataclass(frozen=True, eq=False)
class GroupNumber:
    """One number of a layer at a snapshot in every run of a group."""

    layer: str
    snapshot: int
    name: str  # a field of `LayerOverview`
    values: tuple[float | None, ...]  # of each run, in the order of their seeds; None: it does not exist there
    chance: float | None = None  # what independent weights of the shape give; None: not asked, or chance has no say

    @property
    def over(self) -> Repeats | None:
        """Mean and 95 % interval (Student's t) over the runs that have the number; None: none has."""
        known = [value for value in self.values if value is not None]
        return over_repeats(np.array(known, np.float64)) if known else None

    @property
    def words(self) -> str:
        """ "dead 26.3 (24.1 to 28.5)"; "" where no run has the number."""
        over = self.over
        if over is None:
            return ""
        spread = f" ({float(over.low):.3g} to {float(over.high):.3g})" if over.count > 1 else ""
        return f"{_HEADS[self.name]} {float(over.mean):.3g}{spread}"


@dataclass(frozen=True, eq=False)
class GroupOverview:
    """The numbers of all layers of a group."""

    group: RunGroup
    numbers: tuple[GroupNumber, ...]
    chance: bool = False  # whether the rows say what chance gives

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: those of the mean, then one for each run."""
        return (*COLUMNS, *self.group.columns, *(("by_chance",) if self.chance else ()))

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """One row for each number; None where it does not exist. Deviation and interval need two runs."""
        for each in self.numbers:
            over = each.over
            spread: tuple[float | None, ...] = (None,) * 4
            if over is not None:
                several = over.count > 1
                rest = (over.std, over.low, over.high) if several else (None, None, None)
                spread = (float(over.mean), *(None if value is None else float(value) for value in rest))
            by_chance = (each.chance,) if self.chance else ()
            count = 0 if over is None else over.count
            yield each.layer, each.snapshot, each.name, count, *spread, *each.values, *by_chance

    def findings(self) -> list[str]:
        """A sentence for each layer at the last snapshot."""
        runs, last = counted(len(self.group.runs), "training"), max((each.snapshot for each in self.numbers), default=0)
        said: dict[str, list[str]] = {}
        for each in self.numbers:
            if each.snapshot == last and each.words:
                said.setdefault(each.layer, []).append(each.words)
        return [f"{layer}, mean and 95 % interval over {runs}: {'; '.join(words)}." for layer, words in said.items()]

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))


def group_overview(runs: Sequence[Run], all_snapshots: bool = False, chance: bool = False) -> GroupOverview:
    """Every stored number of the overview as mean and interval over runs that differ only by their seed.

    At the last snapshot that all of them have, or at all of these; with what independent weights of the same shape give
    by `chance`. ValueError: no run, one of another training, or no
    snapshot at the same epoch in all of them.
    """
    group = group_of(runs)
    if not group.snapshots:
        raise ValueError("the runs of the group have no snapshot at the same epoch")
    snapshots = range(group.snapshots) if all_snapshots else (group.snapshots - 1,)
    layers = [layer.name for layer in group.runs[0].layers]
    numbers = [number for layer in layers for number in numbers_of(group, layer, snapshots, chance)]
    return GroupOverview(group, tuple(numbers), chance)


def numbers_of(group: RunGroup, layer: str, snapshots: Sequence[int], chance: bool = False) -> Iterator[GroupNumber]:
    """The numbers of a layer at these snapshots, in every run of a group; with what `chance` gives, if it is asked."""
    places = [Place(run, layer, group.snapshots - 1) for run in group.runs]
    initial = [initial_weights(place) for place in places]  # read once
    for snapshot in snapshots:
        rows = [overview_of(place.at(snapshot), start) for place, start in zip(places, initial, strict=True)]
        drawn = by_chance(rows[0]) if chance else None
        for name in NUMBERS:
            values = tuple(getattr(row, name) for row in rows)
            yield GroupNumber(layer, snapshot, name, values, getattr(drawn, name, None))
