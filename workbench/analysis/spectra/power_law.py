"""A power law fitted to the upper tail of a spectrum, after Clauset, Shalizi & Newman (SIAM Review 51, 2009).

λ^(−α) for λ ≥ x_min: α is the maximum-likelihood exponent 1 + n/Σ ln(λ/x_min) of the n eigenvalues in the tail, and
x_min the eigenvalue from which on the tail is closest to its law by the Kolmogorov–Smirnov distance.

The package `weightwatcher` finds the same α and x_min in its default mode (a test compares them). They can differ since
it measures the distance at one side of each step of the distribution only, takes tails shorter than `FEWEST_IN_TAIL`,
and, where told to, clips the largest eigenvalues (`fix_fingers`) or fits a truncated law. Its Marchenko–Pastur edges
are the same function of σ², but it fits σ² to a smoothed density of all eigenvalues, outliers included; see `bulk` for
the fit that leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

FEWEST = 50  # eigenvalues above zero that a law is fitted to; below, the exponent is biased (Clauset et al., section 3)
FEWEST_IN_TAIL = 10
RESAMPLES = 200
_FEW_STARTS = 100  # of a tail, tried in a resample: enough, since they differ by less than the interval is wide


@dataclass(frozen=True)
class PowerLaw:
    """The fitted tail, or why there is none."""

    alpha: float = float("nan")
    x_min: float = float("nan")
    distance: float = float("nan")  # Kolmogorov–Smirnov
    tail: int = 0  # eigenvalues from x_min on
    low: float = float("nan")  # 95 % interval of α by bootstrap over the eigenvalues, x_min fitted anew each time
    high: float = float("nan")
    refusal: str = ""  # why nothing was fitted, a clause

    @property
    def words(self) -> str:
        """The fit in a sentence."""
        if self.refusal:
            return f"No power law is fitted: {self.refusal}."
        interval = "" if np.isnan(self.low) else f" (95 % interval {self.low:.2f} to {self.high:.2f})"
        start = f"the {self.tail} eigenvalues from {self.x_min:.3g}"
        return f"The tail falls as λ^−{self.alpha:.2f}{interval}: {start}, KS distance {self.distance:.2f}."


def fit_power_law(eigenvalues: Float64Array, resamples: int = RESAMPLES, seed: int = 0) -> PowerLaw:
    """The power law of the upper tail, with a seeded bootstrap interval of its exponent; `resamples` 0: without.

    Refused, with the reason, for fewer than `FEWEST` eigenvalues above zero (up to rounding), or where all are equal.
    The interval says how far α moves for other eigenvalues drawn from the same; that the tail is a power law at all it
    does not say. Eigenvalues repel each other, so it is rather too wide.
    """
    ascending = np.sort(np.asarray(eigenvalues, dtype=np.float64))
    rounding = max(ascending[-1], 0.0) * len(ascending) * np.finfo(np.float64).eps if len(ascending) else 0.0
    values = ascending[ascending > rounding]
    if len(values) < FEWEST:
        return PowerLaw(refusal=f"it needs at least {FEWEST} eigenvalues above zero, and there are {len(values)}")
    fitted = _fit(values, len(values))
    if fitted is None:
        return PowerLaw(refusal="the largest eigenvalues are all equal, so they have no tail")
    alpha, x_min, distance, tail = fitted
    low = high = float("nan")
    if resamples:
        random = np.random.default_rng(seed)
        drawn = (np.sort(random.choice(values, len(values))) for _ in range(resamples))
        exponents = [again[0] for each in drawn if (again := _fit(each, _FEW_STARTS)) is not None]
        low, high = (float(end) for end in np.quantile(exponents, (0.025, 0.975)))
    return PowerLaw(alpha, x_min, distance, tail, low, high)


def _fit(ascending: Float64Array, most_starts: int) -> tuple[float, float, float, int] | None:
    """(α, x_min, distance, tail length) at the start with the least distance; None: no tail has two values.

    Of equal distances the longest tail counts. Where there are more starts than `most_starts`, evenly many are tried.
    """
    logs, count = np.log(ascending), len(ascending)
    possible = np.searchsorted(ascending, np.unique(ascending))  # the first of equal ones
    possible = possible[possible <= count - FEWEST_IN_TAIL]
    if len(possible) > most_starts:
        possible = possible[np.unique(np.linspace(0, len(possible) - 1, most_starts).astype(int))]
    best: tuple[float, float, float, int] | None = None
    sums = np.cumsum(logs[::-1])[::-1]
    for start in possible.tolist():
        tail = count - start
        excess = float(sums[start] - tail * logs[start])
        if excess <= 0.0:
            continue
        exponent = tail / excess  # α − 1
        law = 1.0 - np.exp(-exponent * (logs[start:] - logs[start]))
        steps = np.arange(tail + 1) / tail
        distance = float(max((steps[1:] - law).max(), (law - steps[:-1]).max()))
        if best is None or distance < best[2]:
            best = (1.0 + exponent, float(ascending[start]), distance, tail)
    return best
