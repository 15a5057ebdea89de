"""Norms and ranks of a spectrum against numpy, scipy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from planted_weights import SHAPES, random_weights
from scipy import stats

from workbench.analysis.matrices import eigenvalues, shuffled
from workbench.analysis.spectra.measures import entropy_rank, measures, participation_ratio, stable_rank


@pytest.mark.parametrize(("units", "inputs"), SHAPES)
def test_norms_and_ranks_are_those_of_the_matrix(units, inputs):
    weights = random_weights(units, inputs)
    found = measures(eigenvalues(weights))
    singular = np.linalg.svd(weights, compute_uv=False)
    energy = singular**2 / np.sum(singular**2)
    expected = (
        np.linalg.norm(weights, 2), np.linalg.norm(weights), np.linalg.norm(weights, "nuc"),
        np.linalg.norm(weights) ** 2 / np.linalg.norm(weights, 2) ** 2,
        np.exp(stats.entropy(energy)), 1.0 / np.sum(energy**2),
    )  # fmt: skip
    got = (found.spectral_norm, found.frobenius_norm, found.nuclear_norm,
           found.stable_rank, found.entropy_rank, found.participation_ratio)  # fmt: skip
    assert got == pytest.approx(expected)


@pytest.mark.parametrize("count", [1, 4, 30])
def test_equal_eigenvalues_have_their_number_as_every_rank(count):
    values = np.append(np.full(count, 2.5), np.zeros(3))
    assert (stable_rank(values), entropy_rank(values), participation_ratio(values)) == pytest.approx((count,) * 3)


def test_a_matrix_of_zeros_has_no_rank():
    found = measures(np.zeros(5))
    assert {found.spectral_norm, found.nuclear_norm, found.stable_rank, found.entropy_rank} == {0.0}
    assert found.participation_ratio == 0.0
    with pytest.raises(ValueError, match="at least one eigenvalue"):
        measures(np.zeros(0))


def test_turning_inputs_or_permuting_units_changes_nothing():
    weights, random = random_weights(40, 90), np.random.default_rng(4)
    turned = weights @ np.linalg.qr(random.standard_normal((90, 90)))[0]
    for other in (turned, weights[random.permutation(40)]):
        np.testing.assert_allclose(eigenvalues(other), eigenvalues(weights), rtol=1e-10)


def test_shuffled_entries_are_the_same_entries_and_follow_the_seed():
    weights = random_weights(20, 30)
    drawn = shuffled(weights, 3)
    np.testing.assert_array_equal(np.sort(drawn, axis=None), np.sort(weights, axis=None))
    np.testing.assert_array_equal(drawn, shuffled(weights, 3))
    assert not np.array_equal(drawn, shuffled(weights, 4))
    assert not np.array_equal(drawn, weights)
    assert eigenvalues(drawn).sum() == pytest.approx(eigenvalues(weights).sum())
