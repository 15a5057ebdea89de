"""What a set of pruning curves says: the area under each, and which order is best where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.analysis.matrices import AnyFloatArray


@dataclass(frozen=True)
class Area:
    """The mean height of a curve over its levels, in the curve's unit, and its 95 % interval."""

    mean: float
    low: float  # NaN, as is `high`, where neither repeats nor a number of images were given
    high: float
    up_to: int  # the last level that counts


@dataclass(frozen=True)
class Winner:
    """A range of levels, both ends included, over all of which the same orders are best; the first is named."""

    names: tuple[str, ...]
    first: int
    last: int

    @property
    def name(self) -> str:
        """The best order; of several that are equally good, the one given first."""
        return self.names[0]


def area_under(
    curves: AnyFloatArray, up_to: int | None = None, levels: Sequence[int] | None = None, images: int | None = None
) -> Area:
    """The area under a curve over its width: the mean over every level 0…`up_to` (the last), ends included.

    `curves` is (L,) or, for repeats, (repeats, L), at the `levels` removed (0…L−1 if not said); levels between
    are interpolated linearly. The interval is Student's t over two repeats or more; for one curve of
    accuracies (in %) on `images` images it is Wilson's for that mean: too wide rather than too narrow, because
    it takes an image that survives half of the curve for one that is right half of the time. This is how the
    report's code compares orders (LeNet fc1, to 270 of 300). Raises ValueError for a curve that does not reach
    `up_to`, for other shapes, and for levels that do not ascend from 0.
    """
    heights = np.atleast_2d(np.asarray(curves, dtype=np.float64))
    at = _checked_levels(heights, levels)
    last = int(at[-1]) if up_to is None else up_to
    if not 0 <= last <= at[-1]:
        raise ValueError(f"the curve ends at {at[-1]} removed, so there is no area up to {last}")
    every = np.arange(last + 1)
    areas = over_repeats(np.array([np.interp(every, at, curve).mean() for curve in heights]))
    mean = float(areas.mean)
    if areas.count == 1 and images is not None:
        low, high = wilson_interval(mean, images)
        return Area(mean, float(low), float(high), last)
    return Area(mean, float(areas.low), float(areas.high), last)


def winners(curves: Mapping[str, AnyFloatArray], margin: float = 0.0) -> tuple[Winner, ...]:
    """The fewest ranges that cover all levels such that over each of them one order is best.

    `curves` are (L,) by name, larger is better (give negated losses); an order is best at a level if it is
    within `margin` of the largest there. Raises ValueError for no curve, different lengths, or a negative margin.
    """
    names = tuple(curves)
    lengths = {np.shape(curve) for curve in curves.values()}
    if len(lengths) != 1 or (0,) in lengths or margin < 0.0:
        raise ValueError(f"winners needs curves of one length and a margin ≥ 0, not {sorted(lengths)} and {margin}")
    heights = np.stack([np.asarray(curves[name], dtype=np.float64) for name in names])
    best = heights >= heights.max(axis=0) - margin
    ranges: list[Winner] = []
    first, leading = 0, best[:, 0]
    for level in range(1, best.shape[1]):
        still = leading & best[:, level]
        if not still.any():
            ranges.append(_winner(names, leading, first, level - 1))
            first, still = level, best[:, level]
        leading = still
    return (*ranges, _winner(names, leading, first, best.shape[1] - 1))


def winners_in_words(ranges: Sequence[Winner]) -> str:
    """The ranges as a sentence: "max_mag best up to 120 of 256, then max_fp up to 256"."""
    if not ranges:
        raise ValueError("no ranges to describe")
    start, *rest = ranges
    sentence = f"{start.name} best up to {start.last} of {ranges[-1].last}"
    return "".join((sentence, *(f", then {winner.name} up to {winner.last}" for winner in rest)))


def _winner(names: tuple[str, ...], leading: AnyFloatArray, first: int, last: int) -> Winner:
    return Winner(tuple(name for name, leads in zip(names, leading, strict=True) if leads), first, last)


def _checked_levels(heights: AnyFloatArray, levels: Sequence[int] | None) -> AnyFloatArray:
    if heights.ndim != 2 or not heights.size:
        raise ValueError(f"a curve has one value per level, repeats one row each; these are {heights.shape}")
    at = np.arange(heights.shape[1], dtype=np.float64) if levels is None else np.asarray(levels, dtype=np.float64)
    if at.shape != heights.shape[1:] or at[0] != 0.0 or not (np.diff(at) > 0.0).all():
        raise ValueError(f"a curve of {heights.shape[1]} values needs as many levels, ascending from 0")
    return at
