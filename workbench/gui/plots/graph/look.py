"""What the weight graph looks like on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from workbench.analysis.merging import REPEATED_COSINE
from workbench.evaluation.similarity.table import similarity
from workbench.figures.graph.groups import COLOURS, CROSSES, ISOLATED_UNITS, STILL_UNITS
from workbench.gui.plots.graph.item import EMPTY, GraphLook
from workbench.gui.plots.graph.nodes import HOLLOW
from workbench.gui.plots.legend import Entry
from workbench.gui.state import theme
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.plots.graph.nodes import Shape
    from workbench.gui.plots.legend import Mark

# Told apart by their shapes as well as by their colours; clusters are told apart by their edges.
SHAPES: dict[int, Shape] = {**dict.fromkeys(CROSSES, "cross"), STILL_UNITS: "diamond"}
MARKS: dict[int, Mark] = {ISOLATED_UNITS: "ring", **dict.fromkeys(CROSSES, "cross"), STILL_UNITS: "diamond"}


def look(result: GraphResult, pairs: bool = True) -> GraphLook:
    """The nodes' radii and colours, and the edges; `pairs`: with lines between those of a stack."""
    between = result.drawn_edges
    return replace(
        nodes_alone(result),
        edges=result.graph.edges[between],
        opacities=result.opacities,
        repeated=result.repeated[between],
        blocks=result.blocks,
        lines=result.lines,
        pairs=result.pair_lines if pairs and len(result.pair_lines) else None,
    )


def nodes_alone(result: GraphResult) -> GraphLook:
    """The nodes' radii and colours, without edges and blocks."""
    colours = tuple(HOLLOW if group == ISOLATED_UNITS else QColor(colour) for group, colour in enumerate(COLOURS))
    return replace(EMPTY, radii=result.radii, colours=colours, groups=result.groups, shapes=SHAPES)


def legend(result: GraphResult, pairs: bool = True) -> list[tuple[Entry, frozenset[int]]]:
    """What colours, lines and sizes mean, of those that are there, each with the units that it names."""
    foreground, graph = theme.current().foreground, result.graph
    rows = []
    for group, name in result.short_names.items():
        colour = foreground if group == ISOLATED_UNITS else COLOURS[group]
        rows.append((Entry(name, colour, MARKS.get(group, "dot"), clickable=True), _units(result.groups == group)))
    repeated = np.zeros(graph.units, np.bool_)
    repeated[graph.edges[result.repeated].ravel()] = True
    if repeated.any():
        cosine = similarity(result.needs.similarity).cosine
        text = f"{counted(int(repeated.sum()), 'unit')} repeated ({cosine} ≥ {REPEATED_COSINE:g})"
        rows.append((Entry(text, foreground, "thick", clickable=True), _units(repeated)))
    if pairs and len(result.pair_lines):
        joined = frozenset(result.pair_lines.ravel().tolist())
        words = f"{counted(len(result.pair_lines), 'pair')} beyond chance"
        rows.append((Entry(words, theme.current().accent, "line", clickable=True), joined))
    rows.append((Entry(f"radius ∝ norm, largest {graph.norms.max():.3g}", foreground, "sizes"), frozenset()))
    return rows


def _units(which: np.ndarray) -> frozenset[int]:
    return frozenset(np.flatnonzero(which).tolist())
