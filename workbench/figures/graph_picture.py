"""The weight graph with what is known of its units, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis import forces
from workbench.analysis.graph import weight_graph
from workbench.analysis.units import DEAD, HARDLY_MOVED, unit_cosines, unit_states
from workbench.runs.counted import counted
from workbench.runs.errors import RunError
from workbench.runs.naming import where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.analysis.units import UnitStates
    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

LARGEST_RADIUS = 11.0  # of the unit with the largest norm of the run's first and last snapshots
SMALLEST_RADIUS = 3.0
MOST_NAMED = 4  # components that get a row in the legend
MOST_EDGES = 8000  # drawn at once: about 6 ms in a software raster
FAINTEST, STRONGEST = 0.08, 0.6  # opacity of the weakest and the strongest edges
READ_AT_ONCE = 4 << 20  # bytes of a weight matrix; a larger one is read only where the timeline comes to rest

SMALLER = MOST_NAMED  # the groups of units, as they are coloured: 0…3 are the largest components
DEAD_UNITS, STILL_UNITS, ISOLATED_UNITS = range(MOST_NAMED + 1, MOST_NAMED + 4)


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    run: Run
    layer: str
    snapshot: int
    cutoff: float
    variance: float

    @property
    def axes(self) -> str:
        """Which ground it is laid out on, for what is zoomed to."""
        return f"{self.run.run_id} {self.layer}"


@dataclass(frozen=True, eq=False)
class GraphResult:
    """A graph with what is known of its units."""

    needs: GraphNeeds
    graph: WeightGraph
    links: forces.Links
    activity: NDArray[np.float32] | None
    states: UnitStates
    largest_norm: float

    @property
    def radii(self) -> NDArray[np.float64]:
        """(m,) in pixels, in proportion to the norms down to what can still be seen."""
        radii = LARGEST_RADIUS * self.graph.norms / max(self.largest_norm, np.finfo(float).tiny)
        shown: NDArray[np.float64] = np.maximum(radii, SMALLEST_RADIUS)
        return shown

    @property
    def groups(self) -> NDArray[np.int32]:
        """(m,) 0…3: of one of the largest components; else `SMALLER`, `DEAD_UNITS`, `STILL_UNITS`, `ISOLATED_UNITS`."""
        graph, labels = self.graph, self.states.groups(self.graph.component)
        groups = np.where(labels >= 0, np.minimum(labels, SMALLER), np.where(labels == DEAD, DEAD_UNITS, STILL_UNITS))
        groups[(graph.component_sizes[graph.component] == 1) & (labels >= 0)] = ISOLATED_UNITS
        return groups.astype(np.int32)

    @property
    def group_names(self) -> dict[int, str]:
        """What the groups that are there are called, in the order of a legend."""
        graph, present = self.graph, set(self.groups.tolist())
        sizes = graph.component_sizes[: graph.clusters].tolist()
        names = {number: f"component of {size}" for number, size in enumerate(sizes[:MOST_NAMED])}
        if graph.clusters > MOST_NAMED:
            names[SMALLER] = counted(graph.clusters - MOST_NAMED, "smaller one")
        names |= {ISOLATED_UNITS: "isolated", STILL_UNITS: "hardly moved", DEAD_UNITS: "dead"}
        return {group: name for group, name in names.items() if group in present or group == SMALLER}


class Graphs:
    """Computes graphs, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self._cosines: dict[tuple[str, str, int], NDArray[np.float64]] = {}
        self._initial: tuple[tuple[str, str], NDArray[np.float32]] | None = None
        self._largest: dict[tuple[str, str, int], float] = {}

    def results(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; for large layers first without, then with the units that have hardly moved."""
        layer = needs.run.layer(needs.layer)
        graph = weight_graph(layer.gram(needs.snapshot), needs.cutoff, needs.variance)
        key = (needs.run.run_id, needs.layer, needs.snapshot)
        small = layer.units * layer.inputs * 4 <= READ_AT_ONCE
        cosines = self._cosines.get(key)
        if cosines is None and small:
            cosines = self._cosines_to_start(needs)
        activity = layer.activity(needs.snapshot)
        result = GraphResult(
            needs,
            graph,
            forces.links(graph.edges, graph.weights, graph.units),
            activity,
            unit_states(graph.units, activity, cosines),
            self._largest_norm(needs),
        )
        yield result
        if cosines is None:
            yield replace(result, states=unit_states(graph.units, activity, self._cosines_to_start(needs)))

    def _cosines_to_start(self, needs: GraphNeeds) -> NDArray[np.float64]:
        layer, place = needs.run.layer(needs.layer), (needs.run.run_id, needs.layer)
        if self._initial is None or self._initial[0] != place:
            self._initial = (place, layer.weights(0))
        cosines = unit_cosines(layer.weights(needs.snapshot), self._initial[1])
        self._cosines[(*place, needs.snapshot)] = cosines
        return cosines

    def _largest_norm(self, needs: GraphNeeds) -> float:
        key = (needs.run.run_id, needs.layer, needs.run.snapshots)
        if key not in self._largest:
            layer = needs.run.layer(needs.layer)
            ends = (0, needs.run.snapshots - 1)
            self._largest[key] = max(_largest_norm(layer, snapshot) for snapshot in ends)
        return self._largest[key]


def _largest_norm(layer: Layer, snapshot: int) -> float:
    try:
        return float(np.sqrt(np.diagonal(layer.gram(snapshot)).max()))
    except (RunError, ValueError):  # a diverged end of the run sets no scale; its own picture says what is wrong
        return 0.0


def in_words(result: GraphResult) -> str:
    """What is shown and found, in one line."""
    graph, states = result.graph, result.states
    needs = result.needs
    clusters = graph.component_sizes[: graph.clusters].tolist()
    if not clusters:
        found = "no two units are joined"
    elif len(clusters) == 1:
        found = f"1 component of {clusters[0]}"
    else:
        sizes = ", ".join(map(str, clusters[:3])) + (", …" if len(clusters) > 3 else "")
        found = f"{len(clusters)} components ({sizes})"
    whose = ", dead unknown (no activity is kept)" if result.activity is None else _dead(graph, states)
    drawn = f" (the {MOST_EDGES:,} strongest drawn)" if len(graph.edges) > MOST_EDGES else ""
    place = where(needs.run, needs.layer, needs.snapshot)
    return f"{place}: {found}, {graph.isolated} isolated{whose}; {counted(len(graph.edges), 'edge')}{drawn}"


def _dead(graph: WeightGraph, states: UnitStates) -> str:
    dead = int(states.dead.sum())
    isolated = graph.component_sizes[graph.component] == 1
    all_dead = graph.isolated > 0 and bool(states.dead[isolated].all())
    if all_dead and dead == graph.isolated:
        return " and dead" if dead == 1 else ", all dead"
    return f", {dead} dead"


def unit_in_words(result: GraphResult, unit: int) -> str:
    """What is known of one unit."""
    graph = result.graph
    parts = [f"unit {unit}: norm {graph.norms[unit]:.3g}", f"degree {graph.degrees[unit]}"]
    if result.activity is not None:
        parts.append(f"active on {100 * result.activity[unit]:.1f} % of the images")
    size = int(graph.component_sizes[graph.component[unit]])
    parts.append(f"in a component of {size}" if size > 1 else "isolated")
    kind = result.states.groups(graph.component)[unit]
    parts += [{DEAD: "dead", HARDLY_MOVED: "hardly moved"}[kind]] if kind < 0 else []
    return ", ".join(parts)
