"""The weight graph of a layer over the snapshots: each layout starts warm from where the one before came to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces
from workbench.figures.graph.figure import PAPER
from workbench.figures.stacks.drift import earlier, earlier_place
from workbench.figures.stacks.making import graph_result
from workbench.figures.stacks.picture import StackedGraphs
from workbench.figures.stacks.starts import read_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.settings import GraphSettings
    from workbench.figures.stacks.drift import Earlier
    from workbench.runs.place import Place
    from workbench.runs.run import Run

WARM = 0.3  # how warm the layout becomes at each snapshot, as on the screen


class MovingGraph:
    """The graphs of a layer with these settings, whose nodes can be followed from snapshot to snapshot.

    The layers of `others` are stacked under it, each at the moment of the snapshot. `start` is where the nodes are at
    a snapshot, as `start_text` writes it: there they stay, and at another first one they come to rest from there.
    ValueError: it is none.
    """

    def __init__(self, place: Place, settings: GraphSettings, others: Sequence[Run] = (), start: str = "") -> None:
        self._place, self._settings, self._graphs, self._others = place, settings, StackedGraphs(), others
        self._start = read_start(start) if start else None
        self._layout: forces.Layout | None = None
        self._places: dict[int, forces.Float32Array] = {}

    def at(self, snapshot: int) -> tuple[GraphResult, forces.Float32Array]:
        """The graph of a snapshot and the places of its nodes, (m, 2); the first time they are asked for in order.

        RunError: the snapshot is not finite, or cannot be read; ValueError as `layer_graph`.
        """
        result = graph_result(self._graphs, self._place.at(snapshot), self._settings, self._others)
        if snapshot not in self._places:
            self._places[snapshot] = self._settle(result)
        return result, self._places[snapshot]

    def before(self, result: GraphResult) -> Earlier | None:
        """Where arrows to its nodes begin; None: none are wanted, or there is no earlier snapshot."""
        place = None if result.needs.stacked else earlier_place(result.needs.place, self._settings.arrows)
        if place is None:
            return None
        here, then = self._places[result.needs.place.snapshot], self._places.get(place.snapshot)
        kept = None if then is None else forces.Layout(then, 0.0 * then, 0.0)
        return earlier(self._graphs, result, here, place, PAPER, self._settings, None, kept)

    def _settle(self, result: GraphResult) -> forces.Float32Array:
        links, blocks, before = result.links, result.blocks, self._layout
        if before is None and self._start is not None:
            snapshot, positions = self._start
            if len(positions) != links.units:
                raise ValueError(f"the start is of {len(positions):,} nodes, and the graph has {links.units:,}")
            before = forces.Layout(positions, 0.0 * positions, 0.0, aspect=PAPER.aspect)
            if snapshot == result.needs.place.snapshot:
                self._layout = before
                return positions
        layout = packing.start(links, blocks, PAPER) if before is None else before.reheated(WARM)
        for warmer in forces.settle(layout, links, self._settings):
            layout = warmer
        self._layout = packing.at_rest(layout, links, blocks, PAPER)  # on its way no block is seen
        return self._layout.positions
