"""Norms in two groups: planted groups, one group, and the report's line at 1.2."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.directions.norms import split_norms


@pytest.mark.parametrize("seed", range(5))
def test_two_planted_groups_are_told_apart(seed: int) -> None:
    random = np.random.default_rng(seed)
    norms = np.exp(np.concatenate((random.normal(0.0, 0.03, 120), random.normal(0.7, 0.15, 136))))
    found = split_norms(norms, seed)
    assert found.threshold is not None
    assert found.interval is not None
    assert found.interval[0] <= found.threshold <= found.interval[1]
    assert found.interval[0] > 1.03
    assert found.interval[1] < 1.6
    assert (
        np.array_equal(found.above, np.arange(256) >= 120) or int((found.above != (np.arange(256) >= 120)).sum()) <= 2
    )
    assert found.evidence > 100


@pytest.mark.parametrize("seed", range(20))
def test_one_group_is_not_split(seed: int) -> None:
    found = split_norms(np.exp(np.random.default_rng(seed).normal(0.3, 0.2, 200)))
    assert found.threshold is None
    assert found.interval is None
    assert found.why == "two groups of at least 3 units describe the norms no better than one"
    assert np.isnan(found.probability).all()
    assert not found.above.any()


def test_norms_of_an_initialisation_are_one_group() -> None:
    weights = np.random.default_rng(1).standard_normal((256, 400)) * 0.05
    assert split_norms(np.linalg.norm(weights, axis=1)).threshold is None


def test_the_threshold_is_where_both_groups_are_equally_probable() -> None:
    """Equal shares and spreads: in the middle of the log-norms."""
    half = np.linspace(-0.2, 0.2, 101)
    found = split_norms(np.exp(np.concatenate((half, half + 2.0))))
    assert found.threshold == pytest.approx(np.exp(1.0), rel=1e-3)
    assert np.all(np.diff(found.probability) >= 0.0)


def test_scale_moves_the_threshold_and_nothing_else() -> None:
    random = np.random.default_rng(7)
    norms = np.concatenate((random.uniform(0.9, 1.1, 50), random.uniform(2.0, 4.0, 50)))
    one, ten = split_norms(norms), split_norms(10 * norms)
    assert ten.threshold == pytest.approx(10 * float(one.threshold or 0), rel=1e-6)
    assert one.above.tolist() == ten.above.tolist()


def test_removed_units_do_not_count_and_few_units_have_no_split() -> None:
    norms = np.concatenate((np.zeros(30), np.full(40, 1.0), np.full(10, 3.0)))
    found = split_norms(norms)
    assert np.isnan(found.probability[:30]).all()
    assert int(found.above.sum()) == 10
    few = split_norms(np.array([0.0, 1.0, 5.0]))
    assert few.threshold is None
    assert few.why == "a split needs at least 8 units, and the layer has 2"
    assert split_norms(np.ones(20)).threshold is None
    with pytest.raises(ValueError, match="not negative"):
        split_norms(np.array([1.0, -1.0]))
