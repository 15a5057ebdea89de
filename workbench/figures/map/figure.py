"""The figures of the map: similarity matrix, principal plane, pairs of a stack, clusters over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Cell, Floats, Ints, Table, legend, line_options
from workbench.figures.graph.groups import COLOURS, ISOLATED_UNITS, NOT_DRAWN
from workbench.figures.graph.key import SHAPES, node
from workbench.figures.looks import COMPONENTS, DIRECTIONS, NO_GROUP, SMALLER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.style import Style

BYTES_OF_CELL = 12
CHANCE = "independent directions"
DIVERGING = ((33, 102, 172), (247, 247, 247), (178, 24, 43))  # at −limit, 0 and limit
SIGNS = 6  # decimals of a similarity in a table
STRIP = 0.025  # of the matrix: the width of the colours beside it
SMALLEST, LARGEST = 1.6, 7.0  # points: the widths of units in the plane
ISOLATED = "isolated units"


@dataclass(frozen=True, eq=False)
class MatrixFigure:
    """A matrix of similarities as colours, blue below 0 and red above; beside it the groups of the graph."""

    kind: ClassVar[str] = "map"
    lines: ClassVar[float] = 6.0
    title: str
    compared: str  # what a similarity is called
    values: NDArray[np.float32]  # (k, k)
    limit: float  # to which the colours reach
    groups: Ints  # (k,) as the graph colours them
    names: tuple[tuple[int, str], ...]  # of the groups that are there
    units: tuple[str, ...]  # (k,) what each row is called
    selected: Ints  # rows with selected units

    @property
    def aspect(self) -> float:
        return 0.86

    @property
    def table_bytes(self) -> int:
        """About how many bytes its table takes."""
        return BYTES_OF_CELL * self.values.size

    def draw(self, part: Any, style: Style) -> None:
        from matplotlib.colors import LinearSegmentedColormap, to_rgb

        axes = part.subplots()
        ends = [tuple(channel / 255.0 for channel in colour) for colour in DIVERGING]
        colours = LinearSegmentedColormap.from_list("cosines", ends)
        count = len(self.values)
        image = axes.imshow(
            self.values, cmap=colours, vmin=-self.limit, vmax=self.limit, interpolation="nearest",
            extent=(0, count, count, 0),
        )  # fmt: skip
        strip = np.array([to_rgb(_colour_of(group, style)) for group in self.groups.tolist()])[:, None, :]
        width = STRIP * count
        axes.imshow(strip, extent=(-2.0 * width, -width, count, 0), interpolation="nearest")
        if len(self.selected):
            places = self.selected + 0.5
            marks: dict[str, Any] = {"color": style.colours.text, "clip_on": False, "linestyle": "none", "zorder": 5}
            axes.plot(places, np.full(len(places), -0.6 * width), marker="v", markersize=0.4 * style.font, **marks)
            axes.plot(np.full(len(places), count + 0.6 * width), places, marker="<", markersize=0.4 * style.font,
                      label="selected", **marks)  # fmt: skip
        axes.set(xlim=(-2.0 * width, count), ylim=(count, 0), xlabel="units, ordered by component", aspect="equal")
        axes.set_xticks([])
        axes.set_yticks([])
        for side in axes.spines.values():
            side.set_visible(False)
        part.colorbar(image, ax=axes, label=self.compared, pad=0.03).outline.set_visible(False)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        """A row and a column for each unit or bin, in the order of the picture."""
        names = dict(self.names)
        values = np.round(self.values, SIGNS).tolist()
        rows: list[tuple[Cell, ...]] = [
            (unit, names.get(group, ""), *row)
            for unit, group, row in zip(self.units, self.groups.tolist(), values, strict=True)
        ]
        return Table(("units", "group", *self.units), tuple(rows))


@dataclass(frozen=True, eq=False)
class PlaneFigure:
    """The units in the plane of two principal directions."""

    kind: ClassVar[str] = "map"
    lines: ClassVar[float] = 6.0
    title: str
    labels: tuple[str, str]  # of the axes, with the share of the variance
    points: Floats  # (m, 2) NaN of a removed unit
    radii: Floats  # (m,) in proportion to the norms, 11 the largest
    norms: Floats  # (m,)
    groups: Ints  # (m,)
    names: tuple[tuple[int, str], ...]
    units: tuple[str, ...]  # what each is called
    selected: Ints

    @property
    def aspect(self) -> float:
        low, high = _bounds(self.points)
        return float(np.clip((high[1] - low[1]) / max(high[0] - low[0], 1e-12), 0.5, 1.1)) + 0.2

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        there = np.asarray(np.isfinite(self.points).all(axis=1))
        sizes = np.clip(LARGEST / 11.0 * self.radii, SMALLEST, LARGEST)
        handles = []
        for group, name in self.names:
            units = np.flatnonzero((self.groups == group) & there)
            if len(units):
                look = node(group, style)
                if group in SHAPES and SHAPES[group] == "x":
                    look = {"color": look["edgecolors"], "linewidths": look["linewidths"]}
                handles.append(
                    axes.scatter(*self.points[units].T, s=np.square(sizes[units]), marker=SHAPES.get(group, "o"),
                                 label=name, zorder=3, **look)
                )  # fmt: skip
        chosen = self.selected[there[self.selected]] if len(self.selected) else self.selected
        if len(chosen):
            ring = {"facecolors": "none", "edgecolors": style.colours.text, "linewidths": style.line}
            around = np.square(sizes[chosen] + 3.0 * style.line)
            handles.append(axes.scatter(*self.points[chosen].T, s=around, label="selected", zorder=4, **ring))
        axes.set(xlabel=self.labels[0], ylabel=self.labels[1])
        axes.set_aspect("equal", adjustable="datalim")
        for line in (axes.axhline, axes.axvline):
            line(0.0, color=style.colours.faint, linewidth=0.5 * style.line, zorder=1)
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """In the legend all units have one size."""
        if part.legends:
            for handle in part.legends[0].legend_handles:
                handle.set_sizes([np.square(0.55 * style.font)])

    def table(self) -> Table:
        names = dict(self.names)
        columns = ("unit", self.labels[0], self.labels[1], "norm", "group")
        rows: list[tuple[Cell, ...]] = [
            (unit, *point, norm, names.get(group, ""))
            for unit, point, norm, group in zip(
                self.units, self.points.tolist(), self.norms.tolist(), self.groups.tolist(), strict=True
            )
            if norm > 0.0
        ]
        return Table(columns, tuple(rows))


@dataclass(frozen=True, eq=False)
class PairsFigure:
    """A histogram of the cosines of pairs against chance; its table lists the pairs."""

    kind: ClassVar[str] = "map"
    lines: ClassVar[float] = 7.0
    title: str
    first: str  # the layer to whose units the others' are matched
    names: tuple[str, ...]  # of the other layers
    edges: Floats  # (B + 1,)
    counts: Ints  # (others, B)
    by_chance: Floats | None  # (B,)
    threshold: float
    pairs: Ints  # (p, 3) unit of the first layer, number of the other one, its unit; the highest cosines first
    cosines: Floats  # (p,)
    beyond: Ints  # (p,) 1: beyond chance

    @property
    def aspect(self) -> float:
        return 0.75

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        base, handles = np.zeros(self.counts.shape[1]), []
        for number, (name, counts) in enumerate(zip(self.names, self.counts, strict=True)):
            colour = pair_colour(number)
            handles.append(
                axes.stairs(base + counts, self.edges, baseline=base, fill=True, color=colour, alpha=0.6,
                            label=f"{self.first} and {name}")
            )  # fmt: skip
            base = base + counts
        top = float(base.max(initial=1.0))
        if self.by_chance is not None:
            options = line_options(DIRECTIONS[CHANCE], style) | {"linewidth": 0.9 * style.line}
            handles.append(axes.stairs(self.by_chance, self.edges, label=CHANCE, **options))
            top = max(top, float(self.by_chance.max()))
        line = axes.axvline(self.threshold, color=style.colours.text, linewidth=style.line,
                            label=f"beyond chance: over {self.threshold:.2f}")  # fmt: skip
        axes.set(xlabel="cosine of the pair", ylabel="pairs", xlim=(self.edges[0], 1.0), ylim=(0.0, 1.05 * top))
        legend(part, [*handles, line], style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        columns = ("layer", "unit", "other layer", "other unit", "cosine", "beyond chance")
        rows: list[tuple[Cell, ...]] = [
            (self.first, unit, self.names[number], other, cosine, "yes" if beyond else "no")
            for (unit, number, other), cosine, beyond in zip(
                self.pairs.tolist(), self.cosines.tolist(), self.beyond.tolist(), strict=True
            )
        ]
        return Table(columns, tuple(rows))


@dataclass(frozen=True, eq=False)
class SizesFigure:
    """The sizes of clusters on top of one another over the snapshots; above them the isolated units."""

    kind: ClassVar[str] = "map"
    lines: ClassVar[float] = 7.0
    title: str
    word: str  # what the snapshots are numbered by
    numbers: Floats  # (T,) of the snapshots, which stand in equal steps
    names: tuple[str, ...]
    sizes: Ints  # (bands, T)
    isolated: Ints  # (T,)
    named: int  # bands that are a cluster each
    now: int  # the snapshot that is looked at

    @property
    def aspect(self) -> float:
        return 0.9

    def draw(self, part: Any, style: Style) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes = part.subplots()
        steps, base, handles = np.arange(len(self.numbers)), np.zeros(len(self.numbers)), []
        for number, (name, sizes) in enumerate(zip(self.names, self.sizes, strict=True)):
            colour = band_colour(number, self.named)
            handles.append(
                axes.fill_between(steps, base, base + sizes, color=colour, linewidth=0.3 * style.line,
                                  edgecolor=style.colours.background, label=name)
            )  # fmt: skip
            base = base + sizes
        handles.append(
            axes.fill_between(steps, base, base + self.isolated, color=NO_GROUP, alpha=0.35, linewidth=0.0,
                              label=ISOLATED)
        )  # fmt: skip
        axes.axvline(self.now, color=style.colours.text, linewidth=0.7 * style.line)
        top = float((base + self.isolated).max(initial=1.0))
        ends = (0.0, len(steps) - 1.0) if len(steps) > 1 else (-0.5, 0.5)
        axes.set(xlabel=self.word, ylabel="units", ylim=(0.0, top), xlim=ends)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _number: number_at(self.numbers, at)))
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        columns = (self.word.partition(",")[0], *self.names, ISOLATED)
        rows = zip(self.numbers.tolist(), *self.sizes.tolist(), self.isolated.tolist(), strict=True)
        return Table(columns, tuple(rows))


def number_at(numbers: Floats, step: float) -> str:
    """What the snapshot at a step is labelled with; "" beside the snapshots and between two of them."""
    at = round(step)
    return f"{numbers[at]:.3g}" if 0 <= at < len(numbers) and abs(step - at) < 1e-6 else ""


def pair_colour(number: int) -> str:
    """The colour of the pairs of a layer of a stack: that of its units in the graph."""
    return COMPONENTS[(number + 1) % len(COMPONENTS)]


def band_colour(number: int, named: int) -> str:
    """The colour of a cluster over time; the last band is of all those that have none of their own."""
    return COMPONENTS[number] if number < named else SMALLER


def _colour_of(group: int, style: Style) -> str:
    """The colour of a group beside the matrix; isolated units, which are hollow, have that of the ground."""
    if group in (ISOLATED_UNITS, NOT_DRAWN):
        return style.colours.background
    return str(style.colours.line(COLOURS[group]))


def _bounds(points: Floats) -> tuple[Floats, Floats]:
    there = points[np.isfinite(points).all(axis=1)]
    return there.min(axis=0), there.max(axis=0)
