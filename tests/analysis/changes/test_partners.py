"""Which unit is which: the matching against all permutations, against chance, and what became of the units."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from workbench.analysis.changes import partners as module
from workbench.analysis.changes.partners import partners, unit_changes


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def test_the_matching_is_the_best_of_all() -> None:
    one, two = _random(1, 5, 4), _random(2, 5, 4)
    cosines = np.array([[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in two] for a in one])
    found = partners(one, two)
    best = max(permutations(range(5)), key=lambda order: sum(cosines[unit, order[unit]] for unit in range(5)))
    assert found.second.tolist() == list(best)
    np.testing.assert_allclose(found.cosines, cosines[range(5), best])


def test_permuted_and_scaled_units_are_all_found() -> None:
    one, order = _random(3, 40, 60), np.random.default_rng(4).permutation(40)
    found = partners(one, one[order] * np.linspace(0.5, 2, 40)[:, None])
    assert found.second.tolist() == np.argsort(order).tolist()
    elsewhere = int(np.sum(order != np.arange(40)))
    assert (found.matched, found.renumbered, found.copied) == (40, elsewhere, elsewhere)
    assert found.typical == pytest.approx(1.0)


def test_independent_units_have_no_partner_beyond_chance() -> None:
    matched = [partners(_random(seed, 40, 60), _random(seed + 100, 40, 60)).matched for seed in range(20)]
    assert sum(each > 0 for each in matched) <= 3  # 5 % each


def test_what_became_of_units_in_place() -> None:
    before = _random(5, 20, 30)
    before[0] = 0.0
    after = before.copy()
    after[0] = _random(6, 30)  # new
    after[[1, 2]] = 0.0  # removed
    after[3:7] = _random(7, 4, 30)  # moved
    after[7] *= 2.0  # neither moved nor unchanged
    found, pairs = unit_changes(before, after)
    assert (found.new, found.removed, found.moved, found.unchanged) == (1, 2, 4, 12)
    assert pairs is not None
    assert (found.matched, found.renumbered) == (13, 0)


def test_a_smaller_layer_keeps_the_units_that_have_a_partner() -> None:
    before = _random(8, 20, 30)
    kept = before[[2, 5, 7, 11]].copy()
    kept[3] += 1.0 * _random(9, 30)
    found, _ = unit_changes(before, kept)
    assert (found.removed, found.new, found.unchanged, found.moved, found.matched) == (16, 0, 3, 1, 4)
    back, _ = unit_changes(kept, before)
    assert (back.removed, back.new) == (0, 16)


def test_layers_that_cannot_be_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="units of 4 and 5 inputs"):
        partners(np.ones((2, 4)), np.ones((2, 5)))
    assert partners(np.zeros((2, 4)), np.ones((2, 4))).matched == 0
    monkeypatch.setattr(module, "MOST_UNITS", 3)
    found, pairs = unit_changes(_random(1, 4, 6), _random(2, 4, 6))
    assert (pairs, found.matched, found.renumbered, found.moved) == (None, None, None, 4)
    assert unit_changes(_random(1, 4, 6), _random(2, 5, 6))[0].new == 5
