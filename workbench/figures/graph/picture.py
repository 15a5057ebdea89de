"""The weight graph with what is known of its units, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.analysis.layout import forces
from workbench.analysis.units import DEAD, HARDLY_MOVED, UnitStates, unit_states
from workbench.figures.extremes import looked_at
from workbench.figures.graph.layer import cutoff_in_words, layer_graph, mean_distance_of
from workbench.figures.graph.similarities import compared_in_words, has_least_weight, similarity
from workbench.runs.errors import RunError
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.similarities import SimilarityName
    from workbench.runs.layer import Layer
    from workbench.runs.place import Place

LARGEST_RADIUS = 11.0  # of the unit with the largest norm: less than the layout's collision radius
SMALLEST_RADIUS = 3.0
MOST_NAMED = 4  # components that get a row in the legend
MOST_EDGES = 8000  # drawn at once: about 6 ms in a software raster
MOST_NODES = 4096  # laid out and drawn: about 7 ms a tick
FAINTEST, STRONGEST = 0.08, 0.6  # opacity of the weakest and the strongest edges
READ_AT_ONCE = 4 << 20  # bytes of a weight matrix; a larger one is read only where the timeline comes to rest

SMALLER = MOST_NAMED  # the groups of units, as they are coloured: 0…3 are the largest components
DEAD_UNITS, STILL_UNITS, ISOLATED_UNITS = range(MOST_NAMED + 1, MOST_NAMED + 4)
NOT_DRAWN = -1  # removed units, and those for which there is no room


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    place: Place
    cutoff: float | None  # None: what `layer_graph` chooses, or what follows from `least_weight`
    variance: float
    similarity: SimilarityName = "weights"
    least_weight: float | None = None

    @property
    def axes(self) -> str:
        """Which ground it is laid out on, for what is zoomed to."""
        return f"{self.place.run.run_id} {self.place.layer}"


def needs_of(
    place: Place, cutoff: float | None, variance: float, similarity: SimilarityName, least_weight: float
) -> GraphNeeds:
    """What a graph with these settings depends on; a least weight above 0 counts where the similarity has one."""
    if least_weight > 0.0 and has_least_weight(similarity):
        return GraphNeeds(place, None, variance, similarity, round(least_weight, 3))
    return GraphNeeds(place, None if cutoff is None else round(cutoff, 3), variance, similarity)


@dataclass(frozen=True, eq=False)
class GraphResult:
    """A graph with what is known of its units."""

    needs: GraphNeeds
    graph: WeightGraph
    links: forces.Links
    activity: NDArray[np.float32] | None
    states: UnitStates
    largest_norm: float  # at the run's ends, or of a series without a beginning at any snapshot
    inputs: int  # numbers that are compared, without those from removed units

    def __post_init__(self) -> None:
        _ = self.drawn_edges  # on the worker: what is drawn must not have to think

    @property
    def scale(self) -> float:
        """The norm of the largest radius: `largest_norm`, or that of this graph where it is larger."""
        return max(self.largest_norm, float(self.graph.norms.max(initial=0.0)))

    @property
    def radii(self) -> NDArray[np.float64]:
        """(m,) in pixels."""
        return node_radii(self.graph.norms, self.scale)

    @cached_property
    def drawn(self) -> NDArray[np.bool_]:
        """The units that are laid out and drawn, (m,): all nodes, or as many as there is room for."""
        return drawn_nodes(self.graph)

    @cached_property
    def drawn_edges(self) -> NDArray[np.bool_]:
        """The edges between units that are drawn, (E,)."""
        first, second = self.graph.edges.T
        between: NDArray[np.bool_] = self.drawn[first] & self.drawn[second]
        return between

    @property
    def groups(self) -> NDArray[np.int32]:
        """(m,) 0…3: of one of the largest components; else `SMALLER`, `DEAD_UNITS`, `STILL_UNITS`, `ISOLATED_UNITS`.

        `NOT_DRAWN` where the unit is not drawn.
        """
        graph, labels = self.graph, self.states.groups(self.graph.component)
        groups = np.where(labels >= 0, np.minimum(labels, SMALLER), np.where(labels == DEAD, DEAD_UNITS, STILL_UNITS))
        groups[graph.alone & ~self.states.dead & ~self.states.hardly_moved] = ISOLATED_UNITS
        groups[~self.drawn] = NOT_DRAWN
        return groups.astype(np.int32)

    @property
    def group_names(self) -> dict[int, str]:
        """What the groups that are there are called, in the order of a legend."""
        graph, there = self.graph, set(self.groups.tolist())
        sizes = graph.component_sizes[: graph.clusters].tolist()
        names = {number: f"component of {size}" for number, size in enumerate(sizes[:MOST_NAMED])}
        if graph.clusters > MOST_NAMED:
            left, smaller = graph.clusters - MOST_NAMED, sizes[MOST_NAMED] < sizes[MOST_NAMED - 1]
            names[SMALLER] = counted(left, "smaller one") if smaller else f"{left:,} more"
        names |= {ISOLATED_UNITS: "isolated", STILL_UNITS: self.needs.place.run.spec.hardly_moved, DEAD_UNITS: "dead"}
        return {group: name for group, name in names.items() if group in there or group == SMALLER}


@dataclass(eq=False)
class _Known:
    """What the graphs of one open file share."""

    cosines: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)  # by layer and snapshot
    initial: tuple[str, NDArray[np.float32]] | None = None  # a layer and its first weights
    largest: dict[tuple[str, int], float] = field(default_factory=dict)  # norms, by layer and number of snapshots
    distances: dict[tuple[str, int], float] = field(default_factory=dict)  # means for the report's code, the same


class Graphs:
    """Computes graphs, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self.known: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()  # by the open file

    def results(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; for large layers first without, then with the units that have hardly moved."""
        place, layer = needs.place, needs.place.layer_view
        graph = layer_graph(
            layer, place.snapshot, needs.cutoff, needs.variance, kernel_cutoff=needs.least_weight,
            similarity=needs.similarity, mean_distance=self._mean_distance(needs),
        )  # fmt: skip
        small = layer.units * layer.inputs * 4 <= READ_AT_ONCE
        inputs = similarity(needs.similarity).inputs(layer, place.snapshot)
        cosines = self._of(needs).cosines.get((place.layer, place.snapshot))
        known = place.run.spec.holds_initialisation
        if cosines is None and small and known:
            cosines = self._cosines_to_start(needs)
        activity = layer.activity(place.snapshot)
        links = forces.links(graph.edges, graph.weights, graph.units, drawn_nodes(graph))
        states = _states(graph, activity, cosines)
        result = GraphResult(needs, graph, links, activity, states, self._largest_norm(needs), inputs)
        yield result
        if cosines is None and known:
            yield replace(result, states=_states(graph, activity, self._cosines_to_start(needs)))

    def _cosines_to_start(self, needs: GraphNeeds) -> NDArray[np.float64]:
        place, known = needs.place, self._of(needs)
        layer = place.layer_view
        if known.initial is None or known.initial[0] != place.layer:
            known.initial = (place.layer, layer.weights(0))
        cosines = layer.cosines_to_start(place.snapshot, known.initial[1])
        known.cosines[(place.layer, place.snapshot)] = cosines
        return cosines

    def _largest_norm(self, needs: GraphNeeds) -> float:
        key, known = (needs.place.layer, needs.place.run.snapshots), self._of(needs).largest
        if key not in known:
            layer = needs.place.layer_view
            at = looked_at(needs.place.run, 8 * layer.units * min(layer.units, layer.inputs))
            known[key] = max(_largest_norm(layer, snapshot) for snapshot in at)
        return known[key]

    def _mean_distance(self, needs: GraphNeeds) -> float | None:
        """That of the report's code, where the similarity needs it."""
        if not has_least_weight(needs.similarity):
            return None
        key, known = (needs.place.layer, needs.place.run.snapshots), self._of(needs).distances
        if key not in known:
            known[key] = mean_distance_of(needs.place.layer_view)
        return known[key]

    def _of(self, needs: GraphNeeds) -> _Known:
        return self.known.setdefault(needs.place.run.open_file, _Known())


def _largest_norm(layer: Layer, snapshot: int) -> float:
    try:
        return float(layer.norms(snapshot).max(initial=0.0))
    except RunError:  # a diverged end of the run sets no scale; its own picture says what is wrong
        return 0.0


def _states(
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


def in_words(result: GraphResult) -> str:
    """What is shown and found, in one line."""
    graph, place = result.graph, result.needs.place.words
    if not graph.nodes:
        return f"{place}: every weight is zero, so there is no graph"
    clusters = graph.component_sizes[: graph.clusters].tolist()
    if not clusters:
        found = "no two units are joined"
    elif len(clusters) == 1:
        found = f"1 component of {clusters[0]:,}"
    else:
        sizes = ", ".join(f"{size:,}" for size in clusters[:3]) + (", …" if len(clusters) > 3 else "")
        found = f"{len(clusters):,} components ({sizes})"
    whose = dead_clause(graph, None if result.activity is None else result.states.dead)
    between = int(result.drawn_edges.sum())
    all_nodes = graph.nodes <= MOST_NODES
    strongest = f" (the {MOST_EDGES:,} strongest drawn)" if all_nodes and between > MOST_EDGES else ""
    edges = f"{counted(len(graph.edges), 'edge')}{strongest}"
    how = compared_in_words(result.needs.similarity, result.needs.least_weight)
    drawn = "" if all_nodes else _drawn_clause(graph, between)
    more = [how, cutoff_in_words(graph), drawn, removed_clause(graph)]
    return "; ".join([f"{place}: {found}, {graph.isolated:,} isolated{whose}", edges, *filter(None, more)])


def removed_clause(graph: WeightGraph) -> str:
    """How many units are removed, as the spectrum says it; "" where none is."""
    removed = graph.units - graph.nodes
    return f"{counted(removed, 'unit')} of {graph.units:,} with all weights zero left out" if removed else ""


def _drawn_clause(graph: WeightGraph, between: int) -> str:
    """What of a graph of very many nodes is drawn; `between` edges join those that are."""
    first = "the most edges" if between else "the largest norms"
    units = f"drawn: the {MOST_NODES:,} of {graph.nodes:,} units with {first}"
    if not between:
        return units
    edges = f"the {MOST_EDGES:,} strongest" if between > MOST_EDGES else "the"
    return f"{units}, and {edges} edges between them"


def dead_clause(graph: WeightGraph, dead: NDArray[np.bool_] | None) -> str:
    """What a sentence adds on the dead units after the isolated ones; None: they are not known."""
    if dead is None:
        return ", dead units unknown (the run stores no activity)"
    count = int((dead & graph.present).sum())
    if count == graph.isolated > 0 and bool(dead[graph.alone].all()):
        return " and dead" if count == 1 else ", all dead"
    return f", {count:,} dead"


def unit_in_words(result: GraphResult, unit: int) -> str:
    """What is known of one unit."""
    graph = result.graph
    if not graph.present[unit]:
        return f"unit {unit}: removed, all of its weights are zero"
    parts = [f"unit {unit}: norm {graph.norms[unit]:.3g}", f"degree {graph.degrees[unit]}"]
    if result.activity is not None:
        parts.append(f"active on {100 * result.activity[unit]:.1f} % of the images")
    size = int(graph.component_sizes[graph.component[unit]])
    parts.append(f"in a component of {size}" if size > 1 else "isolated")
    kind = result.states.groups(graph.component)[unit]
    parts += [{DEAD: "dead", HARDLY_MOVED: result.needs.place.run.spec.hardly_moved}[kind]] if kind < 0 else []
    return ", ".join(parts)
