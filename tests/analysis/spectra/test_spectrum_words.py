"""The verdict on a spectrum and its words: every count is that of the eigenvalues."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_weights import mostly_learned, random_weights, spectrum_of, with_spikes

from workbench.analysis.matrices import eigenvalues, gram
from workbench.analysis.spectra.bulk import FEWEST
from workbench.analysis.spectra.marchenko_pastur import (
    MarchenkoPastur,
)
from workbench.analysis.spectra.spectrum import EdgeCounts, empirical_spectral_density
from workbench.analysis.units import QuietUnits, share_between, unit_states


def test_a_bulk_shrunk_by_weight_decay_is_said_beside_the_counts():
    result = spectrum_of(with_spikes(0.5 * random_weights(100, 256), 3, 4.0))
    assert result.verdict == "shrunk"
    assert result.counts == EdgeCounts(3, counted_between(result), 97 - counted_between(result))
    assert result.bulk.count == 97
    assert result.bulk.law.variance == pytest.approx(0.25 / 768, rel=0.02)
    assert len(result.outliers) == 3
    ratio = result.bulk.law.variance * 768
    fit = f"σ² = {result.bulk.law.variance:.3g} fitted to the lowest 97 of 100"
    assert f"the bulk has shrunk to {ratio:.2g} times its initial variance ({fit})" in result.words


def counted_between(result):
    law, values = result.initialiser, result.eigenvalues
    return int(((values >= law.floor) & (values <= law.limit)).sum())


def test_a_bulk_that_grew_is_said_and_outliers_are_counted_beyond_its_own_edge():
    result = spectrum_of(with_spikes(1.5 * random_weights(100, 256), 3, 6.0))
    assert result.verdict == "grown"
    assert len(result.outliers) == 3
    assert result.counted_against == result.bulk == result.shown_bulk
    assert "the bulk has grown to 2." in result.words
    edge = f"{result.bulk.law.high:.3g} (margin {result.bulk.margin:.2g})"
    assert result.words.startswith(f"3 outliers beyond {edge}, the edge of the grown bulk; ")
    assert result.words.endswith("fitted to the lowest 97 of 100).")


@pytest.mark.parametrize(
    "spectrum",
    [
        np.exp(np.random.default_rng(0).uniform(-12, 0, 100)),  # spread over five decades
        np.r_[np.ones(40), np.zeros(60)],  # low rank
    ],
)
def test_a_spectrum_that_no_law_fits_is_counted_against_the_initialiser_where_that_is_known(spectrum):
    result = empirical_spectral_density(spectrum, 100, 256, 1 / 768)
    law = MarchenkoPastur(100, 256, 1 / 768)
    beyond, below = int((spectrum > law.limit).sum()), int((spectrum < law.floor).sum())
    assert (result.verdict, result.bulk, len(result.outliers)) == ("gone", None, beyond)
    assert result.counts == EdgeCounts(beyond, 100 - beyond - below, below)
    assert result.words.endswith("no Marchenko–Pastur law fits the lower eigenvalues.")
    unknown = empirical_spectral_density(spectrum, 100, 256)
    assert (unknown.counted_against, len(unknown.outliers)) == (None, 0)
    assert unknown.words == "No Marchenko–Pastur law fits the eigenvalues, so outliers are not counted."


def test_a_bulk_smaller_than_half_is_fitted_and_counted_and_its_units_are_named():
    weights = mostly_learned()
    result = spectrum_of(weights)
    assert result.verdict == "bulk"
    assert result.counts == EdgeCounts(137, 119, 0)
    assert (result.bulk.count, len(result.outliers)) == (119, 137)
    assert result.bulk.law.variance == pytest.approx(1 / 3072, rel=0.02)
    activity = np.r_[np.zeros(119), np.ones(137)]
    share = share_between(gram(weights), result.initialiser, unit_states(256, activity))
    values, vectors = np.linalg.eigh(weights @ weights.T)
    assert share == pytest.approx((vectors[:119, :119] ** 2).sum() / 119)
    assert values[118] < result.initialiser.limit < values[119]
    told = result.with_quiet(QuietUnits(119, None, share)).words
    assert share_between(4.0 * np.eye(3), result.initialiser, unit_states(3)) is None
    assert f"; 119 units are dead and carry {100 * share:.0f} % of the eigenvectors between the edges." in told


@pytest.mark.parametrize(
    ("quiet", "words"),
    [
        (QuietUnits(0, 0, None), None),
        (QuietUnits(None, None, None), None),
        (QuietUnits(1, 0, 0.5), "1 unit is dead and carries 50 % of the eigenvectors between the edges"),
        (QuietUnits(1, 2, 0.5), "1 unit is dead and 2 more have hardly moved, and together carry 50 %"),
        (QuietUnits(None, 1, None), "1 unit has hardly moved."),
    ],
)
def test_units_left_where_they_began_are_named_as_far_as_they_are_known(quiet, words):
    told = spectrum_of(with_spikes(random_weights(100, 256), 1, 4.0)).with_quiet(quiet).words
    assert words is None or words in told
    assert ("dead" in told, "hardly" in told) == ("dead" in (words or ""), "hardly" in (words or ""))
    untrained = spectrum_of(random_weights(100, 256))
    assert untrained.with_quiet(quiet).words == untrained.words


@pytest.mark.parametrize("shape", [(90, 256), (120, 60)])
def test_removed_units_are_no_units_of_the_layer(shape):
    units, inputs = shape
    weights = with_spikes(random_weights(units, inputs), 4, 4.0)
    weights[: units // 3] = 0.0
    whole = empirical_spectral_density(eigenvalues(weights), units, inputs, 1 / (3 * inputs), zero_units=units // 3)
    rest = spectrum_of(weights[units // 3 :])
    assert (whole.units, whole.verdict, whole.counts) == (rest.units, rest.verdict, rest.counts)
    np.testing.assert_allclose(whole.eigenvalues, rest.eigenvalues, rtol=1e-9)
    left_out = f"{units // 3} units of {units} with all weights zero left out"
    assert left_out in whole.words
    assert whole.words.replace(f"; {left_out}", "") == rest.words


def test_weights_that_are_all_zero_have_no_spectrum():
    result = empirical_spectral_density(np.zeros(10), 10, 20)
    assert result.entries is None
    assert result.words == "All weights are zero, so there is no spectrum."


def test_without_an_initialiser_outliers_are_counted_beyond_the_fitted_bulk():
    weights = with_spikes(random_weights(100, 256), 5, 4.0)
    result = empirical_spectral_density(eigenvalues(weights), 100, 256)
    assert (result.initialiser, result.verdict, len(result.outliers)) == (None, "bulk", 5)
    assert result.counted_against == result.shown_bulk == result.bulk
    law = result.bulk.law
    edge = f"{law.high:.3g} (margin {result.bulk.margin:.2g})"
    assert result.words == f"5 outliers beyond the edge {edge}, σ² = {law.variance:.3g} fitted to the lowest 95 of 100."


SMALL = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.integers(0, 3))


@given(SMALL, st.sampled_from([0.0, 0.3, 1.0, 5.0]), st.booleans(), st.integers(0, 12))
@settings(deadline=None, max_examples=300)
def test_every_count_in_the_words_is_the_count_of_the_eigenvalues(shape, scale, known, zero):
    units, inputs, seed, spikes = shape
    weights = scale * np.random.default_rng(seed).standard_normal((units, inputs))
    weights[:spikes] *= 30.0
    weights[units - zero :] = 0.0 if zero else weights[units - zero :]
    gone = int((~weights.any(axis=1)).sum())
    result = empirical_spectral_density(eigenvalues(weights), units, inputs, 1.0 if known else None, zero_units=gone)
    if gone == units:
        assert result.words == "All weights are zero, so there is no spectrum."
        return
    values = np.sort(np.linalg.svd(weights[weights.any(axis=1)], compute_uv=False) ** 2)
    law, total = MarchenkoPastur(units - gone, inputs, 1.0), len(values)
    numbers = [int(each) for each in re.findall(r"(?<![\d.])\d+(?= (?:of|between|below|outlier))", result.words)]
    expected = []
    if known:
        beyond, below = int((values > law.limit).sum()), int((values < law.floor).sum())
        expected = [each for each in (beyond, total - beyond - below, below) if each and total > 1]
        if total == 1:
            where = f"beyond {law.high:.3g}, the initialiser’s edge" if beyond else "below "
            assert f"he only eigenvalue is {where}" in result.words
    if result.shown_bulk is not None:
        outliers = int((values > result.bulk.limit).sum())
        assert result.bulk.count == int((values <= result.bulk.limit).sum()) >= FEWEST
        fit = [] if result.bulk.count == total else [result.bulk.count]
        own = [outliers] if outliers and result.verdict != "shrunk" else []
        expected = [*own, *expected, *fit]  # what the overview counts comes first
    expected += [units - gone - inputs] if units - gone > inputs else []
    assert numbers == expected, result.words
    assert (f"{gone} unit" in result.words) == bool(gone)
