"""The legend of the figure of a weight graph: groups, edges and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.analysis.merging import REPEATED_COSINE
from workbench.figures.graph.edges import REPEATED
from workbench.figures.graph.groups import COLOURS, CROSSES, ISOLATED_UNITS, STILL_UNITS
from workbench.figures.graph.known import LARGEST_RADIUS, SMALLEST_RADIUS

if TYPE_CHECKING:
    from workbench.figures.graph.figure import GraphFigure
    from workbench.figures.style import Style

SHAPES = {**dict.fromkeys(CROSSES, "x"), STILL_UNITS: "D"}  # matplotlib's markers; the other units are discs
MANY_ROWS = 6  # then one sample of a size must do
MOST_SAMPLES = 4  # of colours in one row


def handles_of(figure: GraphFigure, style: Style) -> list[Any]:
    """All rows of the legend, as matplotlib takes them."""
    handles = [*_group_handles(figure, style), *_edge_handles(figure, style), *_overlay_handles(figure, style)]
    sizes = _size_handles(figure, style)
    return [*handles, *(sizes if len(handles) < MANY_ROWS else sizes[:1])]


def node(group: int, style: Style) -> dict[str, Any]:
    colours, thin = style.colours, 0.4 * style.line
    if group == ISOLATED_UNITS:
        return {"facecolors": colours.background, "edgecolors": colours.text, "linewidths": thin}
    if group in CROSSES:
        return {"facecolors": "none", "edgecolors": colours.line(COLOURS[group]), "linewidths": 2.0 * thin}
    return {"facecolors": colours.line(COLOURS[group]), "edgecolors": colours.background, "linewidths": thin}


def norms_shown(figure: GraphFigure) -> list[float]:
    """The norms of the legend: the largest of this graph and half of it, where that differs on the paper."""
    largest = float(figure.norms.max(initial=0.0))
    seen = SMALLEST_RADIUS / LARGEST_RADIUS * figure.largest_norm
    return [norm for norm in (largest, largest / 2) if norm > seen] or [largest]


def _group_handles(figure: GraphFigure, style: Style) -> list[Any]:
    from matplotlib.lines import Line2D

    handles: list[Any] = []
    for groups, name in figure.rows or [((group,), name) for group, name in figure.group_names]:
        size = (0.7 if len(groups) == 1 else 0.45) * style.font
        several = tuple(
            Line2D([], [], linestyle="none", marker=SHAPES.get(group, "o"), markersize=size, label=name,
                   markerfacecolor=look["facecolors"], markeredgecolor=look["edgecolors"],
                   markeredgewidth=look["linewidths"])
            for group, look in ((each, node(each, style)) for each in groups[:MOST_SAMPLES])
        )  # fmt: skip
        handles.append(several if len(several) > 1 else several[0])
    if figure.selected:
        handles.append(
            Line2D([], [], linestyle="none", marker="o", markersize=0.8 * style.font, label="selected",
                   markerfacecolor="none", markeredgecolor=style.colours.text, markeredgewidth=style.line)
        )  # fmt: skip
    return handles


def _size_handles(figure: GraphFigure, style: Style) -> list[Any]:
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], linestyle="none", marker="o", markersize=0.5 * style.font, label=f"norm {norm:.3g}",
               markerfacecolor=style.colours.faint, markeredgecolor="none")
        for norm in norms_shown(figure)
    ]  # fmt: skip


def _overlay_handles(figure: GraphFigure, style: Style) -> list[Any]:
    from matplotlib.lines import Line2D

    drawn = {
        "pairs beyond chance": figure.pairs is not None,
        f"from the layout of {figure.since}": figure.tails is not None,
    }
    look: dict[str, Any] = {"color": style.colours.accent, "linewidth": 0.8 * style.line}
    arrow: dict[str, Any] = {"marker": ">", "markevery": [1], "markersize": 0.4 * style.font}
    return [
        Line2D([], [], label=name, **look, **(arrow if name.startswith("from") else {}))
        for name, there in drawn.items()
        if there
    ]


def _edge_handles(figure: GraphFigure, style: Style) -> list[Any]:
    from matplotlib.lines import Line2D

    text, drawn = style.colours.text, figure.shades()
    if not drawn:
        return [Line2D([], [], linestyle="none", label=f"no {figure.compared} ≥ {figure.cutoff:.2g} (cut-off)")]
    repeated = drawn[-1][1] == REPEATED
    ends = [(f"{figure.compared} ≥ {figure.cutoff:.2g} (cut-off)", drawn[0][1])]
    if repeated:
        ends = [*ends[: len(drawn) - 1], (f"{figure.compared} ≥ {REPEATED_COSINE:g} (repeated)", REPEATED)]
    # Drawn wider than in the graph: a single hair of 8 % would not be seen.
    return [
        Line2D([], [], color=text, alpha=min(2.0 * opacity, 1.0), linewidth=0.8 * style.line, label=name)
        for name, opacity in ends
    ]
