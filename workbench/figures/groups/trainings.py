"""The same numbers in every training of a group: their mean, its interval, and how figures draw and list them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import Repeats, over_repeats
from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.figure import Cell, Floats
    from workbench.figures.style import Style
    from workbench.runs.collection.groups import RunGroup

BAND, THIN = 60 / 255, 0.45  # how opaque the interval and the curves of the runs are, here and in the panels
WIDTH = 0.5  # of the curves of the runs, beside the mean's
DOT, OPAQUE = 0.2, 0.7  # of the dots of the runs: times the font, and how opaque
SPREAD = ("standard deviation", "95 % low", "95 % high")


@dataclass(frozen=True, eq=False)
class Over:
    """A mean and what is known of its error, all of one shape; NaN where that is not known."""

    mean: Floats
    std: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Trainings:
    """The numbers of each run, (runs, …), and what the column of each run is called."""

    values: Floats
    names: tuple[str, ...]

    @cached_property
    def over(self) -> Over:
        """Mean and 95 % interval (Student's t) over the runs that have a number; NaN where none has."""
        return over_known(self.values)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that stand beside the mean: its spread, then one for each run."""
        return (*SPREAD, *self.names)

    def cells(self, at: int) -> tuple[Cell, ...]:
        """What stands in these columns of the numbers at one place of the curve."""
        over = self.over
        return tuple(float(each[at]) for each in (over.std, over.low, over.high, *self.values))

    def draw(self, axes: Any, x: Floats, colour: str, style: Style) -> None:
        """Draw the interval and, thin, the curve of each run, both under the mean."""
        draw_spread(axes, x, self.over.low, self.over.high, self.values, colour, style)

    def draw_runs(self, axes: Any, x: Floats, colour: str, style: Style) -> None:
        """Draw, thin, the curve of each run."""
        for values in self.values:
            axes.plot(x, values, color=colour, alpha=THIN, linewidth=WIDTH * style.line, zorder=1.5)

    def draw_bins(self, axes: Any, edges: Floats, middles: Floats, colour: str, style: Style) -> None:
        """Draw the interval of each bin, and a dot for each run in the bins that are not empty in all of them."""
        _band(axes, np.repeat(edges, 2)[1:-1], np.repeat(self.over.low, 2), np.repeat(self.over.high, 2), colour)
        filled = np.flatnonzero(self.values.any(axis=0))
        self.draw_dots(axes, middles[filled], filled.tolist(), colour, style)

    def draw_dots(self, axes: Any, x: Floats, at: Sequence[int], colour: str, style: Style) -> None:
        """Draw the numbers of each run at these places of the curve, which lie at `x`, as dots."""
        look: Any = {"linestyle": "none", "marker": "o", "markersize": DOT * style.font, "markeredgewidth": 0.0}
        for values in self.values:
            axes.plot(x, values[list(at)], color=colour, alpha=OPAQUE, zorder=1.8, **look)


def draw_spread(axes: Any, x: Floats, low: Floats, high: Floats, values: Floats, colour: str, style: Style) -> None:
    """Draw an interval over `x`, (L,), and thin the curve of each run, (runs, L), both under the mean."""
    _band(axes, x, low, high, colour)
    for each in values:
        axes.plot(x, each, color=colour, alpha=THIN, linewidth=WIDTH * style.line, zorder=1.5)


def _band(axes: Any, x: Floats, low: Floats, high: Floats, colour: str) -> None:
    known = np.isfinite(low)
    axes.fill_between(x[known], low[known], high[known], color=colour, alpha=BAND, linewidth=0, zorder=1)


def over_known(values: Floats) -> Over:
    """Mean, deviation and 95 % interval of (runs, …) numbers, at each place over the runs that have one there."""
    if np.isfinite(values).all():
        whole = over_repeats(values)
        return Over(whole.mean, whole.std, whole.low, whole.high)
    columns = values.reshape(len(values), -1)
    found = np.full((4, columns.shape[1]), np.nan)
    for at, column in enumerate(columns.T):
        known = column[np.isfinite(column)]
        if len(known):
            over = over_repeats(known)
            found[:, at] = over.mean, over.std, over.low, over.high
    return Over(*found.reshape(4, *values.shape[1:]))


def mean_words(group: RunGroup) -> str:
    """What legends call a mean: "mean of 3 trainings (seeds 0, 1, 2), 95 % interval"."""
    return f"mean of {group.trainings}, 95 % interval"


def interval_words(over: Repeats | Over, digits: int, unit: str = "") -> str:
    """A mean with its interval: "98.52 % (97.10 to 99.94)"; "" where it is not known."""
    mean, low, high = (float(each) for each in (over.mean, over.low, over.high))
    if not np.isfinite(mean):
        return ""
    return f"{mean:.{digits}f}{unit}" + (f" ({low:.{digits}f} to {high:.{digits}f})" if np.isfinite(low) else "")
