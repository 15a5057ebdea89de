"""The axes of a spectrum: chosen so that they stay still while the timeline is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log2, log10
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.spectrum.others import snapshots_of_axes, spectrum_of
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.figures.spectrum.picture import Question
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Curve = tuple[Float64, Float64]

WIDEST = 2.0  # times the bins: a linear axis extends no further for outliers, or the bulk would be too narrow to see
QUARTER_DECADES = 4


@dataclass(frozen=True, eq=False)
class Axes:
    """The scale, the bins and what is seen, the same for all snapshots of these runs."""

    scale: Scale
    edges: Float64  # (bins + 1,) in λ
    view: tuple[float, float]  # of the axis of eigenvalues
    firsts: tuple[SpectrumResult | None, ...]  # the spectrum of each run at snapshot 0, where the axes depend on it


def axes_of(question: Question, places: Sequence[Place], quickly: bool) -> Axes:
    """The axes of what is asked at these places, one of each run. RunError as `spectrum_of`."""
    at = [[place.at(each) for each in snapshots_of_axes(place, question.about)] for place in places]
    scale = question.scale or _scale(_end(each, question, None) for of_run in at for each in of_run)
    ends = [{each.snapshot: _end(each, question, scale) for each in of_run} for of_run in at]
    references = [end for of_run in ends for end in of_run.values() if end is not None]
    firsts = tuple(of_run.get(0) for of_run in ends)
    here = (spectrum_of(place, question.about, scale, quickly=quickly) for place in places)
    fixed = references or [each for each in here if each.entries is not None]
    if not fixed:  # every weight is zero: nothing is drawn
        return Axes(scale, np.array([0.0, 1.0]), (0.0, 1.0), firsts)
    edges = _edges(fixed, scale)
    return Axes(scale, edges, _view(edges, [each.eigenvalues for each in references], scale), firsts)


def on_axis(values: Float64, scale: Scale) -> Float64:
    """λ in the coordinates of its axis."""
    return np.log10(values) if scale == "log" else values


def _end(place: Place, question: Question, scale: Scale | None) -> SpectrumResult | None:
    """A spectrum by which the axes are chosen; None where it is not finite or all zero."""
    try:
        found = spectrum_of(place, question.about, scale, quiet=False)
    except RunError:  # diverged there: nothing to hold the axes still with
        return None
    return found if found.entries is not None else None


def _scale(ends: Iterable[SpectrumResult | None]) -> Scale:
    """The one that any of the ends asks for, so that the axis does not change in between."""
    return "log" if "log" in {end.scale for end in ends if end is not None} else "linear"


def _edges(fixed: Sequence[SpectrumResult], scale: Scale) -> Float64:
    """The bins of these spectra together, rounded so that a growing run rarely moves them."""
    low = min(float(result.edges[0]) for result in fixed)
    high = max(float(result.edges[-1]) for result in fixed)
    bins = len(fixed[0].edges)
    if scale == "linear":
        unit = float(fixed[0].edges[-1])
        return np.linspace(0.0, unit * _quarters_up(high / unit), bins)
    return np.logspace(
        floor(log10(low) * QUARTER_DECADES) / QUARTER_DECADES,
        ceil(log10(high) * QUARTER_DECADES) / QUARTER_DECADES,
        bins,
    )


def _quarters_up(ratio: float) -> float:
    return ceil(ratio * 4.0 - 1e-9) / 4.0


def _view(edges: Float64, references: Sequence[Float64], scale: Scale) -> tuple[float, float]:
    low, high = (float(edge) for edge in on_axis(edges[[0, -1]], scale))
    if scale == "log":
        return low, high
    largest = max((float(values[0]) for values in references), default=0.0)
    return low, high * min(max(_quarters_up(1.05 * largest / high), 1.0), WIDEST)


def top_of(density: Float64, initial: Float64, curves: dict[str, Curve]) -> float:
    """The initial spectrum fills the axis; a higher one doubles it as often as needed: few steps."""
    usual = _height(initial, curves["initialiser"]) or _height(density, curves["entries"]) or 1.0
    now = _height(density, curves["entries"])
    return 1.08 * usual * 2.0 ** max(ceil(log2(max(now / usual, 1e-9))), 0)


def _height(density: Float64, curve: Curve) -> float:
    """Of bars and curve; the law of a square layer goes to infinity at 0 and must not flatten the bars."""
    bars = float(density.max())
    return max(bars, min(float(curve[1].max(initial=0.0)), 1.5 * bars))
