from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.analysis import matrices

WEIGHTS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
    elements=st.floats(-4, 4, width=32, allow_subnormal=False),
)


@given(WEIGHTS)
@settings(deadline=None)
def test_eigenvalues_are_the_squared_singular_values(weights):
    expected = np.linalg.svd(weights.astype(np.float64), compute_uv=False) ** 2
    found = matrices.eigenvalues(weights)
    assert found.shape == (min(weights.shape),)
    assert (found >= 0.0).all()
    assert (np.diff(found) <= 0.0).all()
    np.testing.assert_allclose(found, expected, atol=1e-12 * max(1.0, expected.max()))


@given(WEIGHTS)
@settings(deadline=None)
def test_the_gram_matrix_has_the_same_eigenvalues_as_the_weights(weights):
    from_gram = matrices.eigenvalues_of_gram(matrices.gram(weights), min(weights.shape))
    np.testing.assert_allclose(from_gram, matrices.eigenvalues(weights), atol=1e-10)


@given(WEIGHTS)
@settings(deadline=None)
def test_cosines_are_those_of_the_rows_one_by_one(weights):
    rows = weights.astype(np.float64)
    lengths = [float(np.sqrt(row @ row)) for row in rows]
    found = matrices.cosines(matrices.gram(weights))
    for i, j in np.ndindex(found.shape):
        product = lengths[i] * lengths[j]
        expected = rows[i] @ rows[j] / product if product else 0.0
        assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_gram_is_exactly_symmetric_and_float64():
    weights = np.random.default_rng(0).standard_normal((70, 300)).astype(np.float32)
    found = matrices.gram(weights)
    assert found.dtype == np.float64
    assert (found == found.T).all()
    np.testing.assert_allclose(found, [[a @ b for b in weights] for a in weights.astype(float)], atol=1e-10)


def test_a_zero_row_keeps_zero_cosines_and_the_other_diagonals_are_one():
    weights = np.array([[1.0, 2.0], [0.0, 0.0], [-2.0, 1.0]])
    found = matrices.cosines(matrices.gram(weights))
    np.testing.assert_array_equal(found, [[1, 0, 0], [0, 0, 0], [0, 0, 1]])


def test_norms_are_the_rows_euclidean_lengths():
    np.testing.assert_allclose(matrices.norms(matrices.gram(np.array([[3.0, 4.0], [0.0, 0.0]]))), [5.0, 0.0])


@pytest.mark.parametrize("function", [matrices.gram, matrices.eigenvalues])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(function, bad):
    weights = np.ones((2, 3))
    weights[1, 2] = bad
    with pytest.raises(ValueError, match="1 of 6 entries that are NaN or infinite"):
        function(weights)


@pytest.mark.parametrize("shape", [(3,), (0, 3), (2, 2, 2)])
def test_what_is_no_matrix_is_refused(shape):
    with pytest.raises(ValueError, match="must have rows and columns"):
        matrices.gram(np.ones(shape))


def test_a_gram_matrix_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="square"):
        matrices.cosines(np.ones((2, 3)))


def test_more_eigenvalues_than_units_are_refused():
    with pytest.raises(ValueError, match="0 to 2 eigenvalues, not 3"):
        matrices.eigenvalues_of_gram(np.eye(2), 3)
