"""The figure of directions: angles to the centres of clusters, and norms in two groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.directions.group import mean_of, runs_of, threshold_of
from workbench.figures.directions.picture import Question, picture_of
from workbench.figures.figure import Cell, Floats, Ints, Table, legend, line_options
from workbench.figures.looks import DIRECTIONS
from workbench.runs.place import with_others

if TYPE_CHECKING:
    from workbench.figures.directions.picture import Picture
    from workbench.figures.drawing import Wanted
    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.settings import DirectionsSettings
    from workbench.figures.style import Style


@dataclass(frozen=True, eq=False)
class DirectionsFigure:
    """Histograms of angles and norms."""

    kind: ClassVar[str] = "directions"
    lines: ClassVar[float] = 9.0
    title: str
    clusters: int  # 0: of a group, each run has its own number
    angle_edges: Floats  # (bins + 1,) degrees
    angles: Ints | Floats  # (bins,) units
    start: Ints | Floats | None  # (bins,) the same at initialisation
    chance: Ints | Floats  # (bins,) independent directions
    norm_edges: Floats
    norms: Ints | Floats  # (bins,) units
    threshold: float | None
    interval: tuple[float, float] | None  # of the threshold, 95 %
    runs: tuple[Trainings, ...] = ()  # of a group: the bars of angles and of norms of each run
    mean: str = ""  # what the bars are the mean of; "" of a single run

    @property
    def aspect(self) -> float:
        return 0.95

    def draw(self, part: Any, style: Style) -> None:
        above, below = part.subplots(2, 1)
        colours = style.colours
        name = f"{self.clusters} clusters" if self.clusters else "clusters"
        bars = _bars(above, self.angle_edges, self.angles, name, style)
        for axes, edges, runs in zip((above, below), (self.angle_edges, self.norm_edges), self.runs, strict=False):
            runs.draw_bins(axes, edges, (edges[1:] + edges[:-1]) / 2, colours.text, style)
        handles = [bars]
        for (name, look), counts in zip(DIRECTIONS.items(), (self.start, self.chance), strict=True):
            if counts is not None:
                options = line_options(look, style) | {"linewidth": 0.9 * style.line, "label": name}
                handles.append(above.stairs(counts, self.angle_edges, **options))
        above.set(xlabel="angle to the centre (degrees)", ylabel="units", xlim=(0.0, self.angle_edges[-1]))
        _bars(below, self.norm_edges, self.norms, "norms", style)
        if self.threshold is not None and self.interval is not None:
            line = below.axvline(self.threshold, color=colours.text, linewidth=style.line, label="threshold")
            span = below.axvspan(*self.interval, color=colours.text, alpha=0.18, linewidth=0, label="95 % interval")
            handles += [line, span]
        below.set(xlabel="norm of the weights", ylabel="units", xlim=(0.0, self.norm_edges[-1]))
        legend(part, handles, style, title=self.mean)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        columns = ("quantity", "from", "to", "units", "units at initialisation", "independent directions")
        start = [None] * len(self.angles) if self.start is None else self.start.tolist()
        angles = zip(self.angle_edges[:-1].tolist(), self.angle_edges[1:].tolist(), self.angles.tolist(), start,
                     self.chance.tolist(), strict=True)  # fmt: skip
        norms = zip(self.norm_edges[:-1].tolist(), self.norm_edges[1:].tolist(), self.norms.tolist(), strict=True)
        rows: list[tuple[Cell, ...]] = [("angle in degrees", *row) for row in angles]
        rows += [("norm", *row, None, None) for row in norms]
        more = self.runs[0].columns if self.runs else ()
        if self.runs:
            spreads = [runs.cells(at) for runs in self.runs for at in range(runs.values.shape[1])]
            rows = [(*row, *spread) for row, spread in zip(rows, spreads, strict=True)]
        if self.threshold is not None and self.interval is not None:
            nothing = (None,) * (3 + len(more))
            rows.append(("threshold of the norm, 95 % interval", *self.interval, *nothing))
        return Table((*columns, *more), tuple(rows))


def directions_figure(picture: Picture) -> DirectionsFigure:
    """The figure of what the directions panel shows."""
    threshold, interval = threshold_of(picture)
    runs = runs_of(picture)
    alike = runs is None or len({found.clusters.k for found in getattr(picture, "founds", ())}) == 1
    return DirectionsFigure(
        title=picture.place,
        clusters=picture.found.clusters.k if alike else 0,
        angle_edges=picture.angles.edges,
        angles=picture.angles.counts if runs is None else runs[0].over.mean,
        start=picture.start,
        chance=picture.chance,
        norm_edges=picture.norms.edges,
        norms=picture.norms.counts if runs is None else runs[1].over.mean,
        threshold=threshold,
        interval=interval,
        runs=runs or (),
        mean=mean_of(picture),
    )


def figure_of(at: Wanted, chosen: DirectionsSettings, _notes: list[str]) -> DirectionsFigure:
    """The figure of a place with these settings. ValueError: no unit has a direction."""
    picture = picture_of(Question(with_others(at.place, at.group), chosen.clusters))
    if picture is None:
        place = at.place
        raise ValueError(f"{place.layer}, snapshot {place.snapshot}: all weights are zero, so no unit has a direction")
    return directions_figure(picture)


def _bars(axes: Any, edges: Floats, counts: Ints | Floats, name: str, style: Style) -> Any:
    bars = axes.stairs(counts, edges, fill=True, color=style.colours.accent, alpha=0.4, label=name)
    axes.stairs(counts, edges, color=style.colours.accent, linewidth=0.6 * style.line)
    axes.set_ylim(0.0, 1.05 * max(float(np.max(counts, initial=1)), 1.0))
    return bars
