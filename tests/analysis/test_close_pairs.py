"""Close pairs found by blocks of rows are those of the whole matrix of cosines."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis import close_pairs as module
from workbench.analysis.close_pairs import close_pairs, directions_of_gram, directions_of_weights
from workbench.analysis.matrices import (
    LARGEST_SQUARE,
    TooManyUnits,
    check_square,
    cosines,
    eigenvalues,
    gram,
    left_vectors,
)


def some(units: int, inputs: int, seed: int = 0, zero: int = 0) -> np.ndarray:
    weights = np.random.default_rng(seed).standard_normal((units, inputs)) + 0.5
    weights[:zero] = 0.0
    return weights


@given(st.integers(1, 40), st.integers(1, 5), st.floats(-1, 1), st.integers(0, 5), st.integers(1, 200), st.booleans())
@settings(deadline=None)
def test_blocks_of_any_size_give_the_pairs_of_the_whole_matrix(units, inputs, cutoff, zero, block, by_gram):
    weights = some(units, inputs, zero=min(zero, units))
    angles = cosines(gram(weights))
    there = weights.any(axis=1)
    expected = np.triu(angles >= cutoff - 1e-12, 1) & there & there[:, None]
    undecided = np.abs(angles - cutoff) < 1e-11
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        found = close_pairs(directions_of_gram(gram(weights)) if by_gram else directions_of_weights(weights), cutoff)
    joined = np.zeros_like(expected)
    joined[found.first, found.second] = True
    assert (joined == expected)[~undecided].all()
    np.testing.assert_allclose(found.cosines, angles[found.first, found.second], atol=1e-12)
    assert found.cutoff == cutoff


@given(st.integers(2, 40), st.integers(1, 30), st.integers(0, 200), st.integers(0, 3), st.sampled_from([0.0, 0.2, 1.0]))
@settings(deadline=None)
def test_pairs_found_in_single_precision_are_those_of_double_precision(units, inputs, pair, zero, many):
    weights = some(units, inputs, seed=pair, zero=min(zero, units - 1)).astype(np.float32)
    weights[-1] = weights[-2]
    whole = cosines(gram(weights))
    there = weights.any(axis=1)
    expected = np.triu(there & there[:, None], 1)
    cutoff = float(np.sort(whole[expected])[pair % expected.sum()]) if expected.any() else 0.5  # exactly that of a pair
    expected &= whole >= cutoff - 1e-12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_MUCH_WORK", 0.0)
        patch.setattr(module, "_MANY", many)  # 0: each block is computed whole, 1: pair by pair
        patch.setattr(module, "_BLOCK", 100)
        directions = directions_of_weights(weights)
        assert directions.rough is not None
        found = close_pairs(directions, cutoff)
    joined = np.zeros_like(expected)
    joined[found.first, found.second] = True
    assert (joined == expected)[np.abs(np.abs(whole - cutoff) - 1e-12) > 1e-13].all()
    np.testing.assert_allclose(found.cosines, whole[found.first, found.second], rtol=0, atol=1e-13)


def test_no_cosine_in_single_precision_is_further_off_than_it_says(monkeypatch):
    monkeypatch.setattr(module, "_MUCH_WORK", 0.0)
    random = np.random.default_rng(0)
    for inputs in (1, 3, 700, 20_000):
        weights = (random.standard_normal((30, inputs)) * random.lognormal(0, 3, (30, inputs))).astype(np.float32)
        directions = directions_of_weights(weights)
        off = np.abs(directions.rough.block(0, 30) - cosines(gram(weights)))
        assert 0 < off.max() <= directions.rough.error


def test_a_large_matrix_that_is_not_finite_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_MUCH_WORK", 0.0)
    weights = some(5, 5).astype(np.float32)
    weights[2, 3] = np.nan
    with pytest.raises(ValueError, match="the weight matrix has 1 of 25 entries that are NaN"):
        directions_of_weights(weights)


@pytest.mark.parametrize("block", [1, 50, 10_000])
def test_a_raised_cutoff_is_a_round_number_that_leaves_as_many_pairs_as_are_allowed(block, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    weights = some(60, 4)
    angles = cosines(gram(weights))[np.triu_indices(60, 1)]
    found = close_pairs(directions_of_weights(weights), 0.1, most=100)
    assert round(found.cutoff, 3) == found.cutoff > 0.1
    assert len(found.cosines) == np.count_nonzero(angles >= found.cutoff) <= 100
    assert np.count_nonzero(angles >= found.cutoff - 1e-3) > 100, "no lower round number would do"


def test_pairs_closer_than_a_thousandth_are_told_apart_by_more_digits():
    weights = np.ones((40, 3)) + 1e-4 * np.random.default_rng(0).standard_normal((40, 3))
    found = close_pairs(directions_of_weights(weights), 0.5, most=100)
    assert 0.999 < found.cutoff < 1.0
    assert 0 < len(found.cosines) <= 100


def test_pairs_with_equal_cosines_stay_or_go_together():
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (60, 4))
    angles = np.round(cosines(gram(signs))[np.triu_indices(60, 1)], 9)
    assert np.count_nonzero(angles >= 0.5) > 300 > np.count_nonzero(angles == 1.0)
    found = close_pairs(directions_of_weights(signs), 0.5, most=300)
    assert 0.5 < found.cutoff < 1.0
    assert len(found.cosines) == np.count_nonzero(angles == 1.0)


def test_more_pairs_than_allowed_that_point_exactly_the_same_way_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="more than 100 pairs of units point exactly the same way: merge these"):
        close_pairs(directions_of_weights(np.ones((20, 3))), 0.5, most=100)


def test_a_comparison_that_would_take_hours_is_refused_before_it_begins(monkeypatch):
    monkeypatch.setattr(module, "MOST_WORK", 1000.0)
    with pytest.raises(ValueError, match="a graph of 60 units compares 1,770 pairs"):
        close_pairs(directions_of_weights(some(60, 4)), 0.5)


def test_no_square_matrix_of_all_units_is_made(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 10_000)
    weights = some(3000, 4).astype(np.float32)
    tracemalloc.start()
    try:
        close_pairs(directions_of_weights(weights), 0.9, most=2000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000 < 3000**2, "not one byte for each pair"


def test_a_square_that_is_too_large_is_refused_before_it_is_made():
    check_square(11_585)
    assert LARGEST_SQUARE >= 11_585**2 * 8
    said = "a matrix of 50,257 × 50,257 numbers, 20.2 GB .at most 1.1 GB is made.; choose a layer with fewer units"
    with pytest.raises(TooManyUnits, match=said):
        check_square(50_257)
    with pytest.raises(TooManyUnits):
        gram(np.zeros((50_257, 1), np.float32))


def test_left_vectors_of_very_many_rows_are_those_of_the_gram_matrix(monkeypatch):
    weights = some(30, 6)
    usual = left_vectors(weights)
    monkeypatch.setattr("workbench.analysis.matrices.LARGEST_SQUARE", 100)
    thin = left_vectors(weights)
    assert usual.shape == thin.shape == (30, 6)
    np.testing.assert_allclose(np.abs((usual * thin).sum(axis=0)), 1.0)
    np.testing.assert_allclose(np.square(thin.T @ weights).sum(axis=1), eigenvalues(weights))
