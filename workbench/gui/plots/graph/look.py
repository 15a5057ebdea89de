"""What the weight graph looks like on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from workbench.figures.graph.picture import DEAD_UNITS, ISOLATED_UNITS, STILL_UNITS
from workbench.gui.plots.graph.item import HOLLOW, GraphLook, Shape
from workbench.gui.plots.legend import Entry
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.plots.legend import Mark

# Told apart by their shapes as well as by their colours; clusters are told apart by their edges.
SHAPES: dict[int, Shape] = {DEAD_UNITS: "cross", STILL_UNITS: "diamond"}
MARKS: dict[int, Mark] = {ISOLATED_UNITS: "ring", DEAD_UNITS: "cross", STILL_UNITS: "diamond"}
COLOURS = (*theme.COMPONENTS, theme.DEAD, theme.HARDLY_MOVED)  # of the groups of units, but the isolated ones


def look(result: GraphResult) -> GraphLook:
    """The nodes' radii and colours, and the edges."""
    graph = result.graph
    colours = (*(QColor(colour) for colour in COLOURS), HOLLOW)
    between = result.drawn_edges
    edges, weights = graph.edges[between], graph.weights[between]
    return GraphLook(edges, weights, result.radii, colours, result.groups, SHAPES)


def legend(result: GraphResult) -> list[Entry]:
    """What the colours and sizes mean, of those that are there."""
    foreground = theme.current().foreground
    entries = [
        Entry(name, foreground if group == ISOLATED_UNITS else COLOURS[group], MARKS.get(group, "dot"))
        for group, name in result.group_names.items()
    ]
    entries.append(Entry(f"radius ∝ norm, largest {result.graph.norms.max():.3g}", foreground, "sizes"))
    return entries
