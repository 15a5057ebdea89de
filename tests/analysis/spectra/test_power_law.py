"""The power law of a tail: planted ones are found, a twin agrees, and few eigenvalues are refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.analysis.spectra.power_law import FEWEST_IN_TAIL, fit_power_law


def twin(values):
    """The definition of Clauset and others, start by start, with scipy's Kolmogorov–Smirnov distance."""
    best = None
    for x_min in sorted(set(values)):
        tail = np.sort(values[values >= x_min])
        if len(tail) < FEWEST_IN_TAIL or tail[0] == tail[-1]:
            continue
        alpha = 1 + len(tail) / np.log(tail / x_min).sum()
        distance = stats.kstest(tail, lambda x, a=alpha, s=x_min: 1 - (x / s) ** (1 - a)).statistic
        if best is None or distance < best[2]:
            best = alpha, x_min, distance, len(tail)
    return best


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_is_that_of_its_definition(seed):
    random = np.random.default_rng(seed)
    values = np.concatenate((random.uniform(0.1, 1.0, 60), random.pareto(2.0, 60) + 1.0))
    found = fit_power_law(values, resamples=0)
    assert (found.alpha, found.x_min, found.distance, found.tail) == pytest.approx(twin(values))
    assert np.isnan(found.low)
    assert "interval" not in found.words


@pytest.mark.parametrize("alpha", [1.8, 3.0, 5.0])
def test_a_planted_exponent_lies_in_its_interval(alpha):
    inside = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        values = np.concatenate((random.uniform(0.2, 1.0, 50), random.pareto(alpha - 1.0, 150) + 1.0))
        found = fit_power_law(values, resamples=30, seed=seed)
        inside += found.low <= alpha <= found.high
    assert inside >= 6  # of a 95 % interval


def test_the_interval_follows_the_seed_and_scale_changes_nothing():
    values = np.random.default_rng(0).pareto(2.0, 100) + 1.0
    one, same, other = (fit_power_law(values, 40, seed) for seed in (0, 0, 1))
    assert one == same
    assert (one.low, one.high) != (other.low, other.high)
    scaled = fit_power_law(1e-6 * values, 40)
    assert (scaled.alpha, scaled.low) == pytest.approx((one.alpha, one.low))
    assert scaled.x_min == pytest.approx(1e-6 * one.x_min)


def test_too_few_eigenvalues_are_refused_with_the_reason():
    values = np.append(np.random.default_rng(0).pareto(2.0, 49) + 1.0, np.zeros(80))
    found = fit_power_law(values)
    assert found.refusal == "it needs at least 50 eigenvalues above zero, and there are 49"
    assert found.words == f"No power law is fitted: {found.refusal}."
    assert np.isnan(found.alpha)
    assert fit_power_law(np.zeros(0)).refusal.endswith("there are 0")
    assert "all equal" in fit_power_law(np.ones(80)).refusal
