"""The rank of a change: planted ones, noise, exact ones and none at all."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.changes.difference import Difference, difference
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur

SEEDS = range(20)
NOISE = 1e-3


def _parts(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, noise, and a change of rank 4 whose singular values are 1.5 to 6 times those of the noise's edge."""
    units, inputs = shape
    generator = np.random.default_rng(seed)
    weights, noise = 0.1 * generator.standard_normal(shape), NOISE * generator.standard_normal(shape)
    left, right = (np.linalg.qr(generator.standard_normal((each, 4)))[0] for each in shape)
    edge = NOISE * (np.sqrt(units) + np.sqrt(inputs))
    return weights, noise, left @ np.diag([6 * edge, 4 * edge, 2 * edge, 1.5 * edge]) @ right.T


def _found(before: np.ndarray, after: np.ndarray) -> Difference:
    return difference(before.astype(np.float32), after.astype(np.float32))


@pytest.mark.parametrize("shape", [(100, 256), (64, 27), (40, 900)])
def test_a_planted_rank_is_found_and_noise_is_called_noise(shape: tuple[int, int]) -> None:
    ranks, noises, exact = [], [], []
    for seed in SEEDS:
        weights, noise, planted = _parts(seed, shape)
        found = _found(weights, weights + noise + planted)
        ranks.append((found.kind, found.rank))
        noises.append(_found(weights, weights + noise).kind)
        exact.append((_found(weights, weights + planted).kind, _found(weights, weights + planted).rank))
    assert ranks == [("above noise", 4)] * 20
    assert noises == ["noise"] * 20
    assert exact == [("exact", 4)] * 20


def test_rounding_and_quantisation_are_noise() -> None:
    for seed in SEEDS:
        weights = _parts(seed, (100, 256))[0]
        step = np.abs(weights).max() / 127
        assert _found(weights, np.round(weights / step) * step).kind == "noise"
        assert _found(weights, weights.astype(np.float16)).kind == "noise"


def test_the_numbers_are_those_of_plain_formulas() -> None:
    weights, noise, planted = _parts(1, (30, 50))
    after = weights + noise + planted
    found = difference(weights, after)
    delta = after - weights
    assert found.norm == pytest.approx(np.linalg.norm(delta))
    assert found.relative == pytest.approx(np.linalg.norm(delta) / np.linalg.norm(weights))
    np.testing.assert_allclose(found.eigenvalues, np.linalg.svd(delta)[1] ** 2, atol=1e-12)
    assert found.entries_edge == pytest.approx(MarchenkoPastur(30, 50, float(np.mean(delta**2))).limit)
    assert found.share == pytest.approx(found.eigenvalues[:4].sum() / np.sum(delta**2))
    assert found.outliers == int(np.sum(np.linalg.svd(delta)[1] ** 2 > found.noise_edge)) == 4
    scale = np.linalg.lstsq(weights.reshape(-1, 1), after.reshape(-1), rcond=None)[0][0]
    assert found.scale == pytest.approx(scale)
    shrunk = difference(weights, 0.3 * weights)
    assert (shrunk.scale, shrunk.of_scale) == (pytest.approx(0.3), pytest.approx(1.0))


def test_no_change_zero_weights_and_chosen_rows() -> None:
    weights = _parts(2, (30, 50))[0]
    same = difference(weights, weights.copy())
    assert (same.kind, same.rank, same.norm, same.share, same.of_scale) == ("identical", 0, 0.0, 0.0, 0.0)
    grown = difference(np.zeros((30, 50)), weights)
    assert (grown.kind, grown.relative, grown.scale, grown.of_scale) == ("noise", float("inf"), 1.0, 0.0)
    pruned = weights.copy()
    pruned[[3, 8, 20]] = 0.0
    few = difference(weights, pruned)
    assert (few.kind, few.rank, few.units, few.inputs) == ("exact", 3, 3, 50)
    with pytest.raises(ValueError, match="have no difference"):
        difference(weights, weights[:4])
    with pytest.raises(ValueError, match="NaN or infinite"):
        difference(weights, weights * np.nan)


def test_rotated_inputs_and_permuted_units_change_no_spectrum() -> None:
    weights, noise, planted = _parts(3, (30, 50))
    after, turn = weights + noise + planted, np.linalg.qr(np.random.default_rng(4).standard_normal((50, 50)))[0]
    order = np.random.default_rng(5).permutation(30)
    plain, turned = difference(weights, after), difference(weights[order] @ turn, after[order] @ turn)
    np.testing.assert_allclose(turned.eigenvalues, plain.eigenvalues, atol=1e-12)
    assert turned.rank == plain.rank


@pytest.mark.parametrize("seed", range(20))
def test_a_few_large_entries_are_noise_and_hide_no_low_rank(seed: int) -> None:
    random = np.random.default_rng(seed)
    before = random.standard_normal((100, 300))
    sparse = np.where(random.random(before.shape) < 0.05, random.standard_normal(before.shape), 0.0)
    assert difference(before, before + sparse).kind == "noise"
    planted = random.standard_normal((100, 4)) @ random.standard_normal((4, 300))
    assert difference(before, before + sparse + 0.2 * planted).rank == 4
