"""Independent rows: their inner products have the distribution of those of normal rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.analysis.directions.independent import independent_rows


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
