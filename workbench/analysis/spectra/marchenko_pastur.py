"""The Marchenko–Pastur law of W Wᵀ and its finite-size margins.

W is m × n, Q = n/m, its entries independent of variance σ² (report, section 3.3; Marčenko & Pastur 1967). The
density is per eigenvalue of the whole m × m matrix: its integral is min(1, Q), because for Q < 1 the
remaining 1 − Q is an atom of m − n certain zeros at λ = 0, which is never part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

Scale = Literal["linear", "log"]

_TRACY_WIDOM_999 = 3.2724  # 99.9 % of the largest eigenvalues of chance lie below it (Bejan 2005, β = 1)
_LOWER_999 = 3.9  # the same of the logarithm of the smallest one, widened until that holds for the smallest matrices


@dataclass(frozen=True)
class MarchenkoPastur:
    """The Marchenko–Pastur law of W Wᵀ for m units, n inputs and entries of variance σ²."""

    units: int
    inputs: int
    variance: float

    def __post_init__(self) -> None:
        if self.units < 1 or self.inputs < 1 or not 0.0 < self.variance < np.inf:
            raise ValueError(f"no Marchenko–Pastur law for {self}: all three must be positive and finite")

    @property
    def low(self) -> float:
        """The lower edge, nσ²(1 − √(1/Q))²."""
        return self.variance * (sqrt(self.inputs) - sqrt(self.units)) ** 2

    @property
    def high(self) -> float:
        """The upper edge λ₊ = nσ²(1 + √(1/Q))²."""
        return self.variance * (sqrt(self.inputs) + sqrt(self.units)) ** 2

    @property
    def margin(self) -> float:
        """How far beyond λ₊ chance still reaches at this size, at most once in 1,000 spectra: about m^(−2/3) of it.

        The Tracy–Widom scale σ²(√n + √m)(1/√n + 1/√m)^(1/3) (Johnstone 2001) times its 99.9 % point.
        """
        rows, columns = sqrt(self.units), sqrt(self.inputs)
        spread = (rows + columns) * (1.0 / rows + 1.0 / columns) ** (1.0 / 3.0)
        return _TRACY_WIDOM_999 * self.variance * float(spread)

    @property
    def limit(self) -> float:
        """λ₊ and its margin: an eigenvalue beyond it is an outlier."""
        return self.high + self.margin

    @property
    def floor(self) -> float:
        """λ₋ less its margin: chance goes below it at most once in 1,000 spectra. 0 for a square matrix.

        The logarithm of the smallest eigenvalue follows the Tracy–Widom law, mirrored (Ma 2012), with m and n
        each smaller by a half.
        """
        longer, shorter = (sqrt(count - 0.5) for count in sorted((self.units, self.inputs), reverse=True))
        edge = (longer - shorter) ** 2
        if edge == 0.0:
            return 0.0
        spread = (longer - shorter) * (1.0 / shorter - 1.0 / longer) ** (1.0 / 3.0) / edge
        return self.variance * edge * float(exp(-_LOWER_999 * spread))

    def density(self, x: Float64Array) -> Float64Array:
        """The density per unit of λ at `x`, integrating to min(1, Q); 0 outside the edges and at λ = 0."""
        points = np.asarray(x, dtype=np.float64)
        under = (self.high - points) * (points - self.low)
        inside = (under > 0.0) & (points > 0.0)
        safe = np.where(inside, points, 1.0)
        height = np.sqrt(np.where(inside, under, 0.0)) / (2.0 * np.pi * self.units * self.variance * safe)
        return np.where(inside, height, 0.0)

    def cumulative(self, x: Float64Array) -> Float64Array:
        """The fraction of the min(m, n) eigenvalues that are not certain zeros below `x`, from 0 to 1."""
        unit_points, fractions = _unit_distribution(self.units, self.inputs)
        below: Float64Array = np.interp(np.asarray(x) / self.variance, unit_points, fractions)
        return below

    def curve(self, scale: Scale = "linear", points: int = 400) -> tuple[Float64Array, Float64Array]:
        """The law as (λ > 0, density) for a line over a histogram of that scale, denser at the edges.

        The density is per unit of λ ("linear") or per decade ("log").
        """
        x = self._grid(points)
        x = x[x > 0.0]
        per_unit = self.density(x)
        return x, per_unit if scale == "linear" else per_unit * x * np.log(10.0)

    def _grid(self, points: int) -> Float64Array:
        middle, radius = (self.high + self.low) / 2.0, (self.high - self.low) / 2.0
        grid: Float64Array = middle - radius * np.cos(np.linspace(0.0, np.pi, points))
        return grid


def marchenko_pastur_edges(units: int, inputs: int, variance: float) -> tuple[float, float]:
    """The edges nσ²(1 ∓ √(1/Q))² of the Marchenko–Pastur law of W Wᵀ, lower first."""
    law = MarchenkoPastur(units, inputs, variance)
    return law.low, law.high


def marchenko_pastur_density(x: Float64Array, units: int, inputs: int, variance: float) -> Float64Array:
    """The Marchenko–Pastur density of W Wᵀ per unit of λ at `x`; its integral is min(1, Q)."""
    return MarchenkoPastur(units, inputs, variance).density(x)


def unit_median(units: int, inputs: int) -> float:
    """The median of the law of variance 1, of the min(m, n) eigenvalues that are not certain zeros."""
    return float(np.interp(0.5, *_unit_distribution(units, inputs)[::-1]))


@lru_cache(maxsize=256)
def _unit_distribution(units: int, inputs: int) -> tuple[Float64Array, Float64Array]:
    """λ and the fraction of the law of variance 1 below it, summed over the angle, where it is smooth."""
    law = MarchenkoPastur(units, inputs, 1.0)
    angle = np.linspace(0.0, np.pi, 2001)
    x = law._grid(len(angle))
    height = np.divide(np.sin(angle) ** 2, x, out=np.zeros_like(x), where=x > 0.0)
    if units == inputs:
        height = 1.0 + np.cos(angle)  # the limit of sin²/(1 − cos), which rounds to 0/0 at λ = 0
    areas = np.concatenate(([0.0], np.cumsum(height[1:] + height[:-1])))
    return x, areas / areas[-1]
