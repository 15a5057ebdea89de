"""The package weightwatcher, and powerlaw which it fits with, find the same in the same matrices; an optional group."""

from __future__ import annotations

import numpy as np
import pytest
from planted_weights import random_weights

from workbench.analysis.matrices import eigenvalues
from workbench.analysis.spectra.marchenko_pastur import marchenko_pastur_edges
from workbench.analysis.spectra.measures import measures
from workbench.analysis.spectra.power_law import fit_power_law
from workbench.resource import resource
from workbench.runs.run import open_run

ABSENT = "an optional test group: pip install '.[checks]'"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("exponent", [1.8, 2.5])  # it takes those above 3 for no power law
def test_the_package_that_weightwatcher_fits_with_finds_the_same_exponent(exponent):
    powerlaw = pytest.importorskip("powerlaw", reason=ABSENT)
    random = np.random.default_rng(1)
    values = np.concatenate((random.uniform(0.1, 1, 80), random.pareto(exponent - 1, 120) + 1))
    ours = fit_power_law(values, 0)
    theirs = powerlaw.Fit(values, xmin=ours.x_min, verbose=False).power_law
    assert theirs.alpha == pytest.approx(ours.alpha, rel=1e-9)
    # It compares with the steps of the distribution from below only, so its distance is at most the whole one.
    assert ours.distance / 2 < theirs.D <= ours.distance * (1 + 1e-9)


def matrices():
    """Random weights, wide and tall, and the wide layers of a sample run at both ends of its training."""
    yield "noise", random_weights(100, 256)
    yield "tall noise", random_weights(300, 120)
    with open_run(resource("sample_runs/digits_lenet.h5")) as run:
        for layer in run.layers:
            if min(layer.units, layer.inputs) >= 50:
                for snapshot in (0, -1):
                    yield f"{layer.name} {snapshot}", layer.weights(snapshot).reshape(layer.units, -1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_weightwatcher_finds_the_same_eigenvalues_exponents_and_edges():
    weightwatcher = pytest.importorskip("weightwatcher", reason=ABSENT)
    torch = pytest.importorskip("torch")
    compared = same = 0
    for name, matrix in matrices():
        weights = np.asarray(matrix, np.float32)
        units, inputs = weights.shape
        layer = torch.nn.Linear(inputs, units, bias=False)
        layer.weight.data = torch.from_numpy(weights)
        watcher = weightwatcher.WeightWatcher(model=torch.nn.Sequential(layer))
        theirs = watcher.analyze(mp_fit=True).iloc[0]
        ours = eigenvalues(weights)[-min(units, inputs) :]  # it leaves out those of a tall matrix that must be zero
        np.testing.assert_allclose(np.sort(watcher.get_ESD(layer=1)), np.sort(ours), rtol=1e-5, atol=1e-6 * ours.max())
        law = fit_power_law(ours, 0)
        tail = ours[ours >= theirs.xmin * (1 - 1e-9)]
        assert theirs.alpha == pytest.approx(1 + len(tail) / np.log(tail / theirs.xmin).sum(), rel=1e-3), name
        same += theirs.xmin == pytest.approx(law.x_min) and theirs.alpha == pytest.approx(law.alpha)
        found = measures(ours)
        assert (theirs.stable_rank, theirs.spectral_norm) == pytest.approx((found.stable_rank, ours.max())), name
        # The law's edges are the same function of σ², and only σ² differs: it is fitted to a smoothed density there.
        variance = theirs.sigma_mp**2 * float((weights.astype(np.float64) ** 2).mean())
        assert theirs.bulk_max == pytest.approx(marchenko_pastur_edges(units, inputs, variance)[1], rel=0.02), name
        compared += 1
    assert compared >= 4
    assert same >= 3  # another x_min is possible: see `power_law`
