"""What the weight graph looks like and what is said of it, from a graph and what is known of its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from workbench.analysis.units import DEAD, HARDLY_MOVED
from workbench.gui import theme
from workbench.gui.widgets.graph_item import HOLLOW, MOST_EDGES, GraphLook
from workbench.gui.widgets.plot import Entry
from workbench.gui.words import where

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis import forces
    from workbench.analysis.graph import WeightGraph
    from workbench.analysis.units import UnitStates
    from workbench.runs.run import Run

LARGEST_RADIUS = 11.0  # of the unit with the largest norm of the run's first and last snapshots
SMALLEST_RADIUS = 3.0
MOST_NAMED = 4  # components that get a row in the legend


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    run: Run
    layer: str
    snapshot: int
    cutoff: float
    variance: float


@dataclass(frozen=True, eq=False)
class GraphResult:
    """A graph with what is known of its units."""

    needs: GraphNeeds
    graph: WeightGraph
    links: forces.Links
    activity: NDArray[np.float32] | None
    states: UnitStates
    largest_norm: float


def look(result: GraphResult) -> GraphLook:
    """The nodes' radii and colours, and the edges."""
    graph = result.graph
    radii = LARGEST_RADIUS * graph.norms / max(result.largest_norm, np.finfo(float).tiny)
    labels = result.states.groups(graph.component)
    alone = (graph.component_sizes[graph.component] == 1) & (labels >= 0)
    count = MOST_NAMED + 1  # the smaller components share the last colour, as the legend says
    groups = np.where(labels >= 0, np.minimum(labels, MOST_NAMED), np.where(labels == DEAD, count, count + 1))
    groups[alone] = count + 2
    colours = (
        *(QColor(colour) for colour in theme.COMPONENTS[:count]),
        QColor(theme.DEAD),
        QColor(theme.HARDLY_MOVED),
        HOLLOW,
    )
    return GraphLook(
        graph.edges, graph.weights, np.maximum(radii, SMALLEST_RADIUS), colours, groups.astype(np.int32)
    )


def legend(result: GraphResult) -> list[Entry]:
    """What the colours and sizes mean, of those that are there."""
    graph, states = result.graph, result.states
    labels = states.groups(graph.component)
    entries = []
    for number, size in enumerate(graph.component_sizes[: graph.clusters][:MOST_NAMED].tolist()):
        if (labels == number).any():
            entries.append(Entry(f"component of {size}", theme.COMPONENTS[number], "dot"))
    if graph.clusters > MOST_NAMED:
        entries.append(
            Entry(f"{graph.clusters - MOST_NAMED} smaller ones", theme.COMPONENTS[MOST_NAMED], "dot")
        )
    alone = (graph.component_sizes[graph.component] == 1) & (labels >= 0)
    if alone.any():
        entries.append(Entry("isolated", theme.current().foreground, "ring"))
    if states.hardly_moved.any():
        entries.append(Entry("hardly moved", theme.HARDLY_MOVED, "dot"))
    if states.dead.any():
        entries.append(Entry("dead", theme.DEAD, "dot"))
    entries.append(
        Entry(f"radius ∝ norm, largest {graph.norms.max():.3g}", theme.current().foreground, "sizes")
    )
    return entries


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
    dead = int(states.dead.sum())
    isolated = graph.component_sizes[graph.component] == 1
    all_dead = graph.isolated > 0 and bool(states.dead[isolated].all())
    whose = "all dead" if all_dead and dead == graph.isolated else f"{dead} dead"
    drawn = f" (the {MOST_EDGES:,} strongest drawn)" if len(graph.edges) > MOST_EDGES else ""
    place = where(needs.run, needs.layer, needs.snapshot)
    return f"{place}: {found}, {graph.isolated} isolated, {whose}; {len(graph.edges):,} edges{drawn}"


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
