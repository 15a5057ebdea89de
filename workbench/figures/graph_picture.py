"""The weight graph with what is known of its units, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.analysis import forces
from workbench.analysis.graph import weight_graph
from workbench.analysis.matrices import norms
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
WIDEST_RADIUS = 3 * LARGEST_RADIUS  # of a unit whose norm passed through far larger values in between
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
        """(m,) in pixels, in proportion to the norms, between what can still be seen and what hides no others.

        Where neither end of the run gives a scale, the largest norm of this graph does.
        """
        lengths = self.graph.norms
        scale = self.largest_norm or float(lengths.max(initial=0.0)) or 1.0
        shown: NDArray[np.float64] = np.clip(LARGEST_RADIUS * (lengths / scale), SMALLEST_RADIUS, WIDEST_RADIUS)
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


@dataclass(eq=False)
class _Known:
    """What the graphs of one open file share."""

    cosines: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)  # by layer and snapshot
    initial: tuple[str, NDArray[np.float32]] | None = None  # a layer and its first weights
    largest: dict[tuple[str, int], float] = field(default_factory=dict)  # norms, by layer and number of snapshots


class Graphs:
    """Computes graphs, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()  # by the open file

    def results(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; for large layers first without, then with the units that have hardly moved."""
        layer = needs.run.layer(needs.layer)
        graph = weight_graph(layer.gram(needs.snapshot), needs.cutoff, needs.variance)
        small = layer.units * layer.inputs * 4 <= READ_AT_ONCE
        cosines = self._of(needs).cosines.get((needs.layer, needs.snapshot))
        known = needs.run.spec.holds_initialisation
        if cosines is None and small and known:
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
        if cosines is None and known:
            yield replace(result, states=unit_states(graph.units, activity, self._cosines_to_start(needs)))

    def _cosines_to_start(self, needs: GraphNeeds) -> NDArray[np.float64]:
        layer, known = needs.run.layer(needs.layer), self._of(needs)
        if known.initial is None or known.initial[0] != needs.layer:
            known.initial = (needs.layer, layer.weights(0))
        cosines = unit_cosines(layer.weights(needs.snapshot), known.initial[1])
        known.cosines[(needs.layer, needs.snapshot)] = cosines
        return cosines

    def _largest_norm(self, needs: GraphNeeds) -> float:
        key, known = (needs.layer, needs.run.snapshots), self._of(needs).largest
        if key not in known:
            layer = needs.run.layer(needs.layer)
            known[key] = max(_largest_norm(layer, snapshot) for snapshot in (0, needs.run.snapshots - 1))
        return known[key]

    def _of(self, needs: GraphNeeds) -> _Known:
        return self._known.setdefault(needs.run.open_file, _Known())


def _largest_norm(layer: Layer, snapshot: int) -> float:
    try:
        return float(norms(layer.gram(snapshot)).max(initial=0.0))
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
    whose = dead_clause(graph, None if result.activity is None else states.dead)
    drawn = f" (the {MOST_EDGES:,} strongest drawn)" if len(graph.edges) > MOST_EDGES else ""
    place = where(needs.run, needs.layer, needs.snapshot)
    return f"{place}: {found}, {graph.isolated} isolated{whose}; {counted(len(graph.edges), 'edge')}{drawn}"


def dead_clause(graph: WeightGraph, dead: NDArray[np.bool_] | None) -> str:
    """What a sentence adds on the dead units after the isolated ones; None: they are not known."""
    if dead is None:
        return ", dead unknown (no activity is kept)"
    count = int(dead.sum())
    isolated = graph.component_sizes[graph.component] == 1
    if count == graph.isolated > 0 and bool(dead[isolated].all()):
        return " and dead" if count == 1 else ", all dead"
    return f", {count} dead"


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
