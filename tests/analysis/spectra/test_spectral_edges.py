"""Eigenvalues beyond both edges, their margins, false counts on Wishart matrices, and a bulk fit that is not misled."""

from __future__ import annotations

import numpy as np
import pytest
from planted_weights import random_weights, with_spikes
from simulated_margins import wishart_spectra

from workbench.analysis.matrices import eigenvalues
from workbench.analysis.spectra.audit import audit
from workbench.analysis.spectra.bulk import fit_bulk
from workbench.analysis.spectra.edges import beyond, seen_from
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, unit_median
from workbench.analysis.spectra.spectrum import edge_counts

CATALOGUE = {"a": ("Initialiser A", 1 / (3 * 200)), "b": ("Initialiser B", 2 / 300), "c": ("Initialiser C", 2 / 200)}


@pytest.mark.parametrize(("units", "inputs"), [(9, 40), (30, 100), (64, 90)])
@pytest.mark.parametrize("source", ["known", "entries", "bulk"])
def test_chance_is_counted_beyond_either_edge_at_most_once_in_1000_spectra(units, inputs, source):
    draws = 4_000 if units < 60 else 2_000
    spectra = wishart_spectra(units, inputs, draws, seed=11)
    low, high = spectra[:, 0], spectra[:, -1]
    if source == "entries":
        variance = spectra.sum(axis=1) / (units * inputs)
    elif source == "bulk":
        variance = np.median(spectra, axis=1) / unit_median(units, inputs)
    else:
        variance = np.ones(draws)
    bulk = fit_bulk(spectra[0], units, inputs)
    assert bulk is not None
    law = bulk if source == "bulk" else MarchenkoPastur(units, inputs, 1.0)
    allowed = draws / 1000 + 3.0 * np.sqrt(draws / 1000)  # of a Poisson count
    assert np.count_nonzero(high / variance > law.limit / law.variance) <= allowed
    assert np.count_nonzero(low / variance < law.floor / law.variance) <= allowed


def test_each_eigenvalue_beyond_an_edge_has_its_distance_and_margin():
    weights = with_spikes(random_weights(100, 256), 3, 2.0)
    weights[:2] *= 0.02
    values = eigenvalues(weights)
    law = MarchenkoPastur(100, 256, 1 / (3 * 256))
    found, counts = seen_from(values, law), edge_counts(values, law)
    assert [each.number for each in found] == list(range(1, 101))
    assert [each.eigenvalue for each in found] == values.tolist()
    sides = [each.side for each in found]
    assert (sides.count("above"), sides.count("below")) == (counts.beyond, counts.below) == (3, 2)
    outside = beyond(values, law)
    assert [each.side for each in outside] == ["above"] * 3 + ["below"] * 2
    for each in outside:
        edge = law.high if each.side == "above" else law.low
        assert each.distance == pytest.approx(abs(each.eigenvalue - edge))
        assert each.margin == pytest.approx(law.margin if each.side == "above" else law.low - law.floor)
        assert each.margins > 1.0
    assert {each.margins for each in found if each.side == "between"} == {0.0}


@pytest.mark.parametrize("outliers", [0, 10, 30])
@pytest.mark.parametrize("dead", [0, 20])
def test_the_fitted_variance_is_moved_neither_by_outliers_nor_by_dead_units(outliers, dead):
    """Dead units stayed as they were drawn, or are zero and left out; half of these are."""
    weights = random_weights(120, 400)
    if outliers:
        weights = with_spikes(weights, outliers, 6.0)
    weights[:dead] = random_weights(120, 400, seed=5)[:dead]
    weights[: dead // 2] = 0.0
    units = 120 - dead // 2
    bulk = fit_bulk(eigenvalues(weights)[:units], units, 400)
    assert bulk is not None
    assert bulk.variance == pytest.approx(1 / 1200, rel=0.06)
    assert len(beyond(eigenvalues(weights)[:units], bulk)) == outliers


def test_the_audit_names_the_initialiser_that_drew_the_weights():
    for seed in range(5):
        drawn = np.random.default_rng(seed).normal(0.0, np.sqrt(2 / 300), (100, 200))
        found = audit(eigenvalues(drawn), 100, 200, CATALOGUE)
        assert [each.name for each in found.fitting] == ["b"]
        assert found.candidates[0].name == "b"
        said = found.words("fc1", "b")
        assert said.startswith("The initial weights of fc1 fit Initialiser B (σ² = 0.00")
        assert said.endswith("not Initialiser C or Initialiser A.")
        assert found.words("fc1", "a").endswith("says Initialiser A, which does not fit the initial weights of fc1.")


def test_the_audit_says_where_no_initialiser_fits():
    drawn = np.random.default_rng(0).normal(0.0, 0.05, (100, 200))
    found = audit(eigenvalues(drawn), 100, 200, CATALOGUE)
    assert found.fitting == ()
    said = (
        "No initialiser of the catalogue fits the initial weights of fc1 (σ² = 0.00248): its nearest, Initialiser A, "
    )
    assert found.words("fc1").startswith(said)
    spiked = with_spikes(np.random.default_rng(0).normal(0.0, np.sqrt(2 / 300), (100, 200)), 2, 2.1)
    outliers = audit(eigenvalues(spiked), 100, 200, CATALOGUE)
    assert "2 eigenvalues outside of its edges" in outliers.words("fc1")
    with pytest.raises(ValueError, match="all zero"):
        audit(np.zeros(100), 100, 200, CATALOGUE)
