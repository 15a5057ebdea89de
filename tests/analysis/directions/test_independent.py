"""Independent rows: their inner products have the distribution of those of normal rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from workbench.analysis.directions.independent import (
    MOST_TILTS,
    IndependentUnits,
    Tilted,
    cosine_of_share,
    in_dimensions,
    independent_rows,
    joined,
    share_beyond,
)
from workbench.analysis.graph import null_cutoff


@pytest.mark.parametrize(("units", "inputs"), [(6, 40), (6, 6), (9, 4)])
def test_the_gram_matrix_is_distributed_as_that_of_normal_rows(units: int, inputs: int) -> None:
    rows = [independent_rows(units, inputs, seed) for seed in range(400)]
    assert rows[0].shape == (units, min(units, inputs))
    grams = np.array([each @ each.T for each in rows])
    assert grams.mean(axis=0) == pytest.approx(inputs * np.eye(units), abs=5 * np.sqrt(2 * inputs / 400))
    twins = np.array([each @ each.T for each in np.random.default_rng(1).standard_normal((400, units, inputs))])
    for number in (0, units - 1):  # of each unit, not only of the first
        assert stats.kstest(grams[:, number, number], stats.chi2(inputs).cdf).pvalue > 1e-3
        assert stats.ks_2samp(grams[:, number, number - 1], twins[:, number, number - 1]).pvalue > 1e-3
    largest = [np.linalg.eigvalsh(each)[:, -1] for each in (grams, twins)]
    assert stats.ks_2samp(*largest).pvalue > 1e-3


def test_the_same_seed_gives_the_same_rows() -> None:
    assert np.array_equal(independent_rows(5, 9, 3), independent_rows(5, 9, 3))
    assert not np.array_equal(independent_rows(5, 9, 3), independent_rows(5, 9, 4))


@pytest.mark.parametrize("inputs", [2, 3, 10, 300])
@pytest.mark.parametrize("cosine", [-0.4, 0.0, 0.05, 0.3, 0.9])
def test_cosines_of_independent_directions_have_a_beta_distribution(cosine: float, inputs: int) -> None:
    """(1 + cos θ)/2 is Beta((n − 1)/2, (n − 1)/2)."""
    half = (inputs - 1) / 2
    beyond = special.betainc(half, half, (1 - cosine) / 2)
    assert share_beyond(cosine, inputs) == pytest.approx(beyond, rel=1e-5, abs=1e-12)
    if share_beyond(cosine, inputs) > 1e-9:
        assert cosine_of_share(share_beyond(cosine, inputs), inputs) == pytest.approx(cosine, abs=1e-4)


def test_a_direction_of_one_number_has_a_sign_only() -> None:
    assert [share_beyond(cosine, 1) for cosine in (-1.0, -0.5, 0.5, 1.0)] == [1.0, 0.5, 0.5, 0.5]
    assert (cosine_of_share(0.3, 1), cosine_of_share(0.7, 1)) == (1.0, -1.0)


def test_expectations_over_independent_units_are_those_of_drawn_ones() -> None:
    units, inputs, cutoff, draws = 30, 12, 0.5, 400
    chance, random = IndependentUnits(units, inputs, cutoff), np.random.default_rng(2)
    edges, isolated, nearest, own = [], [], [], []
    for _ in range(draws):
        rows = random.standard_normal((units, inputs))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = rows @ rows.T
        own.append(cosines[0, 1])
        np.fill_diagonal(cosines, -1.0)
        joined = cosines >= cutoff
        edges.append(joined.sum() / 2)
        isolated.append((~joined.any(axis=1)).sum())
        nearest.append(cosines.max(axis=1))
    for found, drawn in ((chance.edges, edges), (chance.isolated, isolated)):
        assert found == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(draws))
    assert chance.degree == pytest.approx(2 * chance.edges / units)
    every = np.concatenate(nearest)
    for quantile in (0.5, 0.95):
        assert np.mean(every <= chance.nearest_cosine(quantile)) == pytest.approx(quantile, abs=0.02)
    assert np.mean(np.abs(own) <= chance.cosine_within) == pytest.approx(0.95, abs=0.04)
    assert chance.potential_share == 1 / units
    assert np.isnan(IndependentUnits(1, 5, 0.3).nearest_cosine())


def tilted_cosines(given: np.ndarray, free: int, draws: int = 150) -> np.ndarray:
    """Cosines of rows of which the last number, as a part of their length, is given, (draws, units, units)."""
    random, found = np.random.default_rng(0), []
    for _ in range(draws):
        rows = random.standard_normal((len(given), free))
        rows *= (np.sqrt(1.0 - given**2) / np.linalg.norm(rows, axis=1))[:, None]
        rows = np.column_stack((rows, given))
        found.append(rows @ rows.T)
    return np.array(found)


@pytest.mark.parametrize("units", [20, 150])  # each unit by itself; as many as stand for all
@pytest.mark.parametrize("sides", [1, 2])
def test_directions_with_a_given_number_are_nearer_to_each_other_than_others(units: int, sides: int) -> None:
    given = np.random.default_rng(units).uniform(-0.2, 0.9, units)
    space = Tilted.of(np.column_stack((np.sqrt(1.0 - given**2), np.zeros((units, 29)), given)) * 3.0)
    assert (space.free, len(space.tilts)) == (30, min(units, MOST_TILTS))
    cosines = tilted_cosines(given, 30)
    cosines = cosines if sides == 1 else np.abs(cosines)
    pairs = cosines[:, *np.triu_indices(units, 1)]
    for cosine in (-0.1, 0.2, 0.5):
        beyond = float(np.mean(pairs >= cosine))
        assert share_beyond(cosine, space, sides) == pytest.approx(beyond, abs=0.01)
        back = cosine_of_share(share_beyond(cosine, space, sides), space, sides)
        assert back == pytest.approx(cosine if sides == 1 else max(cosine, 0.0), abs=1e-6)
        chance = IndependentUnits(units, space, cosine, sides)
        edges = (pairs >= cosine).sum(axis=1).mean()
        assert chance.edges == pytest.approx(edges, rel=0.03, abs=0.5)
        near = cosines >= cosine
        near[:, np.arange(units), np.arange(units)] = False
        assert chance.isolated == pytest.approx((~near.any(axis=2)).sum(axis=1).mean(), rel=0.1, abs=0.3)
    others = np.where(np.eye(units, dtype=bool), -2.0, cosines).max(axis=2)
    assert chance.nearest_cosine() == pytest.approx(np.median(others), abs=0.02)
    assert np.mean(pairs.max(axis=1) >= null_cutoff(units, space, sides)) <= 0.07
    assert share_beyond(0.5, space, sides) > 4 * share_beyond(0.5, 31, sides)
    drawn = independent_rows(units, space, 1)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1.0)
    np.testing.assert_allclose(
        np.quantile(drawn[:, -1], [0.0, 0.5, 1.0]), np.quantile(given, [0.0, 0.5, 1.0]), atol=0.02
    )


def test_given_numbers_of_which_nothing_is_left_to_chance() -> None:
    nothing = Tilted(12, (0.0, 0.0, 0.0))
    for cosine in (-0.3, 0.0, 0.4):
        assert share_beyond(cosine, nothing) == pytest.approx(share_beyond(cosine, 12))
    whole = Tilted(12, (1.0, 1.0))
    assert [share_beyond(cosine, whole) for cosine in (-1.0, 0.9, 1.0)] == [1.0, 1.0, 1.0]
    assert share_beyond(0.0, Tilted(12, (-1.0, 1.0))) == 0.0
    assert in_dimensions(whole) == "in 13 dimensions, the added one (bias or shift) as it is"
    assert joined([4, 7]) == 7
    assert joined([nothing, whole]) == Tilted(12, (0.0, 0.0, 0.0, 1.0, 1.0))
    assert Tilted.of(np.array([[0.0, 0.0], [3.0, 4.0]])) == Tilted(1, (0.8,))
