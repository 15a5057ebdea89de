"""The figure of a weight graph: units as discs, edges where two point the same way (report, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces
from workbench.evaluation.similarity.table import similarity
from workbench.figures.figure import Floats, Ints, Table, height_of, legend, width_of
from workbench.figures.graph.block_labels import lie_apart
from workbench.figures.graph.density import raster
from workbench.figures.graph.edges import ARROWS, ON_DARK, PAIRS, REPEATED, arrow_path, opacities, pair_path, shades
from workbench.figures.graph.groups import LEAST_REPEATED, NOT_DRAWN
from workbench.figures.graph.key import SHAPES, handles_of, node, norms_shown
from workbench.figures.graph.known import LARGEST_RADIUS, node_radii
from workbench.figures.style import MILLIMETRES, POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.stacks.drift import Earlier
    from workbench.figures.style import Style
    from workbench.figures.zoom import Zoom

RINGS = "_rings"  # the artist around the selected units
EDGES = "_edges"  # the picture of very many
MOST_LINES = 20_000  # edges: more are one picture inside the figure
RASTER = 1000  # pixels of its longer side: 300 an inch on a column's width
PLACES = 1  # decimals of a position: a tenth of a pixel
MARGIN = 4.0  # pixels of the layout around it
LARGEST_SEEN, SMALLEST_SEEN = 3.7, 0.7  # points: radii on a column's width
TOO_LARGE = 5.5  # points: the largest radius, where few units have much room
COLUMN = 84.0 / MILLIMETRES * POINTS
ROOM = forces.Forces().collision_radius  # pixels of the layout around each node
MANY_EDGES = 2000
MANY_NODES = 1000
BYTES_OF_ROW = 60  # of its table
HEAD = 0.014  # of what is in sight: the heads of arrows
# Points: a column's width, a label of 7 points, and nodes that are larger than the smallest seen.
PAPER = packing.Ground(width=236.0, height=200.0, line=10.0, letter=4.2, pitch=2.0)


@dataclass(frozen=True, eq=False)
class GraphFigure:
    """A graph with the places of its nodes, in the pixels of the layout (x to the right, y upwards)."""

    kind: ClassVar[str] = "graph"
    lines: ClassVar[float] = 3.0
    title: str
    positions: Floats  # (m, 2)
    norms: Floats  # (m,)
    largest_norm: float  # it has the largest radius: of the run's ends, or of this graph where that is larger
    groups: Ints  # (m,) as `GraphResult.groups`
    group_names: tuple[tuple[int, str], ...]
    cutoff: float
    edges: Ints  # (E, 2), the strongest last
    cosines: Floats  # (E,) ascending
    weights: Floats  # (E,) of the kernel
    selected: tuple[int, ...] = ()
    ground: tuple[tuple[float, float], tuple[float, float]] | None = None  # the corners in sight; None: those needed
    compared: str = "cosine"
    blocks: tuple[tuple[str, tuple[int, ...]], ...] = ()  # labels, and the units that lie below them
    rows: tuple[tuple[tuple[int, ...], str], ...] = ()  # of the legend: groups, and what they are called together
    pairs: Ints | None = None  # (p, 2) pairs of nodes that a line joins
    tails: Floats | None = None  # (m, 2) where arrows to the nodes begin
    since: str = ""  # the snapshot that they begin at

    @property
    def table_bytes(self) -> int:
        """About how many bytes its table takes."""
        return BYTES_OF_ROW * (len(self.edges) + len(self.norms))

    @property
    def aspect(self) -> float:
        low, high = self.corners()
        width, height = np.maximum(high - low, 1.0)
        return float(np.clip(height / width, 0.6, 1.2)) + 0.28

    @property
    def radii(self) -> Floats:
        """(m,) in the pixels of the layout."""
        return self._radius(self.norms)

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """The units that have a disc, (m,)."""
        drawn: NDArray[np.bool_] = self.groups != NOT_DRAWN
        return drawn

    @property
    def drawn_groups(self) -> list[int]:
        """The groups that have discs, ascending."""
        groups: list[int] = np.unique(self.groups[self.drawn]).tolist()
        return groups

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        self._draw_edges(axes, style)
        for label, (left, top) in self.labels():
            look = {"size": "small", "color": style.colours.text, "va": "bottom", "clip_on": True}
            axes.text(left, top, label, in_layout=False, **look)  # the corners have room for it
        low, high = self.corners()
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
        axes.set_axis_off()
        legend(part, handles_of(self, style), style, "outside lower left")

    def _draw_edges(self, axes: Any, style: Style) -> None:
        """Lines, or one picture of their density in the place of more than `MOST_LINES`."""
        from matplotlib.collections import LineCollection
        from matplotlib.colors import to_rgb

        width, seen = (
            (0.4 if len(self.edges) < MANY_EDGES else 0.25) * style.line,
            ON_DARK if style.theme == "dark" else 1.0,
        )
        shades = self.shades()
        if sum(len(members) for members, _ in shades) > MOST_LINES:
            low, high = self.corners()
            picture = raster(shades, self.positions, (low, high), RASTER, seen)
            image = np.empty((*picture.shape, 4))
            image[..., :3], image[..., 3] = to_rgb(style.colours.text), picture
            # "none" keeps its pixels in a PDF or SVG file, whose size is in points; a PNG file has pixels of its own.
            how = "none" if axes.get_figure(root=True).dpi == POINTS else "antialiased"
            axes.imshow(image, extent=(low[0], high[0], low[1], high[1]), zorder=1, interpolation=how, label=EDGES)
            return
        for members, opacity in shades:
            thick = (2.0 if opacity == REPEATED else 1.0) * width
            lines = LineCollection(
                list(self.positions[members]), colors=style.colours.text, alpha=seen * opacity, linewidths=thick
            )
            axes.add_collection(lines, autolim=False)

    def overlays(self, places: Floats, tails: Floats | None, radii: Floats) -> dict[str, Floats]:
        """The lines of pairs and the arrows where nodes of these radii are there, each as one path with gaps."""
        found = {}
        if self.pairs is not None and len(self.pairs):
            found[PAIRS] = pair_path(places, self.pairs)
        if tails is not None:
            low, high = self.corners()
            found[ARROWS] = arrow_path(tails, places, radii, HEAD * float((high - low).max()))
        return found

    def settle(self, part: Any, style: Style) -> None:
        """The discs: on paper the largest has a size that can be seen, and those of the legend the same scale."""
        axes = part.axes[0]
        origin, right = axes.transData.transform([(0.0, 0.0), (1.0, 0.0)])
        pixel = (right[0] - origin[0]) * POINTS / axes.get_figure(root=True).dpi  # of the layout, in points
        size = min(width_of(part), height_of(part) / 0.85) / COLUMN
        suiting = min(size, np.sqrt(size)) / (LARGEST_RADIUS * pixel)
        grown = min(max(1.0, LARGEST_SEEN * suiting), TOO_LARGE * suiting)
        if np.count_nonzero(self.drawn) > MANY_NODES:
            grown = min(grown, ROOM / LARGEST_RADIUS)  # larger ones would lie on one another
        least = SMALLEST_SEEN / pixel
        radii = np.maximum(grown * self.radii, least)
        for label, path in self.overlays(self.positions, self.tails, radii).items():
            axes.plot(*path.T, color=style.colours.accent, linewidth=0.7 * style.line, label=label, zorder=2)
        for group in self.drawn_groups:
            units = np.flatnonzero(self.groups == group)
            look = node(group, style)
            if np.count_nonzero(self.drawn) > MANY_NODES and look["edgecolors"] == style.colours.background:
                look["linewidths"] = 0.0  # else the outlines hide what lies between small nodes
            discs = self._add_discs(axes, units, radii[units], **look)
            if group in SHAPES:
                discs.set_paths([_outline(SHAPES[group])])
        self._add_rings(axes, radii + 1.6 * style.line / pixel, style)
        lie_apart(axes.texts, 1.0 / pixel)
        samples = {f"norm {norm:.3g}": self._radius(np.array([norm]))[0] for norm in norms_shown(self)}
        for handle, text in zip(part.legends[0].legend_handles, part.legends[0].get_texts(), strict=True):
            if text.get_text() in samples:
                handle.set_markersize(2.0 * pixel * max(grown * samples[text.get_text()], least))

    def _add_rings(self, axes: Any, radii: Floats, style: Style) -> None:
        if self.selected:
            ring = {"facecolors": "none", "edgecolors": style.colours.text, "linewidths": style.line, "label": RINGS}
            units = np.array(self.selected)
            self._add_discs(axes, units, radii[units], **ring)
            for words in axes.texts:  # no ring lies on the label of a block
                nodes = list(dict(self.blocks).get(words.get_text(), ()))
                tops = self.positions[nodes, 1] + 1.1 * radii[nodes]
                words.set_y(tops.max(initial=words.get_position()[1]))

    def _add_discs(self, axes: Any, units: Ints, radii: Floats, **look: Any) -> Any:
        from matplotlib.collections import EllipseCollection

        sizes = 2.0 * radii
        places = {"offsets": self.positions[units], "transOffset": axes.transData}
        discs = EllipseCollection(sizes, sizes, np.zeros(len(units)), units="xy", zorder=3, **places, **look)
        axes.add_collection(discs, autolim=False)
        return discs

    def table(self) -> Table:
        """Nodes, then edges: a graph is two tables in one, told apart by the first column."""
        names = dict(self.group_names)
        drawn = zip(self.positions.tolist(), self.drawn.tolist(), strict=True)
        places = [place if there else (None, None) for place, there in drawn]
        nodes = [
            ("node", unit, None, *places[unit], norm, names.get(group, ""), None, None)
            for unit, (norm, group) in enumerate(zip(self.norms.tolist(), self.groups.tolist(), strict=True))
            if norm > 0.0
        ]
        pairs = zip(self.edges.tolist(), self.cosines.tolist(), self.weights.tolist(), strict=True)
        edges = [("edge", i, j, None, None, None, None, cosine, weight) for (i, j), cosine, weight in pairs]
        columns = ("row", "unit", "other unit", "x", "y", "norm", "group", "cosine", "edge weight")
        return Table(columns, (*nodes, *edges))

    def _radius(self, norms: Floats) -> Floats:
        return node_radii(norms, self.largest_norm)

    def labels(self) -> list[tuple[str, tuple[float, float]]]:
        """What stands at the upper left of each block that is packed: in figures made before, they are not."""
        labels = []
        for label, units in self.blocks:
            ends = packing.corners(self.positions, np.array(units), self.drawn)
            if ends is not None:
                reach = float(self.radii[list(units)].max()) + packing.BETWEEN / 2.0
                labels.append((label, (float(ends[0][0]) - reach, float(ends[1][1]) + reach)))
        return labels

    def corners(self) -> tuple[Floats, Floats]:
        """What is in sight, in the layout's pixels: lower left and upper right, (2,) each."""
        if self.ground is not None:
            low, high = self.ground
            return np.array(low), np.array(high)
        reach = float(self.radii.max(initial=0.0)) + MARGIN
        places = self.positions[self.drawn] if self.drawn.any() else np.zeros((1, 2))
        if self.tails is not None:
            places = np.concatenate((places, self.tails[self.drawn]))
        low, high = places.min(axis=0) - reach, places.max(axis=0) + reach
        size = 1.1 * max((high - low) / (PAPER.width, PAPER.height))  # of a point of paper, in pixels of the layout
        for label, (left, top) in self.labels():
            high = np.maximum(high, (left + size * PAPER.letter * len(label), top + size * PAPER.line))
        return low, high

    def shades(self) -> list[tuple[NDArray[np.int64], float]]:
        """The edges in groups of one opacity, the faintest first; those of repeated units last."""
        between = np.flatnonzero(self.drawn[self.edges].all(axis=1))
        edges, close = self.edges[between], self.cosines[between] >= LEAST_REPEATED
        degrees = np.bincount(self.edges.ravel(), minlength=len(self.norms))
        opacity = opacities(self.weights[between], edges, degrees)
        groups = shades(edges[~close], opacity[~close])
        return [*groups, (edges[close], REPEATED)] if close.any() else groups


def graph_figure(
    result: GraphResult,
    positions: NDArray[np.float32] | Floats,
    selected: frozenset[int] = frozenset(),
    zoom: Zoom | None = None,
    pairs: bool = True,
    before: Earlier | None = None,
) -> GraphFigure:
    """The figure of a graph whose nodes lie at `positions`, (m, 2) as `forces.Layout` has them.

    `pairs`: with the lines of the pairs of a stack; `before`: with arrows from there.
    `zoom` holds where it was chosen on this graph. ValueError: it is one of several plots.
    """
    graph = result.graph
    zoom = zoom and zoom.on(result.needs.axes)
    return GraphFigure(
        title=result.of_what,
        positions=np.array(positions, dtype=np.float64).round(PLACES),
        norms=graph.norms,
        largest_norm=result.scale,
        groups=result.groups.astype(np.int64),
        group_names=tuple(result.group_names.items()),
        cutoff=graph.cutoff,
        edges=graph.edges.astype(np.int64),
        cosines=graph.inner_products,
        weights=graph.weights,
        selected=tuple(sorted(node for node in result.nodes_of(selected) if result.drawn[node])),
        ground=None if zoom is None else zoom.corners(),
        compared=similarity(result.needs.similarity).cosine,
        blocks=tuple((each.label, tuple(each.units.tolist())) for each in result.blocks),
        rows=tuple(result.paper_names),
        pairs=result.pair_lines if pairs and len(result.pair_lines) else None,
        tails=None if before is None else np.array(before.tails, dtype=np.float64).round(PLACES),
        since="" if before is None else before.since,
    )


def settled(result: GraphResult, constants: forces.Forces | None = None) -> NDArray[np.float32]:
    """Where the nodes come to rest from the layout's start, (m, 2): the same whenever it is asked."""
    links, blocks = result.links, result.blocks
    *_, last = packing.settle(packing.start(links, blocks, PAPER), links, blocks, PAPER, constants)
    return last.positions


def _outline(shape: str) -> Any:
    """The cross or the diamond in the place of a disc of radius 1, as on the screen."""
    from matplotlib.path import Path

    if shape == "x":
        ends = np.array([(-1, -1), (1, 1), (-1, 1), (1, -1)])
        return Path(0.8 * ends, [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO])
    return Path(1.2 * np.array([(0, -1), (1, 0), (0, 1), (-1, 0), (0, -1)]), closed=True)
