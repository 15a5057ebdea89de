from __future__ import annotations

import numpy as np
import pytest
from planted_weights import random_weights, spectrum_of, with_spikes

from workbench.analysis.spectra.spectrum import EdgeCounts, empirical_spectral_density, spectral_histogram


@pytest.mark.parametrize("count", [1, 2, 11, 30])
def test_planted_directions_are_counted_as_that_many_outliers(count):
    result = spectrum_of(with_spikes(random_weights(100, 256), count, 4.0))
    assert result.verdict == "bulk"
    assert len(result.outliers) == count
    assert (result.outliers == result.eigenvalues[:count]).all()
    assert result.counts == EdgeCounts(count, 100 - count, 0)
    edge = f"{result.initialiser.high:.3g}, the initialiser’s edge (margin {result.initialiser.margin:.2g})"
    expected = f"{count} of 100 eigenvalues beyond {edge}, {100 - count} between its edges."
    assert result.words == expected[0].upper() + expected[1:]


def test_the_entries_variance_is_the_trace_over_all_entries():
    weights = random_weights(30, 50)
    assert spectrum_of(weights).entries.variance == pytest.approx((weights**2).mean())


def test_fewer_inputs_than_units_leave_certain_zeros_stated_and_not_drawn():
    weights = random_weights(120, 60)
    result = spectrum_of(weights)
    assert result.q == 0.5
    assert result.certain_zeros == 60
    assert len(result.eigenvalues) == 60
    assert "60 of 120 eigenvalues are certainly zero (Q < 1) and not drawn" in result.words
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


def test_a_crowd_in_the_first_bin_is_drawn_on_a_log_axis():
    """As after weight decay: a linear axis as long as the initialiser's law would show one bar."""
    values = np.sort(np.concatenate((np.geomspace(1e-6, 1e-2, 60), np.linspace(0.5, 1.0, 40))))[::-1]
    crowded = empirical_spectral_density(values, 100, 256, initial_variance=1 / 256)
    assert crowded.scale == "log"
    less = np.sort(np.concatenate((np.geomspace(1e-6, 1e-2, 40), np.linspace(0.5, 1.0, 60))))[::-1]
    assert empirical_spectral_density(less, 100, 256, initial_variance=1 / 256).scale == "linear"
