"""The bulk of a spectrum: the lowest eigenvalues that a Marchenko–Pastur law fits, however many lie above them."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, unit_median

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

FEWEST = 7  # eigenvalues that a variance can be fitted to
_SMALLEST_SHARE = 0.25  # of the eigenvalues; fewer say nothing of a law, because some few always look like one
_MISFIT = 0.25  # Kolmogorov–Smirnov distance at which a bulk is no Marchenko–Pastur law any more

# What the limit of a fitted law is multiplied by, because its variance is known from few eigenvalues only. With it,
# chance goes beyond the limit at most once in 1,000 spectra: `python -m tests.analysis.simulated_margins`.
COUNTS = (7, 9, 13, 17, 25, 33, 65)  # of eigenvalues; odd, whose median is less sure. Beyond 65 it falls as 1/count
RATIOS = (1.0, 0.95, 0.85, 0.7, 0.5, 0.3, 0.15, 0.05, 0.01)  # of the matrix's shorter to its longer side
_WIDENING = np.array(
    [
        (2.279, 2.279, 2.049, 1.648, 1.386, 1.214, 1.115, 1.032, 1.015),
        (1.806, 1.806, 1.580, 1.458, 1.309, 1.168, 1.091, 1.045, 1.012),
        (1.467, 1.424, 1.402, 1.256, 1.151, 1.102, 1.054, 1.016, 1.006),
        (1.318, 1.285, 1.224, 1.188, 1.141, 1.081, 1.045, 1.017, 1.006),
        (1.204, 1.182, 1.149, 1.120, 1.083, 1.046, 1.034, 1.018, 1.006),
        (1.173, 1.146, 1.134, 1.086, 1.077, 1.044, 1.030, 1.013, 1.003),
        (1.063, 1.076, 1.064, 1.045, 1.030, 1.019, 1.016, 1.007, 1.002),
    ]
)


@dataclass(frozen=True)
class Bulk:
    """The lowest `count` eigenvalues of a spectrum and the law that fits them.

    The law is that of a random matrix with as many rows and columns fewer as there are eigenvalues above the bulk:
    what is left of a random matrix beside so many strong directions.
    """

    law: MarchenkoPastur
    count: int

    @property
    def margin(self) -> float:
        """How far beyond λ₊ chance reaches, at most once in 1,000 spectra, with the variance fitted to the bulk."""
        return self.limit - self.law.high

    @property
    def limit(self) -> float:
        """λ₊ and its margin: an eigenvalue beyond it is an outlier."""
        return self.law.limit * _widening(self.law.units, self.law.inputs)

    @property
    def variance(self) -> float:
        """σ² of the law."""
        return self.law.variance

    @property
    def low(self) -> float:
        """The lower edge λ₋ of the law."""
        return self.law.low

    @property
    def high(self) -> float:
        """The upper edge λ₊ of the law."""
        return self.law.high

    @property
    def floor(self) -> float:
        """λ₋ less its margin: chance goes below it at most once in 1,000 spectra, with the variance fitted."""
        return self.law.floor / _widening(self.law.units, self.law.inputs)


def fit_bulk(eigenvalues: Float64Array, units: int, inputs: int) -> Bulk | None:
    """The Marchenko–Pastur bulk beneath the outliers of a spectrum of W Wᵀ, or None where there is none.

    The median eigenvalue is matched with the law's (Gavish & Donoho 2014), what then lies beyond the law's limit is
    set aside, and so on until nothing more does. Where what remains is farther from its law than a
    Kolmogorov–Smirnov distance of 1/4 (+ 1/count, because few eigenvalues cannot be closer), the search goes on in
    its lower half. A bulk is at least a quarter of the min(m, n) eigenvalues and at least 7 of them, and more than
    half of it is not zero up to rounding.
    """
    ascending = np.sort(eigenvalues)
    rounding = ascending[-1] * len(ascending) * np.finfo(np.float64).eps
    fewest = max(FEWEST, _SMALLEST_SHARE * len(ascending))
    count = len(ascending)
    while count >= fewest:
        bulk = _settled(ascending, count, units, inputs, rounding)
        if bulk is None:
            return None
        ends = np.searchsorted(ascending, bulk.limit, side="right") == bulk.count  # and goes on no farther
        if ends and bulk.count >= fewest and _fits(ascending[: bulk.count], bulk.law):
            return bulk
        count = min(bulk.count, count) // 2
    return None


def _settled(ascending: Float64Array, count: int, units: int, inputs: int, rounding: float) -> Bulk | None:
    """The law of the lowest `count` eigenvalues or fewer, none of which lies beyond its limit; None: they are zero."""
    while True:
        above = len(ascending) - count
        median = float(np.median(ascending[:count]))
        if median <= rounding:
            return None
        rows, columns = units - above, inputs - above
        bulk = Bulk(MarchenkoPastur(rows, columns, median / unit_median(rows, columns)), count)
        remaining = int(np.searchsorted(ascending[:count], bulk.limit, side="right"))
        if remaining == count:
            return bulk
        count = remaining


def _fits(bulk: Float64Array, law: MarchenkoPastur) -> bool:
    steps = np.arange(len(bulk) + 1) / len(bulk)
    theory = law.cumulative(bulk)
    distance = max(np.abs(theory - steps[:-1]).max(), np.abs(theory - steps[1:]).max())
    return bool(distance <= _MISFIT + 1.0 / len(bulk))


def _widening(units: int, inputs: int) -> float:
    """Interpolated in the table: straight in the logarithm of the count and in the square root of the ratio."""
    count, ratio = min(units, inputs), min(units, inputs) / max(units, inputs)
    roots = [sqrt(each) for each in reversed(RATIOS)]
    row = [float(np.interp(sqrt(ratio), roots, values[::-1])) for values in _WIDENING]
    known = float(np.interp(log(max(count, FEWEST)), [log(each) for each in COUNTS], row))
    return 1.0 + (known - 1.0) * min(COUNTS[-1] / count, 1.0)
