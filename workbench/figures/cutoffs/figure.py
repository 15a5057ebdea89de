"""The figure of the cut-offs: four small plots of the similarities and the components that they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.evaluation.similarity.table import similarity
from workbench.figures.cutoffs.picture import TOP, picture_of
from workbench.figures.figure import Cell, Floats, Ints, Table, legend, line_options
from workbench.figures.graph.needs import needs_of
from workbench.figures.graph.picture import Graphs
from workbench.figures.looks import DIRECTIONS

if TYPE_CHECKING:
    from workbench.figures.cutoffs.picture import CutoffsPicture
    from workbench.figures.drawing import Wanted
    from workbench.figures.settings import CutoffsSettings
    from workbench.figures.style import Style

CHANCE = "independent directions"


@dataclass(frozen=True, eq=False)
class CutoffsFigure:
    """A histogram of the cosines, the part of the pairs that reaches each, and the components at each cut-off."""

    kind: ClassVar[str] = "cutoffs"
    lines: ClassVar[float] = 12.0
    title: str
    compared: str  # what a cosine is called
    cutoff: float
    edges: Floats  # (B + 1,)
    counts: Ints  # (B,) pairs
    chance: Floats  # (B,) pairs of independent directions
    cosines: Floats  # (P,)
    shares: Floats  # (P,) per cent of the pairs
    chance_shares: Floats
    top: float
    cutoffs: Floats  # (K,)
    components: Ints  # (K,) isolated units too
    clusters: Ints  # (K,)
    sizes: Ints  # (C,)
    largest_norms: Floats  # (C,)

    @property
    def aspect(self) -> float:
        return 0.85

    def draw(self, part: Any, style: Style) -> None:
        (entries, shares), (components, sizes) = part.subplots(2, 2)
        colours, thin = style.colours, 0.9 * style.line
        dotted = line_options(DIRECTIONS[CHANCE], style) | {"linewidth": thin}
        bars = entries.stairs(self.counts, self.edges, fill=True, color=colours.accent, alpha=0.4, label="pairs")
        entries.stairs(self.counts, self.edges, color=colours.accent, linewidth=0.6 * style.line)
        chance = entries.stairs(self.chance, self.edges, label=CHANCE, **dotted)
        entries.set(xlabel=self.compared, ylabel="pairs", ylim=(0.0, 1.05 * float(self.counts.max(initial=1))))
        shares.semilogy(self.cosines, self.shares, color=colours.accent, linewidth=style.line)
        shares.semilogy(self.cosines, self.chance_shares, **dotted)
        shares.axhline(TOP, color=colours.text, linewidth=0.5 * style.line)
        shares.text(1.0, TOP, f"{TOP:g} %: {self.top:.2f}", size="small", ha="right", va="bottom", color=colours.text)
        shares.set(xlabel=self.compared, ylabel="pairs (%)", ylim=(self._least_share(), 150.0))
        all_of_them = components.plot(
            self.cutoffs, self.components, color=colours.text, linewidth=style.line, label="components"
        )
        clusters = components.plot(
            self.cutoffs, self.clusters, color=colours.accent, linewidth=style.line, label="of two units or more"
        )
        components.set(xlabel=f"cut-off ({self.compared})", ylabel="components", ylim=(0.0, None))
        lines = [
            axes.axvline(self.cutoff, color=colours.text, linewidth=thin, linestyle="--", label="cut-off")
            for axes in (entries, shares, components)
        ]
        for axes in (entries, shares, components):
            axes.set_xlim(float(self.edges[0]), 1.0)
        sizes.scatter(
            self.sizes, self.largest_norms, s=(0.5 * style.font) ** 2, color=colours.accent, alpha=0.6, linewidths=0
        )
        ends = (0.8, max(10.0, 1.3 * float(self.sizes.max(initial=1))))
        top = 1.08 * float(self.largest_norms.max(initial=1e-9))
        sizes.set(xlabel="component size", ylabel="largest norm", xscale="log", xlim=ends, ylim=(0.0, top))
        sizes.xaxis.set_major_formatter(lambda size, _place: f"{size:,.0f}")
        legend(part, [bars, chance, *all_of_them, *clusters, lines[0]], style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        """The four plots one after another, told apart by the first column."""
        bars = zip(self.edges[:-1].tolist(), self.counts.tolist(), self.chance.tolist(), strict=True)
        shares = zip(self.cosines.tolist(), self.shares.tolist(), self.chance_shares.tolist(), strict=True)
        growth = zip(self.cutoffs.tolist(), self.components.tolist(), self.clusters.tolist(), strict=True)
        sizes = zip(self.sizes.tolist(), self.largest_norms.tolist(), strict=True)
        rows: list[tuple[Cell, ...]] = [("pairs from this cosine on, to the next", *row, None, None) for row in bars]
        rows += [("per cent of pairs that reach it", *row, None, None) for row in shares]
        rows += [("components at this cut-off", cosine, every, None, more, None) for cosine, every, more in growth]
        rows += [("component at the cut-off", self.cutoff, size, None, None, norm) for size, norm in sizes]
        columns = ("row", "cosine", "number", "independent directions", "of two units or more", "largest norm")
        return Table(columns, tuple(rows))

    def _least_share(self) -> float:
        """The share of one pair is the foot of its axis."""
        return 100.0 / max(float(self.counts.sum()), 2.0)


def cutoffs_figure(picture: CutoffsPicture) -> CutoffsFigure:
    """The figure of what the panel shows."""
    return CutoffsFigure(
        title=picture.needs.place.words,
        compared=similarity(picture.needs.similarity).cosine,
        cutoff=picture.cutoff,
        edges=picture.edges,
        counts=picture.counts,
        chance=picture.chance,
        cosines=picture.cosines,
        shares=np.asarray(picture.shares),
        chance_shares=picture.chance_shares,
        top=picture.top,
        cutoffs=picture.growth.cutoffs,
        components=picture.growth.components,
        clusters=picture.growth.clusters,
        sizes=picture.sizes,
        largest_norms=picture.largest_norms,
    )


def figure_of(at: Wanted, chosen: CutoffsSettings, _notes: list[str]) -> CutoffsFigure:
    """The figure of a place with these settings. ValueError: fewer than two of its units have weights."""
    picture = picture_of(needs_of(at.place, chosen), Graphs())
    if picture is None:
        raise ValueError(f"{at.place.layer}, snapshot {at.place.snapshot}: fewer than two units have weights")
    return cutoffs_figure(picture)
