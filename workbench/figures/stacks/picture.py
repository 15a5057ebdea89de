"""The weight graph of a stack of layers, coloured by origin, as the report's Fig. 5."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.analysis.changes.stacks import counterparts
from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.communities import communities
from workbench.analysis.edges.distribution import count_pairs
from workbench.analysis.layout import forces
from workbench.cached import cached_property
from workbench.figures.graph.cutoff import OF_PAIRS
from workbench.figures.graph.groups import Partition, blocks_by_origin, groups_by_origin, names_by_origin
from workbench.figures.graph.known import drawn_nodes, pulls, states_of
from workbench.figures.graph.picture import GraphResult, Graphs
from workbench.figures.stacks.members import Member
from workbench.figures.stacks.stack import LayerStack, stack_of
from workbench.runs.saying import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.changes.stacks import Pairs, Stack
    from workbench.analysis.directions.independent import Space
    from workbench.analysis.layout.blocks import Block
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.runs.place import Place


@dataclass(frozen=True, eq=False)
class StackedResult(GraphResult):
    """The graph of a stack: its nodes are the units of the selected layer, and behind them those of the others."""

    stack: Stack = field(kw_only=True)

    @property
    def members(self) -> tuple[Member, ...]:
        """The layers, the selected one first."""
        return Member(self.needs.place), *self.needs.stacked

    @property
    def pairs(self) -> tuple[Pairs, ...]:
        """Which unit of the other layers is which of the selected one."""
        return self.stack.pairs

    @property
    def of_what(self) -> str:
        return f"{self.needs.place.layer} of {listed(self.stack.names)}"

    @property
    def more_words(self) -> tuple[str, ...]:
        return tuple(each.words if len(self.pairs) == 1 else f"{self.stack.names[each.origin]}: {each.words}"
                     for each in self.pairs)  # fmt: skip

    @cached_property
    def pair_lines(self) -> NDArray[np.int64]:
        found = [each.nodes[each.beyond_chance] for each in self.pairs]
        nodes = np.concatenate(found) if found else np.zeros((0, 2), np.int64)
        return nodes[self.drawn[nodes].all(axis=1)]

    def name_of(self, node: int) -> str:
        return self.stack.name_of(node)

    def address(self, node: int) -> tuple[Place, int]:
        return self.members[int(self.stack.origins[node])].place, int(self.stack.units[node])

    @cached_property
    def counterparts(self) -> NDArray[np.int64]:
        return counterparts(self.stack, self.pairs)

    @property
    def by_origin(self) -> bool:
        """Whether colours tell the layers apart; else, as of a single layer, what was chosen."""
        return self.needs.colouring == "auto"

    @cached_property
    def partition(self) -> Partition:
        if not self.by_origin:
            return super().partition
        counts = self.stack.counts
        return Partition(
            "layer", self.stack.origins.astype(np.int32), counts, colours=tuple(range(len(counts))), named=True
        )

    @cached_property
    def groups(self) -> NDArray[np.int32]:
        if not self.by_origin:
            return super().groups
        return groups_by_origin(self.stack.origins, self.states.dead, self.drawn)

    @cached_property
    def group_names(self) -> dict[int, str]:
        return names_by_origin(self.stack.names, self.groups) if self.by_origin else super().group_names

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        if not self.by_origin:
            return super().blocks
        return blocks_by_origin(self.groups, self.graph.alone & self.drawn, self.radii, self.stack.names)


class StackedGraphs:
    """Computes graphs of layers and of stacks, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self.graphs = Graphs()
        self._known: WeakKeyDictionary[object, tuple[object, Stack, Space]] = WeakKeyDictionary()  # by the open file

    def results(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; ValueError: the layers cannot be stacked; else as `Graphs.results`."""
        if not needs.stacked:
            yield from self.graphs.results(needs)
            return
        found = self._stack(needs)
        distance = needs.distance or None
        graph = found.graph(needs.cutoff, needs.variance, needs.unit, distance)
        counted = count_pairs(directions_of_weights(found.stack.rows)) if needs.unit in OF_PAIRS else None
        width = found.width(distance) or needs.variance
        links = forces.links(graph.edges, pulls(graph), graph.units, drawn_nodes(graph) & ~graph.alone)
        activity = _activity(found)
        together = None
        if needs.colouring == "communities":
            together = communities(graph.edges, graph.weights, graph.units)
        _ = found.pairs  # on the worker
        largest = self.graphs.largest_norm(needs)
        states = states_of(graph, activity, None)
        yield StackedResult(
            needs, graph, links, activity, states, largest, found.inputs, together, None, width, counted,
            stack=found.stack,
        )  # fmt: skip

    def _stack(self, needs: GraphNeeds) -> LayerStack:
        members = (Member(needs.place), *needs.stacked)
        key, file = (needs.similarity, tuple(each.key for each in members)), needs.place.run.open_file
        known = self._known.get(file)
        if known is None or known[0] != key:
            found = stack_of(members, needs.similarity)
            self._known[file] = key, found.stack, found.inputs
            return found
        return LayerStack(members, *known[1:], needs.similarity)


def _activity(found: LayerStack) -> NDArray[np.float32] | None:
    """(M,); None where a layer does not say it. A low-rank part has that of the layer it approximates."""
    rows = [each.place.layer_view.activity(each.place.snapshot) for each in found.members]
    there = [row for row in rows if row is not None]
    return np.concatenate(there) if len(there) == len(rows) else None
