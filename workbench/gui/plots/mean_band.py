"""How every plot draws a mean over trainings: a band for its interval, and the numbers of each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from workbench.figures.groups.trainings import BAND, THIN, mean_words
from workbench.figures.timeline.tracks import inside
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Curve
from workbench.gui.state import theme
from workbench.runs.collection.groups import RunGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.timeline.tracks import Shown, Track
    from workbench.gui.plots.legend import Mark
    from workbench.gui.plots.plot import Plot
    from workbench.runs.run import Run

    Floats = NDArray[np.float64]

DOT = 4  # pixels


class MeanBand:
    """The items that lie under the curve of a mean; made once for a plot and fed with `show`.

    `moves_axes`: the axes, which fit themselves to the data, show all of it.
    """

    def __init__(self, plot: Plot, z: float = -10.0, moves_axes: bool = False) -> None:
        self.band = Curve(pen=None, fillLevel="enclosed")
        self.runs = Curve(connect="finite")
        self.dots = pg.ScatterPlotItem(size=DOT, pen=None)
        for at, item in enumerate(self.items):
            item.setZValue(z + 0.1 * at)
            plot.addItem(item, ignoreBounds=not moves_axes)

    @property
    def items(self) -> tuple[Curve, Curve, pg.ScatterPlotItem]:
        """All that is drawn, from below."""
        return self.band, self.runs, self.dots

    def wear(self, colour: QColor | str) -> None:
        """Take on the colour of the mean's curve."""
        band, thin = QColor(colour), QColor(colour)
        band.setAlphaF(BAND)
        thin.setAlphaF(THIN)
        self.band.setBrush(band)
        self.runs.setPen(theme.line(thin))
        self.dots.setBrush(theme.brush(QColor(colour)))

    def show(self, x: Floats, low: Floats, high: Floats) -> None:
        """The interval from `low` to `high` over `x`, (L,) each; nothing where it is not known."""
        known = np.isfinite(low) & np.isfinite(high)
        across = x[known]
        self.band.setData(np.append(across, across[::-1]), np.append(low[known], high[known][::-1]))

    def show_runs(self, x: Floats, values: Floats) -> None:
        """Thin, the curve of each run, (runs, L)."""
        gap = np.full((len(values), 1), np.nan)
        self.runs.setData(np.tile(np.append(x, np.nan), len(values)), np.hstack([values, gap]).ravel())

    def show_dots(self, x: Floats, values: Floats) -> None:
        """A dot for each number of each run, (runs, L)."""
        self.dots.setData(np.tile(x, len(values)), values.ravel())

    def show_bins(self, ticks: Floats, runs: Trainings | None) -> None:
        """Of a histogram the interval of each bin, and a dot for each run in those that are not empty in all of them.

        `ticks` are the edges of the bins, (bins + 1,); without `runs` nothing is drawn.
        """
        if runs is None:
            self.clear()
            return
        filled = runs.values.any(axis=0)
        self.show(np.repeat(ticks, 2)[1:-1], np.repeat(runs.over.low, 2), np.repeat(runs.over.high, 2))
        self.show_dots(((ticks[1:] + ticks[:-1]) / 2)[filled], runs.values[:, filled])

    def clear(self) -> None:
        """Draw nothing."""
        for item in self.items:
            item.setData([], [])


class TrackRuns:
    """Of the tracks of the timeline the intervals, and the curve of each run; items are made once they are needed."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self.bands: dict[str, MeanBand] = {}

    def show(
        self, shown: Shown, heights: Callable[[Track, Floats], Floats], colour: Callable[[str], QColor | str]
    ) -> None:
        """What the tracks have of runs, at the heights and in the colours of their curves; nothing else."""
        of_runs = {name: (track, runs) for track in shown.tracks for name, runs in track.runs.items()}
        for name, band in self.bands.items():
            if name not in of_runs:
                band.clear()
        for name, (track, runs) in of_runs.items():
            if name not in self.bands:
                self.bands[name] = MeanBand(self._plot)
            band = self.bands[name]
            band.wear(colour(name))
            band.show(shown.time.places, *(heights(track, each) for each in inside(track.scale, runs)))
            band.show_runs(shown.time.places, heights(track, runs.values))

    def clear(self) -> None:
        """Draw nothing."""
        for band in self.bands.values():
            band.clear()


def mean_entries(source: Run | RunGroup | None, each: Mark = "line") -> tuple[Entry, ...]:
    """What a legend says of a mean: of how many trainings, and what the band is; nothing where there is no group."""
    if not isinstance(source, RunGroup):
        return ()
    colour = QColor(theme.current().faint)
    colour.setAlphaF(2 * BAND)
    return (Entry(mean_words(source), colour, "box"), Entry("each run", theme.current().faint, each))
