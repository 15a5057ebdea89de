"""The weight graph with what is known of its units: all that a picture of it needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.analysis import communities as grouping
from workbench.analysis.graph import KERNEL_VARIANCE
from workbench.analysis.layout import forces
from workbench.cached import cached_property
from workbench.evaluation.similarity.table import Compared, similarity
from workbench.figures.graph.columns import ColumnColours, colours_by
from workbench.figures.graph.cutoff import OF_PAIRS, Basis, readings, ticks
from workbench.figures.graph.density import MANY_EDGES, lines_of
from workbench.figures.graph.edges import REPEATED, opacities
from workbench.figures.graph.groups import (
    LEAST_REPEATED,
    blocks_of,
    coloured_like,
    groups_of,
    names_of,
    partition_of,
    rows_of,
    short_names,
)
from workbench.figures.graph.known import Known, drawn_nodes, node_radii, pulls, states_of
from workbench.figures.graph.layer import layer_graph
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from workbench.analysis.communities import Communities
    from workbench.analysis.directions.independent import Space
    from workbench.analysis.edges.distribution import PairCosines
    from workbench.analysis.graph import WeightGraph
    from workbench.analysis.layout.blocks import Block
    from workbench.analysis.units import UnitStates
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.figures.graph.density import Lines
    from workbench.figures.graph.groups import Partition
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.runs.place import Place

FEW_UNITS = 1024  # of larger layers the last snapshot is not looked at for the colours of another one
LATER = 50_000  # edges, from which on the graph comes before its communities, which take a fifth of a second
READ_AT_ONCE = 4 << 20  # bytes of a weight matrix; a larger one is read only where the timeline comes to rest


@dataclass(frozen=True, eq=False)
class GraphResult:
    """A graph with what is known of its units."""

    needs: GraphNeeds
    graph: WeightGraph
    links: forces.Links
    activity: NDArray[np.float32] | None
    states: UnitStates
    largest_norm: float  # at the run's ends, or of a series without a beginning at any snapshot
    inputs: Space  # in which directions point anywhere by chance, without those from removed units
    communities: Communities | None = None  # None: not asked for, or not yet known
    last: Partition | None = None  # that of the run's last snapshot, whose colours are followed; None: its own
    width: float = KERNEL_VARIANCE  # of the kernel
    counted: PairCosines | None = None  # all pairs, where the unit of the cut-off needs them
    column: ColumnColours | None = None  # where colours show a column of the units

    def __post_init__(self) -> None:
        # On the worker: what is drawn must not have to think.
        _ = self.drawn_edges, self.blocks, self.lines, self.readings, self.ticks

    @property
    def basis(self) -> Basis:
        """What its cut-off is converted for."""
        row = similarity(self.needs.similarity)
        return Basis(self.graph.nodes, self.inputs, row.kernel, self.width, row.sides)

    @cached_property
    def readings(self) -> dict[CutoffUnit, float]:
        """The cut-off in every unit."""
        return readings(self.graph.cutoff, len(self.graph.edges), self.basis)

    @cached_property
    def ticks(self) -> dict[str, float]:
        """Where the report's cut-off and that of chance lie, in the unit of the cut-off."""
        count = self.counted.count_from if self.counted is not None else lambda _cosine: 0.0
        return ticks(self.needs.unit, self.basis, count)

    @property
    def of_what(self) -> str:
        """What it is a graph of, in words."""
        return self.needs.place.words

    @cached_property
    def pair_lines(self) -> NDArray[np.int64]:
        """Pairs of nodes that a line joins even without an edge, (p, 2): those of a stack."""
        return np.zeros((0, 2), np.int64)

    @property
    def more_words(self) -> tuple[str, ...]:
        """What is said of it besides, in clauses."""
        return ()

    def name_of(self, node: int) -> str:
        """What a node is called."""
        return f"unit {node}"

    def address(self, node: int) -> tuple[Place, int]:
        """The layer that a node is of, and its number there."""
        return self.needs.place, node

    @cached_property
    def counterparts(self) -> NDArray[np.int64]:
        """The unit of the selected layer that each node stands for, (m,); −1 of none."""
        return np.arange(self.graph.units)

    def units_of(self, nodes: Iterable[int]) -> frozenset[int]:
        """The units of the selected layer that these nodes stand for."""
        found = self.counterparts[list(nodes)]
        return frozenset(found[found >= 0].tolist())

    def nodes_of(self, units: Iterable[int]) -> frozenset[int]:
        """The nodes that stand for these units of the selected layer."""
        return frozenset(np.flatnonzero(np.isin(self.counterparts, list(units))).tolist())

    @property
    def scale(self) -> float:
        """The norm of the largest radius: `largest_norm`, or that of this graph where it is larger."""
        return max(self.largest_norm, float(self.graph.norms.max(initial=0.0)))

    @cached_property
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
        return np.asarray(self.drawn[first] & self.drawn[second])

    @cached_property
    def partition(self) -> Partition:
        """The groups that colours tell apart."""
        found = partition_of(self.graph, self.needs.colouring, self.communities)
        return found if self.last is None else coloured_like(found, self.last)

    @cached_property
    def groups(self) -> NDArray[np.int32]:
        """(m,) a number of `figures.graph.groups` for each unit."""
        return self._by_state if self.column is None else self.column.groups

    @cached_property
    def _by_state(self) -> NDArray[np.int32]:
        """(m,) the same by the partition and the state of each unit."""
        return groups_of(self.graph, self.states, self.partition, self.drawn)

    @cached_property
    def group_names(self) -> dict[int, str]:
        """What the groups that are there are called, in the order of a legend."""
        if self.column is not None:
            return dict(self.column.names)
        return names_of(self.partition, self.groups, self.needs.hardly_moved)

    @property
    def short_names(self) -> dict[int, str]:
        """The same for a legend on the screen."""
        return self.group_names if self.column is not None else short_names(self.partition, self.group_names)

    @property
    def paper_names(self) -> list[tuple[tuple[int, ...], str]]:
        """The same for a legend on paper: groups, and what they are called together."""
        names = self.group_names
        return rows_of(self.partition, names) if self.column is None else [((each,), names[each]) for each in names]

    def state_of(self, unit: int) -> str:
        """What became of a unit, in words; "" where it is trained."""
        if self.states.dead[unit]:
            return "dead"
        return self.needs.hardly_moved if self.states.hardly_moved[unit] else ""

    @cached_property
    def repeated(self) -> NDArray[np.bool_]:
        """The edges between repeated units, (E,)."""
        repeated: NDArray[np.bool_] = self.graph.inner_products >= LEAST_REPEATED
        return repeated

    @cached_property
    def opacities(self) -> NDArray[np.float64]:
        """How strong each of the drawn edges is, those of repeated units too, (E',)."""
        graph, between = self.graph, self.drawn_edges
        return opacities(graph.weights[between], graph.edges[between], graph.degrees)

    @cached_property
    def lines(self) -> Lines | None:
        """The drawn edges where they are so many that their density is drawn; None: each is drawn by itself."""
        between = self.drawn_edges
        if np.count_nonzero(between) <= MANY_EDGES:
            return None
        return lines_of(self.graph.edges[between], np.where(self.repeated[between], 2.0 * REPEATED, self.opacities))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The units without an edge, by what became of them."""
        names = names_of(self.partition, self._by_state, self.needs.hardly_moved)
        return blocks_of(self._by_state, self.graph.alone & self.drawn, self.radii, names)


class Graphs:
    """Computes graphs, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self.known: WeakKeyDictionary[object, Known] = WeakKeyDictionary()  # by the open file

    def results(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; for large layers first without, then with the units that have hardly moved."""
        place, layer = needs.place, needs.place.layer_view
        graph, found = self._graph(needs)
        small = layer.units * layer.inputs * 4 <= READ_AT_ONCE
        cosines, known = self._of(needs).cosines.get((place.layer, place.snapshot)), place.run.can_have_moved
        if cosines is None and small and known:
            cosines = self._of(needs).cosines_to_start(place)
        activity = layer.activity(place.snapshot)
        links = forces.links(graph.edges, pulls(graph), graph.units, drawn_nodes(graph) & ~graph.alone)
        states, later = states_of(graph, activity, cosines), False
        if found is None and needs.colouring in ("auto", "communities"):
            later = len(graph.edges) >= LATER
            found = None if later else self._communities(needs, graph)
        largest, end = self.largest_norm(needs), self._at_the_end(needs)
        width = self._of(needs).mean_distance(needs) or needs.variance
        counted = self._of(needs).counted.get(needs.units) if needs.unit in OF_PAIRS else None
        column = colours_by(needs.colouring, place, graph, states.dead, drawn_nodes(graph))
        about = needs, graph, links, activity, states, largest, similarity(needs.similarity).inputs(Compared.of(place))
        result = GraphResult(*about, found, end, width, counted, column)
        yield result
        if later:
            result = replace(result, communities=self._communities(needs, graph))
            yield result
        if cosines is None and known:
            yield replace(result, states=states_of(graph, activity, self._of(needs).cosines_to_start(place)))

    def graph(self, needs: GraphNeeds) -> WeightGraph:
        """The graph alone."""
        return self._graph(needs)[0]

    def _graph(self, needs: GraphNeeds) -> tuple[WeightGraph, Communities | None]:
        """The graph with what is known of its communities; that of other colours is the same."""
        known, key = self._of(needs), needs.edges
        found = known.graphs.get(key)
        if found is not None:
            return found
        if needs.unit in OF_PAIRS:
            known.count(needs.units, needs.place)
        graph = layer_graph(
            needs.place, cutoff=needs.cutoff, kernel_variance=needs.variance, cutoff_unit=needs.unit,
            similarity=needs.similarity, mean_distance=self._of(needs).mean_distance(needs),
            lower=known.graphs.lowest(needs.units), counted=partial(known.count, needs.units, needs.place),
        )  # fmt: skip
        known.graphs.put(key, needs.units, graph)
        return graph, None

    def _at_the_end(self, needs: GraphNeeds) -> Partition | None:
        """The groups at the run's last snapshot; None where `needs` are of it, where it is large or not finite."""
        place = needs.place.at(needs.place.run.snapshots - 1)
        if place == needs.place or place.layer_view.units > FEW_UNITS:
            return None
        key, known = (replace(needs, place=place).edges, needs.colouring), self._of(needs)
        if key not in known.ends:
            try:
                graph, found = self._graph(replace(needs, place=place))
                if needs.colouring in ("auto", "communities"):
                    found = grouping.communities(graph.edges, graph.weights, graph.units)
                known.ends = {key: partition_of(graph, needs.colouring, found)}  # of one cut-off at a time
            except RunError:  # it diverged, which its own picture says
                known.ends = {key: None}
        return known.ends[key]

    def _communities(self, needs: GraphNeeds, graph: WeightGraph) -> Communities:
        found = grouping.communities(graph.edges, graph.weights, graph.units)
        self._of(needs).graphs.put(needs.edges, needs.units, graph, found)
        return found

    def largest_norm(self, needs: GraphNeeds) -> float:
        """The largest norm of the layer's units at the run's ends."""
        return self._of(needs).largest_norm(needs.place)

    def _of(self, needs: GraphNeeds) -> Known:
        return self.known.setdefault(needs.place.run.open_file, Known())
