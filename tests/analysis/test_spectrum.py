from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.marchenko_pastur import (
    MarchenkoPastur,
    bulk_variance,
    marchenko_pastur_density,
    marchenko_pastur_edges,
)
from workbench.analysis.matrices import eigenvalues
from workbench.analysis.spectrum import empirical_spectral_density, spectral_histogram

SHAPES = [(100, 256), (64, 64), (120, 60), (48, 480)]


def random_weights(units, inputs, seed=0):
    return np.random.default_rng(seed).standard_normal((units, inputs)) / np.sqrt(3 * inputs)


def with_spikes(weights, count, strength):
    rng = np.random.default_rng(1)
    left = np.linalg.qr(rng.standard_normal((weights.shape[0], count)))[0]
    right = np.linalg.qr(rng.standard_normal((weights.shape[1], count)))[0]
    return weights + strength * left @ right.T


def spectrum_of(weights, **options):
    units, inputs = weights.shape
    return empirical_spectral_density(eigenvalues(weights), units, inputs, 1 / (3 * inputs), **options)


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


@pytest.mark.parametrize(("units", "inputs"), [(64, 64), (120, 60), (10, 32)])
def test_chance_reaches_beyond_the_margin_in_one_spectrum_of_a_thousand(units, inputs):
    law, rng = MarchenkoPastur(units, inputs, 1.0), np.random.default_rng(0)
    largest = np.array([eigenvalues(rng.standard_normal((units, inputs)))[0] for _ in range(300)])
    assert np.count_nonzero(largest > law.limit) <= 3  # .3 expected
    assert np.count_nonzero(largest > law.high) >= 3  # the edge alone is no criterion


@pytest.mark.parametrize("count", [1, 2, 11, 30])
def test_planted_directions_are_counted_as_that_many_outliers(count):
    result = spectrum_of(with_spikes(random_weights(100, 256), count, 4.0))
    assert result.verdict == "bulk"
    assert len(result.outliers) == count
    assert (result.outliers == result.eigenvalues[:count]).all()
    assert result.words.startswith(f"{count} outlier")


def test_the_entries_variance_is_the_trace_over_all_entries():
    weights = random_weights(30, 50)
    assert spectrum_of(weights).entries.variance == pytest.approx((weights**2).mean())


def test_fewer_inputs_than_units_leave_certain_zeros_stated_and_not_drawn():
    weights = random_weights(120, 60)
    result = spectrum_of(weights)
    assert result.q == 0.5
    assert result.certain_zeros == 60
    assert len(result.eigenvalues) == 60
    assert "60 of 120 eigenvalues are zero because of only 60 inputs (Q < 1) and not drawn" in result.words
    area = (result.density * np.diff(result.edges)).sum()
    assert area == pytest.approx(0.5)  # as much as the law's curve holds


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_bars_and_curve_are_directly_comparable(scale):
    weights = random_weights(400, 1600)
    result = spectrum_of(weights, scale=scale)
    x, density = result.initialiser.curve(scale, 4000)
    position, edges = (x, result.edges) if scale == "linear" else (np.log10(x), np.log10(result.edges))
    areas = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(position))])
    expected = np.diff(np.interp(edges, position, areas))
    np.testing.assert_allclose(result.density * np.diff(edges), expected, atol=4 / 400)  # four eigenvalues


def test_the_linear_axis_has_40_bins_to_1_3_times_the_edge():
    result = spectrum_of(random_weights(100, 256))
    assert (result.scale, len(result.density)) == ("linear", 40)
    edge = max(result.initialiser.high, result.entries.high)
    assert (result.edges[0], result.edges[-1]) == (0.0, pytest.approx(1.3 * edge))
    assert result.undrawn == 0


def test_the_axis_is_logarithmic_with_60_bins_when_an_eigenvalue_is_ten_edges_out():
    weights = with_spikes(random_weights(100, 256), 1, 4.0)
    result = spectrum_of(weights)
    assert result.eigenvalues[0] > 10 * result.initialiser.high
    assert (result.scale, len(result.density)) == ("log", 60)
    assert result.undrawn == 0
    assert (result.density * np.diff(np.log10(result.edges))).sum() == pytest.approx(1.0)
    linear = spectrum_of(weights, scale="linear")
    assert (linear.scale, linear.undrawn) == ("linear", 1)


def test_a_log_axis_leaves_out_only_what_is_zero_up_to_rounding():
    weights = random_weights(20, 50)
    weights[7] = weights[8]
    result = spectrum_of(weights, scale="log")
    assert result.undrawn == 1
    assert result.edges[0] <= result.eigenvalues[-2]
    assert result.edges[0] > 1e6 * result.eigenvalues[-1]


def test_everything_undrawn_on_a_linear_axis_is_an_outlier():
    result = spectrum_of(with_spikes(random_weights(100, 256), 2, 4.0), scale="linear")
    assert (result.verdict, result.undrawn, len(result.outliers)) == ("bulk", 2, 2)


def test_a_bulk_shrunk_by_weight_decay_is_said_and_nothing_is_counted():
    result = spectrum_of(with_spikes(0.5 * random_weights(100, 256), 3, 4.0))
    assert result.verdict == "shrunk"
    assert len(result.outliers) == 0
    assert result.words.startswith("The bulk has shrunk to 0.2")
    assert "not counted" in result.words


def test_a_bulk_that_grew_is_said_and_outliers_are_counted_beyond_its_own_edge():
    result = spectrum_of(with_spikes(1.5 * random_weights(100, 256), 3, 6.0))
    assert result.verdict == "grown"
    assert len(result.outliers) == 3
    assert result.counted_against == result.fitted
    assert result.words.startswith("The bulk has grown to 2.")


@pytest.mark.parametrize(
    "spectrum",
    [
        np.exp(np.random.default_rng(0).uniform(-12, 0, 100)),  # spread over five decades
        np.r_[np.ones(40), np.zeros(60)],  # low rank
    ],
)
def test_a_spectrum_that_no_law_fits_has_no_bulk_left(spectrum):
    result = empirical_spectral_density(spectrum, 100, 256, 1 / 768)
    assert (result.verdict, result.fitted, len(result.outliers)) == ("gone", None, 0)
    assert result.words.startswith("No bulk is left")


def test_weights_that_are_all_zero_have_no_spectrum():
    result = empirical_spectral_density(np.zeros(10), 10, 20)
    assert result.entries is None
    assert result.words == "All weights are zero: there is no spectrum."


def test_without_an_initialiser_outliers_are_counted_beyond_the_fitted_bulk():
    weights = with_spikes(random_weights(100, 256), 5, 4.0)
    result = empirical_spectral_density(eigenvalues(weights), 100, 256)
    assert (result.initialiser, result.verdict, len(result.outliers)) == (None, "bulk", 5)


@given(st.floats(1e-4, 1e4))
@settings(deadline=None)
def test_the_fitted_variance_follows_the_scale_of_the_weights(factor):
    spectrum = eigenvalues(with_spikes(random_weights(60, 90), 4, 5.0))
    fitted = bulk_variance(spectrum, 60, 90)
    assert fitted == pytest.approx(1 / 270, rel=0.1)
    assert bulk_variance(factor * spectrum, 60, 90) == pytest.approx(factor * fitted)


def test_two_snapshots_can_share_their_bins():
    first, second = spectrum_of(random_weights(50, 99, 1)), spectrum_of(random_weights(50, 99, 2))
    ghost = spectral_histogram(second.eigenvalues, 50, first.edges, first.scale)
    counts = [
        ((second.eigenvalues >= a) & (second.eigenvalues < b)).sum()
        for a, b in zip(first.edges[:-1], first.edges[1:], strict=True)
    ]
    np.testing.assert_allclose(ghost, np.array(counts) / 50 / np.diff(first.edges))


@pytest.mark.parametrize(
    ("spectrum", "message"),
    [
        (np.array([1.0, np.nan]), "NaN or infinite"),
        (np.array([1.0]), "2 × 3 layer has 2 eigenvalues"),
        (np.array([1.0, -0.1]), "negative"),
    ],
)
def test_impossible_spectra_are_explained(spectrum, message):
    with pytest.raises(ValueError, match=message):
        empirical_spectral_density(spectrum, 2, 3)


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan, np.inf])
def test_there_is_no_law_without_a_variance(variance):
    with pytest.raises(ValueError, match="positive and finite"):
        marchenko_pastur_edges(3, 4, variance)
