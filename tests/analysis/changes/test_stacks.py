"""Layers on top of one another, and which unit is which: planted permutations, copies, and what chance gives."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.changes.by_chance import matched_by_chance
from workbench.analysis.changes.stacks import Pairs, counterparts, drift_in, pairs_in, stacked

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


@pytest.mark.parametrize("same", [True, False])
def test_chance_keeps_the_shift_of_each_row_and_draws_its_weights(same: bool) -> None:
    """By brute force: rows of these lengths and shifts, their weights drawn anew, are a stack of chance."""
    random = np.random.default_rng(4)
    units, others, free = 12, 12 if same else 15, 30
    shifts = [random.normal(2.0, 0.5, units), random.normal(1.5, 0.8, others)]
    lengths = [random.uniform(0.5, 2.0, len(each)) for each in shifts]

    def drawn() -> list[np.ndarray]:
        rows = [random.standard_normal((len(each), free)) for each in shifts]
        unit = [each / np.linalg.norm(each, axis=1)[:, None] for each in rows]
        return [np.column_stack((each * size[:, None], shift))
                for each, size, shift in zip(unit, lengths, shifts, strict=True)]  # fmt: skip

    def pairs_of(first: np.ndarray, second: np.ndarray, tilted: bool = True) -> Pairs:
        found = pairs_in(stacked([("A", first, True), ("B", second, same)], tilted=tilted), 1)
        assert found is not None
        return found

    first, second = drawn()
    pairs = pairs_of(first, second)
    others_drawn = [pairs_of(*drawn(), tilted=False).cosines for _ in range(400)]
    exceeding = np.mean([(cosines > pairs.chance).any() for cosines in others_drawn])
    assert exceeding < 0.06, "at most once in 20 layers"
    assert exceeding > (0.03 if same else 0.0)
    quantiles = [0.1, 0.5, 0.9]
    expected = np.quantile(np.concatenate(others_drawn), quantiles)
    assert np.quantile(pairs.by_chance, quantiles) == pytest.approx(expected, abs=0.05)
    assert pairs.words.startswith("0 of 12 pairs")
    anywhere = pairs_of(first, second, tilted=False)
    assert anywhere.chance < pairs.chance - 0.1, "directions that point anywhere, shifts too, give another null"
    assert np.count_nonzero(anywhere.beyond_chance) > 6
    second[:4] = first[:4]
    assert np.flatnonzero(pairs_of(first, second).beyond_chance).tolist() == [0, 1, 2, 3]
