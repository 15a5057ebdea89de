"""What the removal of each unit alone costs, as one measurement of a whole layer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.orders import find_order
from workbench.figures.overview.costs import PART, LayerCosts, removal
from workbench.figures.overview.units import UnitCosts, UnitTable, table_of
from workbench.figures.pruning.lines import POINT
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.results import Curve
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None


def costed(table: UnitTable, tolerance: float = POINT, root: Root = None) -> Iterator[UnitTable]:
    """The table with what the removal of each unit alone costs on the test images, ever better; the last is exact.

    It also says which units can be removed together within `tolerance` points. What was measured before is there
    at once. ValueError: the network cannot be evaluated; DataMissing: the images are not on this machine.
    """
    from workbench.evaluation.cached_curves import single_curves
    from workbench.evaluation.run_evaluators import evaluator

    together = LayerCosts(table.place, tolerance)
    for better in removal(together, root):
        together = better
        yield table
    units = np.array(() if together.guess else together.gone, np.int64)
    for curve in single_curves(table.place, part=PART, root=root):
        costs = _costs(curve, together, units)
        yield replace(table, costs=costs)
    prefix = evaluator(table.place, PART, root).prefix
    yield replace(table, costs=replace(costs, mean_activation=prefix.ask(prefix.means)))


def _costs(curve: Curve, together: LayerCosts, units: NDArray[np.int64]) -> UnitCosts:
    alone, by_class = curve.accuracy[-1] - curve.accuracy[:-1], curve.per_class[-1] - curve.per_class[:-1]
    known = np.where(np.isnan(by_class), -np.inf, by_class)
    most = known.max(axis=1)
    title = find_order(together.order).title
    return UnitCosts(
        accuracy_lost=alone,
        worst_class=np.where(most > 0.0, known.argmax(axis=1), -1),
        worst_class_lost=np.where(most > 0.0, most, np.nan),
        mean_activation=np.full(len(alone), np.nan),
        removable=np.isin(np.arange(len(alone)), units),
        rule=f"among the {len(units):,} that can be removed together within {together.tolerated}, {title} "
        f"({together.basis})",
        images=curve.images,
        exact=curve.exact,
        total=together.total,
        warnings=together.warnings,
        guess=together.guess,
    )


def units(
    run: Run,
    layer: str,
    snapshot: int = -1,
    costs: bool = False,
    tolerance: float = POINT,
    root: Root = None,
    tell: Callable[[str], None] | None = None,
    chance: bool = False,
    similarity: SimilarityName = "weights",
) -> UnitTable:
    """The units of a layer at a snapshot, from what the run stores; `costs` also measures the removal of each alone.

    `chance` adds what independent directions give next to cosines, edges and shares. `similarity`, one of
    `SIMILARITIES`, is what nearest units, edges and components go by.

    RunError: there is no such layer, or its weights are not finite. With `costs` ValueError: the network cannot be
    evaluated; DataMissing: the images are not on this machine. `tell` hears what is measured.
    """
    found = replace(table_of(place_in(run, layer, snapshot), similarity), with_chance=chance)
    if costs:
        for better in costed(found, tolerance, root):
            found = better
            if tell is not None:
                images = "" if found.costs is None else f", {found.costs.images:,} images"
                tell(f"removing each unit of {layer}{images}")
    return found
