"""Low ranks of W Σ^½: never worse on Σ than those of W, on 1,000 random cases, and the least there is."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.low_rank import data_vectors, left_basis, loss_on_data
from workbench.analysis.matrices import gram


def case(seed):
    """A random W and Σ of random sizes, ranks and scales; Σ and W may be singular."""
    random = np.random.default_rng(seed)
    units, inputs = random.integers(1, 9, 2)
    weights = random.standard_normal((units, inputs))
    if seed % 5 == 0:
        weights[random.integers(units)] = 0.0
    if seed % 7 == 0:
        weights[-1] = weights[0]
    seen = random.standard_normal((random.integers(1, 14), inputs)) * 10.0 ** random.uniform(-2, 2, inputs)
    return weights, seen.T @ seen / len(seen)


def test_the_loss_on_data_is_never_above_that_of_the_plain_low_rank():
    for seed in range(1_000):
        weights, moments = case(seed)
        full = min(weights.shape)
        on_data = weights @ moments @ weights.T
        vectors = data_vectors(on_data, weights, full)
        plain = left_basis(gram(weights), full).vectors
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(full), atol=1e-9)
        squares = np.linalg.eigvalsh(on_data)[::-1]
        size = max(np.trace(on_data), 1e-300)
        for rank in range(full + 1):
            ours, theirs = (
                loss_on_data(weights, basis[:, :rank] @ (basis[:, :rank].T @ weights), moments)
                for basis in (vectors, plain)
            )
            assert ours <= theirs + 1e-10 * size
            assert ours == pytest.approx(max(squares[rank:].sum(), 0.0), abs=1e-10 * size)
        np.testing.assert_allclose(vectors @ (vectors.T @ weights), weights, atol=1e-8)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_truncation_of_asvd_and_svd_llm_which_take_an_inverse(seed):
    random = np.random.default_rng(seed)
    weights, inputs = random.standard_normal((6, 9)), random.standard_normal((40, 9))
    moments = inputs.T @ inputs / 40
    root = np.linalg.cholesky(moments)
    left, singular, right = np.linalg.svd(weights @ root, full_matrices=False)
    vectors = data_vectors(weights @ moments @ weights.T, weights, 6)
    for rank in range(7):
        theirs = (left[:, :rank] * singular[:rank]) @ right[:rank] @ np.linalg.inv(root)
        np.testing.assert_allclose(vectors[:, :rank] @ vectors[:, :rank].T @ weights, theirs, atol=1e-9)
        loss = loss_on_data(weights, theirs, moments)
        change = inputs @ (weights - theirs).T
        assert loss == pytest.approx(np.square(change).sum() / 40)
