"""CKA against the plain formula of the unbiased HSIC, and what holds for it always."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.changes.alignment import Alignment, centred


def _hsic(one: np.ndarray, two: np.ndarray) -> float:
    """Song et al. (2012), equation 5, term by term."""
    count = len(one)
    one, two = one - np.diag(np.diag(one)), two - np.diag(np.diag(two))
    ones = np.ones(count)
    between = (ones @ one @ ones) * (ones @ two @ ones) / ((count - 1) * (count - 2))
    mixed = 2 / (count - 2) * (ones @ one @ two @ ones)
    return float((np.trace(one @ two) + between - mixed) / (count * (count - 3)))


def _features(seed: int, images: int, units: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((images, units))


def _cka(one: np.ndarray, two: np.ndarray, batch: int) -> float:
    found = Alignment(1, 1)
    for start in range(0, len(one), batch):
        some, others = one[start : start + batch], two[start : start + batch]
        found.add([some @ some.T], [others @ others.T])
    return float(found.values()[0, 0])


def test_it_is_the_plain_formula_summed_over_batches() -> None:
    one, two = _features(1, 40, 7), _features(2, 40, 3)
    two[:, 0] += one[:, 0]
    sums = np.zeros(3)
    for start in (0, 10, 20, 30):
        grams = [each[start : start + 10] @ each[start : start + 10].T for each in (one, two)]
        sums += [_hsic(grams[0], grams[1]), _hsic(grams[0], grams[0]), _hsic(grams[1], grams[1])]
    assert _cka(one, two, 10) == pytest.approx(sums[0] / np.sqrt(sums[1] * sums[2]))
    gram = one @ one.T
    assert np.vdot(centred(gram), centred(two @ two.T)) / (40 * 37) == pytest.approx(_hsic(gram, two @ two.T))


def test_it_is_one_with_itself_rotated_scaled_and_moved() -> None:
    one, turn = _features(3, 60, 8), np.linalg.qr(_features(4, 8, 8))[0]
    assert _cka(one, one, 20) == pytest.approx(1.0)
    assert _cka(one, 7.0 * one @ turn + 3.0, 60) == pytest.approx(1.0)
    other = _features(5, 60, 5) + one[:, :5]
    assert _cka(one @ turn, 0.1 * other, 20) == pytest.approx(_cka(one, other, 20))


def test_independent_features_have_none_on_average_however_many_units() -> None:
    found = [_cka(_features(seed, 30, 200), _features(seed + 500, 30, 200), 30) for seed in range(60)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(60)
    assert np.mean(found) < 0.03  # the biased estimate would be near .87


def test_shuffled_images_show_chance() -> None:
    one = _features(6, 100, 6)
    found = Alignment(2, 1)
    found.add([one @ one.T, np.ones((100, 100))], [one @ one.T])
    assert found.values()[0, 0] == pytest.approx(1.0)
    assert np.isnan(found.values()[1, 0])  # a layer that gives the same for every image
    assert np.abs(found.shuffled()[:, 0, 0]).max() < 0.3
    assert abs(found.shuffled()[:, 0, 0].mean()) < 0.1
    with pytest.raises(ValueError, match="at least 4 images in a batch, not 3"):
        centred(np.eye(3))
