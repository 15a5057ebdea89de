"""Means with what is known of their error: over repeats of a measurement, and over a finite set of images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import AnyFloatArray, Float64Array

_Z95 = 1.959963984540054  # of the normal distribution, two-sided


@dataclass(frozen=True, eq=False)
class Repeats:
    """What repeats of a measurement (seeds of a random order, runs of a group) say; all of one repeat's shape."""

    count: int
    mean: Float64Array
    variance: Float64Array  # of the sample, ddof 1; NaN for a single repeat, as are the three below

    @property
    def std(self) -> Float64Array:
        """The standard deviation of the sample."""
        return np.sqrt(self.variance)

    @property
    def low(self) -> Float64Array:
        """The lower end of the mean's 95 % interval (Student's t)."""
        return self.mean - self._half_width

    @property
    def high(self) -> Float64Array:
        """The upper end of the mean's 95 % interval (Student's t)."""
        return self.mean + self._half_width

    @property
    def _half_width(self) -> Float64Array:
        return np.asarray(_student(self.count) * self.std / np.sqrt(self.count))


@lru_cache(maxsize=64)
def _student(count: int) -> float:
    """The two-sided 95 % quantile of Student's t over `count` repeats; NaN for a single one."""
    if count < 2:
        return float("nan")
    from scipy.special import stdtrit  # slow to load, and no run needs it to be opened

    return float(stdtrit(count - 1, 0.975))


def over_repeats(values: AnyFloatArray) -> Repeats:
    """The mean, sample variance and 95 % interval of (repeats, …) values, each over the repeats.

    Raises ValueError where there is no repeat.
    """
    repeats = np.asarray(values, dtype=np.float64)
    if repeats.ndim == 0 or not len(repeats):
        raise ValueError("a mean over repeats needs at least one")
    _student(len(repeats))  # here, on whatever thread computes, and not where the interval is drawn
    mean = repeats.mean(axis=0)
    spread = repeats.var(axis=0, ddof=1) if len(repeats) > 1 else np.full_like(mean, np.nan)
    return Repeats(len(repeats), np.asarray(mean), np.asarray(spread))


def wilson_interval(percent: AnyFloatArray | float, images: int) -> tuple[Float64Array, Float64Array]:
    """The 95 % interval (low, high) of percentages that were found on `images` images, each of their shape.

    Wilson's score interval (JASA 22, 1927): it stays inside 0…100 and is right for few images too. It says how far
    the percentage on more images of the same kind may lie; on a whole part the percentage itself is exact. Rounding
    never takes an end past the percentage: low ≤ percent ≤ high. Raises ValueError for a percentage outside 0…100
    and for no image.
    """
    found = np.asarray(percent, dtype=np.float64)
    if not (((found >= 0.0) & (found <= 100.0)).all() and images > 0):
        raise ValueError(f"no interval for {percent} % of {images} images")
    fraction, square = found / 100.0, _Z95**2
    middle = fraction + square / (2 * images)
    reach = _Z95 * np.sqrt(fraction * (1.0 - fraction) / images + square / (4 * images**2))
    scale = 100.0 / (1.0 + square / images)
    low = np.clip((middle - reach) * scale, 0.0, found)
    high = np.clip((middle + reach) * scale, found, 100.0)
    return np.asarray(low), np.asarray(high)
