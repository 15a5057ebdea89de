"""What graphs of one run share, and what is found of each besides its edges."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.edges.distribution import count_pairs
from workbench.analysis.units import UnitStates, unit_states
from workbench.evaluation.similarity.table import Compared, kernel_of, similarity
from workbench.figures.extremes import looked_at
from workbench.figures.graph.groups import LEAST_REPEATED
from workbench.figures.graph.layer import mean_distance_of
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.communities import Communities
    from workbench.analysis.edges.distribution import PairCosines
    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.groups import Partition
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.runs.layer import Layer
    from workbench.runs.place import Place

LARGEST_RADIUS = 11.0  # of the unit with the largest norm: less than the layout's collision radius
SMALLEST_RADIUS = 3.0
MOST_NODES = 8192  # laid out and drawn: about 6 ms a tick
REPEATED_PULL = 0.15  # the strength of an edge of weight 1 between repeated units, at least
MOST_GRAPHS = 64  # that are kept of an open file
MOST_BYTES = 32 << 20  # that they take together, but for the last one

COUNTED = 8  # distributions of pairs that are kept, half a megabyte each


class Recent:
    """The graphs that were computed last: a snapshot seen before comes back at once, and so does a higher cut-off."""

    def __init__(self) -> None:
        self._cached: OrderedDict[object, tuple[object, WeightGraph, Communities | None]] = OrderedDict()

    def get(self, key: object) -> tuple[WeightGraph, Communities | None] | None:
        """The graph of this key, with what is known of its communities."""
        found = self._cached.get(key)
        if found is None:
            return None
        self._cached.move_to_end(key)
        return found[1:]

    def lowest(self, units: object) -> WeightGraph | None:
        """Of these units, that with the lowest cut-off: it has the edges of all higher ones."""
        keys = [key for key, found in list(self._cached.items()) if found[0] == units]
        if not keys:
            return None
        lowest = min(keys, key=lambda key: self._cached[key][1].cutoff)
        self._cached.move_to_end(lowest)
        return self._cached[lowest][1]

    def put(self, key: object, units: object, graph: WeightGraph, communities: Communities | None = None) -> None:
        """Keep a graph of these units, and let go of the oldest where they are too many."""
        self._cached[key] = units, graph, communities
        self._cached.move_to_end(key)
        while len(self._cached) > 1 and (len(self._cached) > MOST_GRAPHS or self._bytes() > MOST_BYTES):
            self._cached.popitem(last=False)

    def _bytes(self) -> int:
        graphs = (graph for _, graph, _ in self._cached.values())
        return sum(graph.edges.nbytes + graph.inner_products.nbytes + graph.weights.nbytes for graph in graphs)


@dataclass(eq=False)
class Known:
    """What the graphs of one open file share."""

    cosines: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)  # by layer and snapshot
    initial: tuple[str, NDArray[np.float32]] | None = None  # a layer and its first weights
    largest: dict[tuple[str, int], float] = field(default_factory=dict)  # norms, by layer and number of snapshots
    distances: dict[tuple[str, int], float] = field(default_factory=dict)  # means for the report's code, the same
    graphs: Recent = field(default_factory=Recent)
    counted: dict[object, PairCosines] = field(default_factory=dict)  # of the few last units whose pairs were counted
    ends: dict[object, Partition | None] = field(default_factory=dict)  # of the run's last snapshot, by what it is of

    def cosines_to_start(self, place: Place) -> NDArray[np.float64]:
        """The cosine of each unit with its weights at snapshot 0, (m,)."""
        layer = place.layer_view
        if self.initial is None or self.initial[0] != place.layer:
            self.initial = (place.layer, layer.weights(0))
        cosines = layer.cosines_to_start(place.snapshot, self.initial[1])
        self.cosines[(place.layer, place.snapshot)] = cosines
        return cosines

    def largest_norm(self, place: Place) -> float:
        """The largest norm of the layer's units at the run's ends."""
        key, layer = (place.layer, place.run.snapshots), place.layer_view
        if key not in self.largest:
            at = looked_at(place.run, 8 * layer.units * min(layer.units, layer.inputs))
            self.largest[key] = max(largest_norm(layer, snapshot) for snapshot in at)
        return self.largest[key]

    def mean_distance(self, needs: GraphNeeds) -> float | None:
        """The width of the kernel of the report's code, where the similarity needs it."""
        if kernel_of(needs.similarity) != "code":
            return None
        if needs.distance > 0.0:
            return needs.distance
        key = (needs.place.layer, needs.place.run.snapshots)
        if key not in self.distances:
            self.distances[key] = mean_distance_of(needs.place.layer_view)
        return self.distances[key]

    def count(self, units: tuple[str, int, str], place: Place) -> PairCosines:
        """The distribution of all pairs of these units of a place."""
        if units not in self.counted:
            self.counted[units] = count_pairs(similarity(units[2]).directions(Compared.of(place)))
            while len(self.counted) > COUNTED:
                self.counted.pop(next(iter(self.counted)))
        return self.counted[units]


def largest_norm(layer: Layer, snapshot: int) -> float:
    try:
        return float(layer.norms(snapshot).max(initial=0.0))
    except RunError:  # a diverged end of the run sets no scale; its own picture says what is wrong
        return 0.0


def pulls(graph: WeightGraph) -> NDArray[np.float64]:
    """How strongly each edge pulls, (E,): its weight, and between repeated units as if they had few other edges."""
    fewer = graph.degrees[graph.edges].min(axis=1)
    few = np.where(graph.inner_products >= LEAST_REPEATED, np.maximum(fewer * REPEATED_PULL, 1.0), 1.0)
    return graph.weights * few


def states_of(
    graph: WeightGraph, activity: NDArray[np.float32] | None, cosines: NDArray[np.float64] | None
) -> UnitStates:
    """What became of the units that are nodes."""
    return unit_states(graph.units, activity, cosines).among(graph.present)


def node_radii(norms: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """The radii of nodes in pixels, (m,): in proportion to their norms, of which `scale` has `LARGEST_RADIUS`.

    None is smaller than can still be seen or larger than the room that the layout leaves it.
    """
    shares = np.divide(norms, scale, out=np.zeros(len(norms)), where=scale > 0.0)
    radii: NDArray[np.float64] = np.clip(LARGEST_RADIUS * shares, SMALLEST_RADIUS, LARGEST_RADIUS)
    return radii


def drawn_nodes(graph: WeightGraph) -> NDArray[np.bool_]:
    """The nodes that are laid out, (m,): all, or the `MOST_NODES` with the most edges, then the largest norms."""
    if graph.nodes <= MOST_NODES:
        return graph.present
    drawn = np.zeros(graph.units, np.bool_)
    drawn[np.lexsort((-graph.norms, -graph.degrees))[:MOST_NODES]] = True
    return drawn
