"""Plots as numbers from 0 to `SIZE` along their axes, with the numbers at the axes: a page only has to draw them."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.spectrum.figure import axis_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.figures.spectrum.figure import Law, SpectrumFigure
    from workbench.figures.training import Trace

SIZE = 1000  # of each axis: a position is at most half a thousandth of the axis off
BEYOND = 4 * SIZE  # no curve goes further
POINTS = 100  # of a curve
TICKS = 5
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
FEW_DECADES = 2.5  # with the numbers 2 and 5 of each


def spectrum_axis(figure: SpectrumFigure) -> dict[str, Any]:
    """The axis of eigenvalues: the same for all snapshots."""
    low, high = figure.view
    ends = (log10(low), log10(high)) if figure.scale == "log" else figure.view
    return {
        "label": axis_label(figure.matrix),
        "height": figure.height,
        "bins": _along(figure, figure.edges).tolist(),
        "ticks": ticks_of_decades(*ends) if figure.scale == "log" else ticks(*ends),
    }


def spectrum_moment(figure: SpectrumFigure) -> dict[str, Any]:
    """The bars, laws and outliers of a snapshot; `top` is what the height of the plot stands for."""
    top = figure.top
    return {
        "top": float(f"{top:.4g}"),
        "ticks": ticks(0.0, top),
        "bars": _scaled(figure.density, 0.0, top).tolist(),
        "first": [] if figure.initial is None else _scaled(figure.initial, 0.0, top).tolist(),
        "null": [] if figure.null is None else _scaled(figure.null, 0.0, top).tolist(),
        "laws": {law.name: [_curve(figure, law), _along(figure, law.edges).tolist()] for law in figure.laws},
        "rug": [[at, f"{value:.3g}"] for at, value in _rug(figure)],
    }


def curves(traces: Sequence[Trace], word: str, marks: Sequence[float]) -> dict[str, Any] | None:
    """Accuracies in percent over the training; `marks` is where each snapshot lies. None: there are none."""
    known = [trace for trace in traces if np.isfinite(trace.y).any()]
    if not known:
        return None
    places = np.concatenate([trace.x for trace in known])
    low, high = float(places.min()), float(places.max())
    high = high if high > low else low + 1.0
    least = min(float(np.nanmin(trace.y)) for trace in known)
    floor_of = 10.0 * floor(min(least, 95.0) / 10.0)
    return {
        "label": word,
        "height": "accuracy (%)",
        "xticks": ticks(low, high),
        "yticks": ticks(floor_of, 100.0),
        "marks": [_scaled(np.array([at]), low, high).tolist()[0] for at in marks],
        "values": [_values(known, at) for at in marks],
        "parts": {trace.part: _line(trace, (low, high), (floor_of, 100.0)) for trace in known},
    }


def ticks(low: float, high: float) -> list[list[Any]]:
    """Round numbers on a linear axis from `low` to `high`: where each lies, and its text."""
    width = (high - low) / TICKS
    power = 10.0 ** floor(log10(width))
    step = power * next(each for each in STEPS if each * power >= width * (1.0 - 1e-9))
    found = [each * step for each in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
    return [[int(_scaled(np.array([value]), low, high)[0]), f"{value + 0.0:.4g}"] for value in found]


def ticks_of_decades(low: float, high: float) -> list[list[Any]]:
    """Round numbers on a logarithmic axis, whose ends are decimal logarithms."""
    every = max(ceil((high - low) / (TICKS + 1)), 1)
    firsts = (1, 2, 5) if high - low < FEW_DECADES else (1,)
    found = []
    for decade in range(floor(low), ceil(high) + 1):
        for first in firsts if decade % every == 0 else ():
            at = decade + log10(first)
            if low - 1e-9 <= at <= high + 1e-9:
                value = first * 10.0**decade
                found.append([int(_scaled(np.array([at]), low, high)[0]), f"{value:.4g}"])
    return found


def _along(figure: SpectrumFigure, values: Any) -> Any:
    """Eigenvalues as places on their axis."""
    values, (low, high) = np.asarray(values, np.float64), figure.view
    if figure.scale == "log":
        values, low, high = np.log10(np.maximum(values, 1e-300)), log10(low), log10(high)
    return _scaled(values, low, high)


def _scaled(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.int64]:
    whole = np.rint((values - low) / (high - low) * SIZE)
    return np.asarray(np.clip(np.nan_to_num(whole), -BEYOND, BEYOND), np.int64)


def _curve(figure: SpectrumFigure, law: Law) -> list[int]:
    """At most `POINTS` of a law, x and y in turn."""
    x, y = _along(figure, law.x), _scaled(law.density, 0.0, figure.top)
    chosen = np.unique(np.linspace(0, len(x) - 1, min(len(x), POINTS)).round().astype(np.int64))
    flat: list[int] = np.stack((x[chosen], y[chosen]), axis=1).ravel().tolist()
    return flat


def _line(trace: Trace, across: tuple[float, float], up: tuple[float, float]) -> list[int]:
    there = np.isfinite(trace.y)
    flat: list[int] = np.stack(
        (_scaled(trace.x[there], *across), _scaled(trace.y[there], *up)), axis=1
    ).ravel().tolist()  # fmt: skip
    return flat


def _values(traces: Sequence[Trace], at: float) -> str:
    """What the curves say at a place: "train 99.1 %, test 98.3 %"."""
    found = [(trace.part, trace.y[trace.x == at]) for trace in traces]
    said = [f"{part} {value[0]:.4g} %" for part, value in found if len(value) and np.isfinite(value[0])]
    return ", ".join(said) or "not measured here"


def _rug(figure: SpectrumFigure) -> list[tuple[int, float]]:
    places = _along(figure, figure.outliers).tolist()
    return [(at, value) for at, value in zip(places, figure.outliers.tolist(), strict=True) if 0 <= at <= SIZE]
