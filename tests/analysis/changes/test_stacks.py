"""Layers on top of one another, and which unit is which: planted permutations, copies, and what chance gives."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.changes.stacks import counterparts, drift_in, matched_by_chance, pairs_in, stacked

RANDOM = np.random.default_rng(0)
ROWS = RANDOM.standard_normal((20, 60))


def test_rows_lie_on_top_of_one_another_with_their_own_numbers() -> None:
    stack = stacked([("A", ROWS, True), ("B", ROWS[:7], False), ("C", 2 * ROWS, True)])
    assert (stack.rows == np.concatenate((ROWS, ROWS[:7], 2 * ROWS))).all()
    assert np.bincount(stack.origins).tolist() == [20, 7, 20]
    assert stack.units.tolist() == [*range(20), *range(7), *range(20)]
    assert (stack.nodes(1), stack.name_of(22)) == (slice(20, 27), "unit 2 of B")
    assert [each.origin for each in stack.pairs] == [1, 2]


def test_permuted_units_of_another_network_are_found_and_strangers_are_within_chance() -> None:
    order = RANDOM.permutation(20)
    others = ROWS[order] + 0.3 * RANDOM.standard_normal((20, 60))
    others[:5] = RANDOM.standard_normal((5, 60))
    stack = stacked([("A", ROWS, True), ("B", others, False)])
    pairs = pairs_in(stack, 1)
    assert pairs is not None
    known = {(int(order[at]), at + 20) for at in range(5, 20)}
    assert set(map(tuple, pairs.nodes[pairs.beyond_chance].tolist())) == known
    assert pairs.words.startswith("15 of 20 pairs beyond chance")
    assert pairs.by_chance.max() < pairs.chance + 0.15
    stands_for = counterparts(stack, [pairs])
    assert stands_for[:20].tolist() == list(range(20))
    assert stands_for[25:].tolist() == order[5:].tolist()
    assert (stands_for[20:25] == -1).all()


def test_the_same_layer_is_paired_by_number_and_drifts() -> None:
    later = ROWS.copy()
    later[3] *= 2.0  # which turns nowhere
    later[4] = -ROWS[4]
    stack = stacked([("now", later, True), ("before", ROWS, True)])
    pairs = pairs_in(stack, 1)
    assert pairs is not None
    assert pairs.nodes.tolist() == [[unit, unit + 20] for unit in range(20)]
    assert pairs.cosines == pytest.approx([-1.0 if unit == 4 else 1.0 for unit in range(20)])
    assert drift_in(stack, 1) == pytest.approx([{3: 1.0, 4: 2.0}.get(unit, 0.0) for unit in range(20)])
    with pytest.raises(ValueError, match="does not have the units of A"):
        drift_in(stacked([("A", ROWS, True), ("B", ROWS, False)]), 1)


def test_unequal_inputs_and_no_layer_are_refused() -> None:
    with pytest.raises(ValueError, match="B has 59 inputs and A has 60"):
        stacked([("A", ROWS, True), ("B", ROWS[:, 1:], False)])
    with pytest.raises(ValueError, match="at least one layer"):
        stacked([])


def test_pairs_of_independent_directions_are_as_alike_as_twins_by_brute_force() -> None:
    from scipy.optimize import linear_sum_assignment

    means = []
    for seed in range(20):
        random = np.random.default_rng(100 + seed)
        one, other = (random.standard_normal((20, 60)) for _ in range(2))
        one, other = (each / np.linalg.norm(each, axis=1)[:, None] for each in (one, other))
        cosines = one @ other.T
        means.append(cosines[linear_sum_assignment(-cosines)].mean())
    assert matched_by_chance(20, 20, 60).mean() == pytest.approx(np.mean(means), abs=0.02)
