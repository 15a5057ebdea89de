"""The weight graph of a layer over the snapshots: each layout starts warm from where the one before came to rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces
from workbench.figures.graph.figure import PAPER
from workbench.figures.stacks.making import graph_result
from workbench.figures.stacks.picture import StackedGraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.settings import GraphSettings
    from workbench.runs.place import Place
    from workbench.runs.run import Run

WARM = 0.3  # how warm the layout becomes at each snapshot, as on the screen


class MovingGraph:
    """The graphs of a layer with these settings, whose nodes can be followed from snapshot to snapshot.

    The layers of `others` are stacked under it, each at the moment of the snapshot.
    """

    def __init__(self, place: Place, settings: GraphSettings, others: Sequence[Run] = ()) -> None:
        self._place, self._settings, self._graphs, self._others = place, settings, StackedGraphs(), others
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

    def _settle(self, result: GraphResult) -> forces.Float32Array:
        links, blocks, before = result.links, result.blocks, self._layout
        layout = packing.start(links, blocks, PAPER) if before is None else before.reheated(WARM)
        for warmer in forces.settle(layout, links, self._settings):
            layout = warmer
        self._layout = packing.at_rest(layout, links, blocks, PAPER)  # on its way no block is seen
        return self._layout.positions
