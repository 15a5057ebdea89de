"""The law, how far chance goes beyond it, and its fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_weights import SHAPES, random_weights, spectrum_of, with_spikes
from scipy import stats
from simulated_margins import wishart_spectra

from workbench.analysis.matrices import eigenvalues
from workbench.analysis.spectra.bulk import Bulk, fit_bulk
from workbench.analysis.spectra.marchenko_pastur import (
    MarchenkoPastur,
    marchenko_pastur_density,
    marchenko_pastur_edges,
    unit_median,
)
from workbench.analysis.spectra.spectrum import empirical_spectral_density


def test_the_edges_of_conv2_fc1_are_those_of_the_reports_figures():
    edges = marchenko_pastur_edges(256, 16384, 1 / (3 * 16384))
    assert np.round(edges, 4).tolist() == [0.2552, 0.4219]


@given(st.integers(1, 400), st.integers(1, 400), st.floats(1e-6, 1e3))
def test_the_edges_are_the_published_ones(units, inputs, variance):
    q = inputs / units
    low, high = marchenko_pastur_edges(units, inputs, variance)
    assert low == pytest.approx(inputs * variance * (1 - np.sqrt(1 / q)) ** 2, abs=1e-9 * high)
    assert high == pytest.approx(inputs * variance * (1 + np.sqrt(1 / q)) ** 2)


@pytest.mark.parametrize(("units", "inputs"), SHAPES)
def test_the_density_integrates_to_one_or_to_q_where_that_is_less(units, inputs):
    low, high = marchenko_pastur_edges(units, inputs, 0.01)
    root = np.linspace(np.sqrt(low), np.sqrt(high), 200_001)  # λ = r²: finite also at λ = 0
    density = marchenko_pastur_density(root**2, units, inputs, 0.01) * 2 * root
    assert np.trapezoid(density, root) == pytest.approx(min(1.0, inputs / units), rel=1e-4)


@pytest.mark.parametrize(("units", "inputs"), SHAPES)
def test_the_cumulative_is_the_integral_of_the_density(units, inputs):
    law = MarchenkoPastur(units, inputs, 0.01)
    root = np.linspace(np.sqrt(law.low), np.sqrt(law.high), 100_001)
    middle = root[50_000] ** 2
    below = np.trapezoid(law.density(root[:50_001] ** 2) * 2 * root[:50_001], root[:50_001])
    assert law.cumulative(np.array([middle]))[0] == pytest.approx(below / min(1.0, inputs / units), rel=1e-3)
    np.testing.assert_allclose(law.cumulative(np.array([law.low, law.high])), [0.0, 1.0], atol=1e-12)


def test_the_density_is_zero_outside_its_edges_and_at_zero():
    law = MarchenkoPastur(64, 64, 0.1)
    assert law.density(np.array([-1.0, 0.0, law.high * 1.01])).tolist() == [0.0, 0.0, 0.0]


def test_the_curve_has_the_same_area_on_both_scales():
    law = MarchenkoPastur(48, 480, 0.1)
    x, linear = law.curve("linear")
    also_x, per_decade = law.curve("log")
    assert np.trapezoid(linear, x) == pytest.approx(1.0, rel=1e-3)
    assert np.trapezoid(per_decade, np.log10(also_x)) == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(("units", "inputs"), SHAPES)
def test_a_random_matrix_follows_the_law(units, inputs):
    for seed in range(10):
        result = spectrum_of(random_weights(units, inputs, seed))
        assert result.verdict == "bulk"
        ascending = result.eigenvalues[::-1]
        steps = np.arange(1, len(ascending) + 1) / len(ascending)
        distance = np.abs(result.initialiser.cumulative(ascending) - steps).max()
        assert distance < 4.5 / len(ascending)  # eigenvalues are rigid: far closer than independent draws


def test_simulated_spectra_are_those_of_random_matrices():
    rng = np.random.default_rng(0)
    drawn = np.array([eigenvalues(rng.standard_normal((5, 8)))[::-1] for _ in range(4000)])
    simulated = wishart_spectra(8, 5, 4000)
    for place in range(5):
        assert stats.ks_2samp(drawn[:, place], simulated[:, place]).pvalue > 0.01


@pytest.mark.parametrize(
    ("units", "inputs", "draws", "beyond", "below", "beyond_fitted"),
    [
        (2, 2, 20_000, 8, 0, None),
        (2, 9, 20_000, 8, 11, None),
        (16, 1, 20_000, 7, 1, None),
        (8, 9, 20_000, 13, 4, 1),
        (16, 9, 20_000, 11, 7, 8),
        (10, 32, 20_000, 11, 5, 8),
        (31, 30, 10_000, 7, 2, 1),
        (64, 64, 1_000, 1, 0, 1),
        (256, 512, 40, 0, 0, 0),
    ],
)
def test_chance_goes_past_a_margin_in_at_most_one_spectrum_of_a_thousand(
    units, inputs, draws, beyond, below, beyond_fitted
):
    spectra = wishart_spectra(units, inputs, draws, seed=7)
    law, largest = MarchenkoPastur(units, inputs, 1.0), spectra[:, -1]
    assert np.count_nonzero(largest > law.limit) == beyond
    assert np.count_nonzero(spectra[:, 0] < law.floor) == below
    assert max(beyond, below, beyond_fitted or 0) <= max(draws / 1000, 1)
    if beyond_fitted is None:
        assert fit_bulk(spectra[0], units, inputs) is None
        assert "too few to fit" in empirical_spectral_density(spectra[0], units, inputs).words
        return
    variances = np.median(spectra, axis=1) / unit_median(units, inputs)
    bulk = Bulk(law, min(units, inputs))
    assert np.count_nonzero(largest / variances > bulk.limit) == beyond_fitted


def test_a_fitted_law_raises_no_false_alarm_on_a_tiny_layer():
    found = [empirical_spectral_density(values, 8, 9) for values in wishart_spectra(8, 9, 1000)]
    assert sum(len(each.outliers) > 0 for each in found) == 0  # 23 with the margin of a known variance


@given(st.floats(1e-4, 1e4))
@settings(deadline=None)
def test_the_fitted_variance_follows_the_scale_of_the_weights(factor):
    spectrum = eigenvalues(with_spikes(random_weights(60, 90), 4, 5.0))
    fitted = fit_bulk(spectrum, 60, 90)
    assert fitted.law.variance == pytest.approx(1 / 270, rel=0.1)
    scaled = fit_bulk(factor * spectrum, 60, 90)
    assert (scaled.count, scaled.law.variance) == (56, pytest.approx(factor * fitted.law.variance))


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan, np.inf])
def test_there_is_no_law_without_a_variance(variance):
    with pytest.raises(ValueError, match="positive and finite"):
        marchenko_pastur_edges(3, 4, variance)
