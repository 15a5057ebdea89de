from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.analysis import low_rank as lr
from workbench.analysis.matrices import cosines, eigenvalues, gram
from workbench.analysis.spectra.measures import stable_rank

WEIGHTS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    elements=st.floats(-4, 4, allow_subnormal=False).map(lambda x: round(x, 3)),
)
SPECTRA = hnp.arrays(np.float64, st.integers(1, 12), elements=st.integers(0, 50)).map(lambda v: np.sort(v)[::-1])


def planted(rank, units=120, inputs=400, strength=70.0, seed=0):
    """Noise of variance 1 and `rank` directions well above its edge."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((size, rank)))[0] for size in (units, inputs))
    return rng.standard_normal((units, inputs)) + (left * np.linspace(2.0, 1.5, rank) * strength) @ right.T


@given(WEIGHTS)
@settings(deadline=None)
def test_residuals_go_from_the_squared_norm_to_exactly_nothing(weights):
    found = lr.residuals(eigenvalues(weights))
    assert found.shape == (min(weights.shape) + 1,)
    assert found[0] == pytest.approx(np.linalg.norm(weights) ** 2)
    assert found[-1] == 0.0
    assert (np.diff(found) <= 0.0).all()


@given(WEIGHTS)
@settings(deadline=None)
def test_every_rank_is_that_of_the_truncated_singular_value_decomposition(weights):
    left, singular, right = np.linalg.svd(weights, full_matrices=False)
    spectrum = eigenvalues(weights)
    basis = lr.left_basis(gram(weights), len(singular))
    size = np.linalg.norm(weights)
    for rank in range(len(singular) + 1):
        truncated = (left[:, :rank] * singular[:rank]) @ right[:rank]
        assert lr.residuals(spectrum)[rank] == pytest.approx(np.linalg.norm(weights - truncated) ** 2, abs=1e-9)
        found = lr.approximation(weights, basis.vectors, rank)
        assert np.linalg.norm(weights - found) ** 2 == pytest.approx(lr.residuals(spectrum)[rank], abs=1e-9)
        if size:
            share = 100 * np.linalg.norm(truncated) / size
            assert lr.norm_percent(spectrum)[rank] == pytest.approx(share, abs=1e-5)
            assert lr.energy_percent(spectrum)[rank] == pytest.approx(share**2 / 100, abs=1e-9)


@pytest.mark.parametrize("shape", [(12, 30), (30, 12), (20, 20)])
def test_the_left_basis_gives_the_truncated_singular_value_decomposition(shape):
    weights = np.random.default_rng(0).standard_normal(shape)
    left, singular, right = np.linalg.svd(weights, full_matrices=False)
    vectors, values = lr.left_basis(gram(weights), min(shape))
    np.testing.assert_allclose(values, singular**2, rtol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(min(shape)), atol=1e-12)
    for rank in range(min(shape) + 1):
        truncated = (left[:, :rank] * singular[:rank]) @ right[:rank]
        np.testing.assert_allclose(lr.approximation(weights, vectors, rank), truncated, atol=1e-9)


def test_the_signs_of_the_left_basis_are_fixed():
    vectors, _ = lr.left_basis(gram(np.random.default_rng(0).standard_normal((8, 9))))
    assert (np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0) > 0.0).all()


def test_a_layer_of_zeros_keeps_everything_at_rank_zero():
    found = lr.low_rank(np.zeros(3), 3, 5)
    assert found.norm_percent.tolist() == found.energy_percent.tolist() == [100.0] * 4
    assert (found.kneedle, found.eigengap, found.above_edge, found.ranks) == (0, 0, None, 3)


@pytest.mark.parametrize(("spectrum", "rank"), [([4.0, 2.0, 1.0], 1.75), ([5.0, 5.0], 2.0), ([0.0, 0.0], 0.0)])
def test_the_stable_rank_is_the_sum_over_the_largest(spectrum, rank):
    assert stable_rank(np.array(spectrum)) == rank


@given(SPECTRA)
def test_kneedle_is_the_farthest_point_below_the_diagonal_and_counts_what_is_above_the_mean(spectrum):
    curve = lr.residuals(spectrum)
    ranks = len(spectrum)
    below = [curve[0] * (ranks - k) - ranks * curve[k] for k in range(ranks + 1)]  # whole numbers: no rounding
    assert lr.kneedle(curve) == (below.index(max(below)) if curve[0] else 0)
    assert lr.kneedle(curve) == np.count_nonzero(spectrum * ranks > spectrum.sum())


@pytest.mark.parametrize("rate", [5.0, 10.0, 20.0])
def test_kneedle_finds_the_elbow_of_an_exponential_in_closed_form(rate):
    size = 10_000
    curve = np.exp(-rate * np.linspace(0, 1, size + 1))
    expected = np.log(rate / (1.0 - np.exp(-rate))) / rate  # where the normalised slope is −1
    assert lr.kneedle(curve) / size == pytest.approx(expected, abs=1.0 / size)


def test_kneedle_of_a_hyperbola_is_where_its_slope_is_that_of_its_chord():
    x = np.linspace(1.0, 9.0, 8001)
    assert x[lr.kneedle(1.0 / x)] == pytest.approx(3.0, abs=1e-3)


def test_a_flat_spectrum_and_a_constant_curve_have_no_elbow():
    assert lr.kneedle(lr.residuals(np.full(7, 0.1))) == 0
    assert lr.kneedle(np.ones(4)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_all_elbows_find_ten_planted_directions_under_noise(seed):
    found = lr.low_rank(eigenvalues(planted(10, seed=seed)), 120, 400, initial_variance=1.0)
    assert (found.kneedle, found.eigengap, found.above_edge) == (10, 10, 10)


def test_without_a_known_initialiser_the_edge_is_fitted_to_the_bulk():
    assert lr.low_rank(eigenvalues(planted(10)), 120, 400).above_edge == 10


@given(SPECTRA)
def test_the_eigengap_is_the_widest_and_lowest(spectrum):
    gaps = [a - b for a, b in zip(spectrum, [*spectrum[1:], 0.0], strict=True)]
    assert lr.eigengap(spectrum) == (1 + gaps.index(max(gaps)) if spectrum[0] else 0)


def test_the_smallest_rank_within_a_tolerance_of_the_full_accuracy():
    accuracies = [10.0, 80.0, 96.9, 98.1, 98.0]
    assert lr.smallest_rank_within(accuracies, 1.0) == 3
    assert lr.smallest_rank_within(accuracies, 1.5) == 2
    assert lr.smallest_rank_within(accuracies, 0.0) == 3
    assert lr.smallest_rank_within(accuracies, 20.0, ranks=[0, 2, 4, 8, 16]) == 2
    assert lr.smallest_rank_within([50.0], 0.0) == 0


@given(st.lists(SPECTRA, min_size=1, max_size=3), st.floats(0, 1))
def test_joint_ranks_are_the_smallest_that_lose_no_more_than_the_tolerance(spectra, tolerance):
    ranks = lr.joint_ranks({str(i): spectrum for i, spectrum in enumerate(spectra)}, tolerance)
    for i, spectrum in enumerate(spectra):
        lost, rank = lr.residuals(spectrum), ranks[str(i)]
        assert lost[rank] <= tolerance * lost[0]
        assert rank == 0 or lost[rank - 1] > tolerance * lost[0]


def test_at_no_tolerance_the_joint_ranks_are_the_ranks():
    assert lr.joint_ranks({"a": np.array([3.0, 1.0, 0.0]), "b": np.array([1.0])}, 0.0) == {"a": 2, "b": 1}


def test_what_training_added_is_found_at_its_rank():
    rng = np.random.default_rng(0)
    initial = rng.standard_normal((30, 50)).astype(np.float32)
    added = rng.standard_normal((30, 3)) @ rng.standard_normal((3, 50))
    moved = lr.moved_gram((initial + added).astype(np.float32), initial)
    np.testing.assert_allclose(moved, added @ added.T, atol=1e-3)
    assert lr.low_rank(np.linalg.eigvalsh(moved)[::-1].clip(0), 30, 50).residuals[3] < 1e-6


def test_normalised_rows_and_chosen_units_are_given_by_their_own_gram_matrix():
    weights = np.random.default_rng(0).standard_normal((6, 9))
    units = [4, 1, 2]
    directions = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    whole = gram(weights)
    chosen = lr.left_basis(whole[np.ix_(units, units)])
    np.testing.assert_allclose(chosen.eigenvalues, eigenvalues(weights[units]), atol=1e-12)
    np.testing.assert_allclose(lr.left_basis(cosines(whole)).eigenvalues, eigenvalues(directions), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lr.kneedle(np.ones((2, 2))), "one height per rank"),
        (lambda: lr.kneedle(np.ones(0)), "one height per rank"),
        (lambda: lr.eigengap(np.ones(0)), "one eigenvalue per rank"),
        (lambda: lr.smallest_rank_within([1.0, 2.0], -1.0), "0 or more points"),
        (lambda: lr.smallest_rank_within([1.0, 2.0], 1.0, ranks=[0]), "as many ascending ranks"),
        (lambda: lr.smallest_rank_within([1.0, 2.0], 1.0, ranks=[1, 0]), "as many ascending ranks"),
        (lambda: lr.joint_ranks({}, 1.5), "fraction from 0 to 1"),
        (lambda: lr.left_basis(np.ones((2, 3))), "square and finite"),
        (lambda: lr.left_basis(np.full((2, 2), np.nan)), "square and finite"),
        (lambda: lr.left_basis(np.eye(2), 3), "0 to 2 eigenvectors, not 3"),
        (lambda: lr.approximation(np.eye(2), np.eye(2), 3), "ranks from 0 to 2, not 3"),
        (lambda: lr.moved_gram(np.ones((2, 3)), np.ones((3, 2))), "did not start as"),
        (lambda: lr.low_rank(np.ones(3), 4, 5), "has 4 eigenvalues"),
    ],
)
def test_what_has_no_answer_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_one_row_adds_an_estimator_to_what_python_and_the_command_say(monkeypatch):
    half = lr.Estimator("half of the ranks", "One of two", lambda found, _: found.ranks // 2, "blue", "o")
    monkeypatch.setattr(lr, "ELBOWS", {**lr.ELBOWS, "half": half})
    found = lr.low_rank(np.array([4.0, 3.0, 2.0, 1.0]), 4, 9)
    assert list(lr.elbows(found, 2)) == ["Kneedle", "gap", "MP edge", "tolerance", "half"]
    assert lr.elbows(found, 2)["half"] == lr.elbows(found, 2)["tolerance"] == 2
    assert ("half of the ranks", "2") in list(lr.elbows_of_weights(found))


def test_an_elbow_that_no_law_can_tell_says_why():
    found = lr.low_rank(np.zeros(3), 3, 5, zero_units=3)
    assert dict(lr.elbows_of_weights(found))["Marchenko–Pastur edge"] == f"none ({found.no_edge})"
    assert found.no_edge
