"""Which units training has made larger: a split of a layer's norms into two groups, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

STRONG = 10.0  # difference of the Bayesian information criteria that counts as very strong (Kass, Raftery 1995)
FEWEST_UNITS = 8
FEWEST_OF_GROUP = 3  # units: one that stands apart is no group
_RESAMPLES = 200
_STEPS = 500
_CONVERGED = 1e-9  # change of the mean log-likelihood
_SMALLEST_SPREAD = 1e-3  # of log-norms: norms within a thousandth are one value
_Mixture = tuple["Float64Array", "Float64Array", "Float64Array", "Float64Array"]


@dataclass(frozen=True, eq=False)
class NormSplit:
    """Two groups of norms. Where one group describes them as well, `threshold` is None and `why` says so."""

    threshold: float | None  # a norm above it more probably belongs to the larger group
    interval: tuple[float, float] | None  # 95 %, by resampling the units
    probability: Float64Array  # (m,) that the unit belongs to the larger group; NaN: no split, or it is removed
    evidence: float  # the criterion of one group less that of two; above 10 is very strong
    why: str = ""  # a clause

    @property
    def above(self) -> NDArray[np.bool_]:
        """The units of the larger group, (m,); none where there is no split."""
        above: NDArray[np.bool_] = self.probability > 0.5
        return above

    @property
    def doubtful(self) -> NDArray[np.bool_]:
        """The units that could be in either group: their probability lies between 5 and 95 %, (m,)."""
        doubtful: NDArray[np.bool_] = (self.probability > 0.05) & (self.probability < 0.95)
        return doubtful


def split_norms(norms: AnyFloatArray, seed: int = 0) -> NormSplit:
    """The norms (m,) of a layer's units as a mixture of two log-normal groups, fitted by expectation maximisation.

    Units of norm 0 are removed and do not count. There is a split where the Bayesian information criterion prefers two
    groups to one by more than 10 and each has at least three units. The threshold is the norm between the groups'
    centres at which both are equally probable; its interval comes from 200 resamples of the units, drawn from `seed`.
    The report's notebook drew this line by hand, at 1.2. ValueError: a norm is negative or not finite.
    """
    values = np.asarray(norms, np.float64)
    if values.ndim != 1 or not np.isfinite(values).all() or (values < 0.0).any():
        raise ValueError("norms are a list of finite numbers that are not negative")
    present = values > 0.0
    logs, unknown = np.log(values[present]), np.full(len(values), np.nan)
    if len(logs) < FEWEST_UNITS:
        why = f"a split needs at least {FEWEST_UNITS} units, and the layer has {len(logs)}"
        return NormSplit(None, None, unknown, 0.0, why)
    mixture = _fitted(logs[None])
    evidence = _evidence(logs, mixture)
    threshold = float(_threshold(mixture)[0])
    smaller = min(int(np.sum(logs > threshold)), int(np.sum(logs <= threshold)))
    if evidence <= STRONG or not np.isfinite(threshold) or smaller < FEWEST_OF_GROUP:
        why = f"two groups of at least {FEWEST_OF_GROUP} units describe the norms no better than one"
        return NormSplit(None, None, unknown, evidence, why)
    probability = unknown.copy()
    larger = np.where(logs > threshold, 1.0, 0.0)
    mixed = _responsibilities(logs[None], mixture)[0][0]
    between = (logs > mixture[1][0, 0]) & (logs < mixture[1][0, 1])
    probability[present] = np.where(between, mixed, larger)  # beyond the centres a wider group never wins again
    random = np.random.default_rng(seed)
    samples = logs[random.integers(len(logs), size=(_RESAMPLES, len(logs)))]
    thresholds = _threshold(_fitted(samples))
    low, high = np.nanpercentile(thresholds, (2.5, 97.5))
    return NormSplit(float(np.exp(threshold)), (float(np.exp(low)), float(np.exp(high))), probability, evidence)


def _fitted(samples: Float64Array) -> _Mixture:
    """Mixtures of two normal distributions for each row of (B, m): shares, centres and spreads, (B, 2), low first,
    and the mean log-likelihoods (B,). They start at the best cut of the sorted values (least squares)."""
    shares, centres, spreads = _first_guess(np.sort(samples, axis=1))
    before = np.full(len(samples), -np.inf)
    for _ in range(_STEPS):
        high, likelihood = _responsibilities(samples, (shares, centres, spreads, before))
        parts = np.stack((1.0 - high, high), axis=2)  # (B, m, 2)
        weight = np.maximum(parts.sum(axis=1), 1e-12)
        shares = weight / samples.shape[1]
        centres = np.einsum("bm,bmk->bk", samples, parts) / weight
        away = np.square(samples[:, :, None] - centres[:, None, :])
        spreads = np.sqrt(np.einsum("bmk,bmk->bk", away, parts) / weight)
        spreads = np.maximum(spreads, _SMALLEST_SPREAD)
        if np.all(np.abs(likelihood - before) < _CONVERGED):
            break
        before = likelihood
    return shares, centres, spreads, likelihood


def _first_guess(ordered: Float64Array) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Shares, centres and spreads of the two groups that the least-squares cut of sorted rows (B, m) makes."""
    count = ordered.shape[1]
    low = np.arange(1, count)
    sums, squares = np.cumsum(ordered, axis=1), np.cumsum(ordered**2, axis=1)
    left = squares[:, :-1] - sums[:, :-1] ** 2 / low
    right = squares[:, -1:] - squares[:, :-1] - (sums[:, -1:] - sums[:, :-1]) ** 2 / (count - low)
    cut = np.argmin(left + right, axis=1)
    every = np.arange(len(ordered))
    sizes = np.stack((cut + 1, count - cut - 1), axis=1).astype(np.float64)
    centres = np.stack((sums[every, cut], sums[:, -1] - sums[every, cut]), axis=1) / sizes
    within = np.stack((left[every, cut], right[every, cut]), axis=1)
    spreads = np.maximum(np.sqrt(np.maximum(within, 0.0) / sizes), _SMALLEST_SPREAD)
    return sizes / count, centres, spreads


def _responsibilities(samples: Float64Array, mixture: _Mixture) -> tuple[Float64Array, Float64Array]:
    """The probability of the high group (B, m), and the mean log-likelihood (B,)."""
    shares, centres, spreads, _ = mixture
    logs = [
        np.log(np.maximum(shares[:, k, None], 1e-300)) + _log_normal(samples, centres[:, k, None], spreads[:, k, None])
        for k in range(2)
    ]
    total = np.logaddexp(*logs)
    return np.exp(logs[1] - total), total.mean(axis=1)


def _log_normal(values: Float64Array, centre: Float64Array, spread: Float64Array) -> Float64Array:
    found: Float64Array = -0.5 * np.square((values - centre) / spread) - np.log(spread) - 0.5 * np.log(2.0 * np.pi)
    return found


def _threshold(mixture: _Mixture) -> Float64Array:
    """Where the groups are equally probable between their centres, (B,); NaN where one wins everywhere between."""
    shares, (low, high), spreads, _ = mixture[0], mixture[1].T, mixture[2], mixture[3]
    a, b = low.copy(), high.copy()

    def lead(at: Float64Array) -> Float64Array:  # of the high group, in log-probability
        parts = [
            np.log(np.maximum(shares[:, k], 1e-300)) + _log_normal(at, mixture[1][:, k], spreads[:, k])
            for k in range(2)
        ]
        return parts[1] - parts[0]

    crossed = (high > low) & (lead(a) < 0.0) & (lead(b) > 0.0)
    for _ in range(60):
        middle = (a + b) / 2.0
        above = lead(middle) > 0.0
        a, b = np.where(above, a, middle), np.where(above, middle, b)
    return np.where(crossed, (a + b) / 2.0, np.nan)


def _evidence(logs: Float64Array, mixture: _Mixture) -> float:
    """BIC of one normal distribution (2 parameters) less that of two (5)."""
    count, spread = len(logs), max(float(logs.std()), _SMALLEST_SPREAD)
    one = float(_log_normal(logs, np.asarray(logs.mean()), np.asarray(spread)).sum())
    two = float(mixture[3][0]) * count
    return float(2.0 * (two - one) - 3.0 * np.log(count))
