"""Where the nodes of a weight graph were at an earlier snapshot: arrows lead from there to where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import places
from workbench.analysis.layout.forces import Layout
from workbench.runs.collection.naming import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.layout.blocks import Ground
    from workbench.analysis.layout.forces import Forces
    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.settings import Arrows
    from workbench.figures.stacks.picture import StackedGraphs
    from workbench.runs.place import Place

    Float32 = NDArray[np.float32]

WARM = 0.3  # how warm the layout of the earlier edges begins, as on the screen
MOST_ARROWS = 1000  # those of the nodes that moved farthest
OF_STACK, OF_FIRST = "no arrows: a stack is shown", "no arrows: there is no earlier snapshot"


@dataclass(frozen=True, eq=False)
class Earlier:
    """The layout of an earlier snapshot of the same units."""

    place: Place
    tails: Float32  # (m, 2) where each node was; of one that has no arrow, where it is
    layout: Layout  # the same at rest, with all nodes
    left_out: int  # nodes that moved, but less far than those that have an arrow
    cosine: float  # the median, over units, of the cosine of the weights then and now; NaN: it is not known

    @property
    def since(self) -> str:
        """What the snapshot is called."""
        return moment(self.place.run, self.place.snapshot)

    @property
    def words(self) -> str:
        """What the arrows are, and how much the weights changed, which arrows do not measure."""
        changed = "" if np.isnan(self.cosine) else f"; median cosine of a unit's weights then and now {self.cosine:.2f}"
        some = f", of the {MOST_ARROWS:,} units that moved farthest" if self.left_out else ""
        return f"arrows lead from the layout of {self.since} to this one and measure no weights{some}{changed}"


def earlier_place(place: Place, arrows: Arrows) -> Place | None:
    """The place from which arrows lead; None: there is none."""
    snapshot = {"first": 0, "previous": place.snapshot - 1}.get(arrows, -1)
    return place.at(snapshot) if 0 <= snapshot < place.snapshot else None


def earlier(
    graphs: StackedGraphs,
    result: GraphResult,
    positions: Float32,
    before: Place,
    ground: Ground,
    constants: Forces | None = None,
    pinned: Mapping[int, tuple[float, float]] | None = None,
    kept: Layout | None = None,
) -> Earlier:
    """The layout of another snapshot: `kept`, or where the nodes come to rest from here with its edges.

    `positions`, (m, 2), are those of `result`. RunError: the weights there are not finite.
    """
    *_, found = graphs.results(replace(result.needs, place=before))
    layout = kept
    if layout is None:
        here = Layout(positions, np.zeros_like(positions), 0.0, aspect=ground.aspect)
        warm = places.carried(here, result.links, found.links).reheated(WARM)
        *_, layout = packing.settle(warm, found.links, found.blocks, ground, constants, None, pinned)
    both = found.drawn & result.drawn
    far = np.where(both, np.hypot(*(layout.positions - positions).T), 0.0)
    drawn = both & (far > 0.0)
    left_out = max(int(np.count_nonzero(drawn)) - MOST_ARROWS, 0)
    if left_out:
        drawn = np.zeros(len(far), np.bool_)
        drawn[np.argsort(-far, kind="stable")[:MOST_ARROWS]] = True
    tails = np.where(drawn[:, None], layout.positions, positions).astype(np.float32)
    return Earlier(before, tails, layout, left_out, _median_cosine(result, before))


def _median_cosine(result: GraphResult, before: Place) -> float:
    place = result.needs.place
    now, then = place.layer_view.live_weights(place.snapshot), before.layer_view.live_weights(before.snapshot)
    lengths = np.linalg.norm(now, axis=1) * np.linalg.norm(then, axis=1)
    there = lengths > 0.0
    products = np.einsum("ij,ij->i", now[there], then[there], dtype=np.float64)
    return float(np.median(products / lengths[there])) if there.any() else float("nan")
