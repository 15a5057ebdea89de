"""The overview of a whole run, as Python and the command line have it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.figures.directions.chance import COLUMNS as CHANCE_COLUMNS
from workbench.figures.directions.chance import NAMES, by_chance
from workbench.figures.figure import write_csv
from workbench.figures.overview.costs import check_measurable, costs_of
from workbench.figures.overview.headline import headline
from workbench.figures.overview.layer import COLUMNS, overviews
from workbench.figures.overview.words import finding, text_of
from workbench.figures.pruning.lines import POINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from os import PathLike

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.run import Run

COST_COLUMNS = ("removable", "mergeable")


@dataclass(frozen=True)
class Overview:
    """The layers of a run, in the network's order, each with its snapshots in theirs."""

    layers: tuple[LayerOverview, ...]
    costs: Mapping[str, LayerCosts] | None = field(default=None, hash=False)  # by layer, at the last snapshot
    chance: bool = False  # whether the rows say what chance gives

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers of a row."""
        costs = () if self.costs is None else COST_COLUMNS
        return (*COLUMNS, *costs, *(CHANCE_COLUMNS if self.chance else ()))

    @property
    def last(self) -> list[LayerOverview]:
        """The layers at the last snapshot."""
        last = max((row.snapshot for row in self.layers), default=0)
        return [row for row in self.layers if row.snapshot == last]

    def at(self, snapshot: int) -> Overview:
        """The rows of one snapshot."""
        return replace(self, layers=tuple(row for row in self.layers if row.snapshot == snapshot))

    def csv(self) -> str:
        """The rows as `workbench overview --out` writes them."""
        stream = io.StringIO(newline="")
        write_csv(stream, self.columns, self.rows())
        return stream.getvalue()

    def rows(self) -> Iterator[tuple[str | int | float | None, ...]]:
        """The numbers of each row; None: it does not exist, is not measured at this snapshot, or not final yet."""
        for row in self.layers:
            costs = self._costs(row)
            more = () if self.costs is None else tuple(_final(costs, name) for name in COST_COLUMNS)
            drawn = by_chance(row) if self.chance else None
            chance = tuple(getattr(drawn, name, None) for name in NAMES) if self.chance else ()
            yield row.cells() + more + chance

    def findings(self) -> list[str]:
        """What is found of each layer at the last snapshot, in a few sentences."""
        return [text_of(finding(row, self._costs(row))) for row in self.last]

    def summary(self) -> str:
        """Which layer is the most redundant at the last snapshot, and what all have together; "" if not known."""
        return text_of(headline(self.last, self.costs))

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))

    def _costs(self, row: LayerOverview) -> LayerCosts | None:
        found = None if self.costs is None else self.costs.get(row.layer)
        return found if found is not None and found.place == row.place else None


def _final(costs: LayerCosts | None, name: str) -> int | None:
    """A number of the costs that stays as it is; None: there is none, or none yet."""
    return None if costs is None or costs.hedge(name) else getattr(costs, name)


def overview(
    run: Run,
    all_snapshots: bool = False,
    costs: bool = False,
    tolerance: float = POINT,
    root: str | PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
    chance: bool = False,
) -> Overview:
    """How redundant each layer of a run is at its last snapshot, or at all of them; from what the run stores.

    `costs` measures how many units can be removed or merged within `tolerance` points of accuracy on the test images,
    at the last snapshot; `root` is the folder of data sets. `tell` hears what is measured. `chance` adds
    what independent weights of the same shape give. With `costs` ValueError: the
    network cannot be made; DataMissing: the images are not on this machine.
    """
    found = list(overviews(run, all_snapshots))
    measured: dict[str, LayerCosts] | None = None
    if costs:
        check_measurable(run, root)
        measured = {}
        for row in (each for each in found if each.snapshot == run.snapshots - 1):
            if tell is not None:
                tell(f"measuring {row.layer}")
            *_, measured[row.layer] = costs_of(row, tolerance, root)
    return replace(in_order(found, measured), chance=chance)


def in_order(rows: Iterable[LayerOverview], costs: Mapping[str, LayerCosts] | None = None) -> Overview:
    """Rows of one run in the order of the network and of the snapshots."""
    found = list(rows)
    order = {layer.name: number for row in found[:1] for number, layer in enumerate(row.place.run.layers)}
    return Overview(tuple(sorted(found, key=lambda row: (order[row.layer], row.snapshot))), costs)
