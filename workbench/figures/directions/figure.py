"""The figure of directions: angles to the centres of clusters, and norms in two groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Floats, Ints, Table, legend, line_options
from workbench.figures.looks import DIRECTIONS

if TYPE_CHECKING:
    from workbench.figures.directions.picture import Picture
    from workbench.figures.style import Style


@dataclass(frozen=True, eq=False)
class DirectionsFigure:
    """Histograms of angles and norms."""

    kind: ClassVar[str] = "directions"
    lines: ClassVar[float] = 9.0
    title: str
    clusters: int
    angle_edges: Floats  # (bins + 1,) degrees
    angles: Ints  # (bins,) units
    start: Ints | None  # (bins,) the same at initialisation
    chance: Ints  # (bins,) independent directions
    norm_edges: Floats
    norms: Ints  # (bins,) units
    threshold: float | None
    interval: tuple[float, float] | None  # of the threshold, 95 %

    @property
    def aspect(self) -> float:
        return 0.95

    def draw(self, part: Any, style: Style) -> None:
        above, below = part.subplots(2, 1)
        colours = style.colours
        bars = _bars(above, self.angle_edges, self.angles, f"{self.clusters} clusters", style)
        handles = [bars]
        for (name, look), counts in zip(DIRECTIONS.items(), (self.start, self.chance), strict=True):
            if counts is not None:
                options = line_options(look, style) | {"linewidth": 0.9 * style.line, "label": name}
                handles.append(above.stairs(counts, self.angle_edges, **options))
        above.set(
            xlabel="angle to the centre of the cluster (degrees)", ylabel="units", xlim=(0.0, self.angle_edges[-1])
        )
        _bars(below, self.norm_edges, self.norms, "norms", style)
        if self.threshold is not None and self.interval is not None:
            line = below.axvline(self.threshold, color=colours.text, linewidth=style.line, label="threshold")
            span = below.axvspan(*self.interval, color=colours.text, alpha=0.18, linewidth=0, label="95 % interval")
            handles += [line, span]
        below.set(xlabel="norm of the weights", ylabel="units", xlim=(0.0, self.norm_edges[-1]))
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        columns = ("quantity", "from", "to", "units", "units at initialisation", "independent directions")
        start = [None] * len(self.angles) if self.start is None else self.start.tolist()
        angles = zip(self.angle_edges[:-1].tolist(), self.angle_edges[1:].tolist(), self.angles.tolist(), start,
                     self.chance.tolist(), strict=True)  # fmt: skip
        norms = zip(self.norm_edges[:-1].tolist(), self.norm_edges[1:].tolist(), self.norms.tolist(), strict=True)
        rows = [("angle in degrees", *row) for row in angles] + [("norm", *row, None, None) for row in norms]
        if self.threshold is not None and self.interval is not None:
            rows.append(("threshold of the norm, 95 % interval", *self.interval, None, None, None))
        return Table(columns, tuple(rows))


def directions_figure(picture: Picture) -> DirectionsFigure:
    """The figure of what the directions panel shows."""
    split = picture.found.split
    return DirectionsFigure(
        title=picture.place,
        clusters=picture.found.clusters.k,
        angle_edges=picture.angles.edges,
        angles=picture.angles.counts,
        start=picture.start,
        chance=picture.chance,
        norm_edges=picture.norms.edges,
        norms=picture.norms.counts,
        threshold=split.threshold,
        interval=split.interval,
    )


def _bars(axes: Any, edges: Floats, counts: Ints, name: str, style: Style) -> Any:
    bars = axes.stairs(counts, edges, fill=True, color=style.colours.accent, alpha=0.4, label=name)
    axes.stairs(counts, edges, color=style.colours.accent, linewidth=0.6 * style.line)
    axes.set_ylim(0.0, 1.05 * max(float(np.max(counts, initial=1)), 1.0))
    return bars
