from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.analysis import orders
from workbench.analysis.greedy import Ranking, remove_one_by_one
from workbench.analysis.matrices import frame_potential, frame_potential_curve, gram, mean_square_cosine

GREEDY = [f"{end}_{what}" for what in ("mag", "fp", "ip", "fp_mod") for end in ("max", "min")]

# Small whole numbers: their Gram matrix is exact, and zero rows, copies, multiples and ties are frequent.
WHOLE_ROWS = hnp.arrays(np.int64, st.tuples(st.integers(1, 7), st.integers(1, 4)), elements=st.integers(-3, 3))


def product(rows, i, j):
    return sum(int(a) * int(b) for a, b in zip(rows[i], rows[j], strict=True))


def squared_cosine(rows, i, j):
    lengths = product(rows, i, i) * product(rows, j, j)
    return Fraction(product(rows, i, j) ** 2, lengths) if lengths else Fraction(0)


def raw_frame_potential(rows, units):
    return Fraction(sum(product(rows, i, j) ** 2 for i in units for j in units))


CONTRIBUTIONS = {
    "mag": lambda rows, left, i: Fraction(product(rows, i, i)),
    "fp": lambda rows, left, i: sum((squared_cosine(rows, i, j) for j in left), Fraction(0)),
    "ip": lambda rows, left, i: Fraction(round(math.fsum(math.sqrt(squared_cosine(rows, i, j)) for j in left), 10)),
    "fp_mod": lambda rows, left, i: (
        raw_frame_potential(rows, left) - raw_frame_potential(rows, [j for j in left if j != i])
    ),
}


def brute_force_order(name, rows):
    """Everything computed anew from the raw rows before each removal, in exact fractions."""
    end, what = name.split("_", 1)
    left, gone = list(range(len(rows))), []
    while left:
        found = {i: CONTRIBUTIONS[what](rows, left, i) for i in left}
        extreme = (min if end == "max" else max)(found.values())
        gone.append(next(i for i in left if found[i] == extreme))
        left.remove(gone[-1])
    return gone


def nearest_first(rows):
    """As "nearest", with every pair of those left compared anew before each removal, in exact fractions."""
    left, gone = list(range(len(rows))), []
    while left:
        closest = {i: max((squared_cosine(rows, i, j) for j in left if j != i), default=0) for i in left}
        gone.append(next(i for i in left if closest[i] == max(closest.values())))
        left.remove(gone[-1])
    return gone


def gaussian_rows(seed, units=24, inputs=40):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((units, inputs)) * rng.uniform(0.5, 2.0, (units, 1))


@pytest.mark.parametrize("name", GREEDY)
@given(rows=WHOLE_ROWS)
@example(rows=np.zeros((4, 2), np.int64))
@example(rows=np.array([[1, 2], [0, 0], [2, 4], [1, 2], [-1, -2], [2, -1]]))
@settings(deadline=None, max_examples=60)
def test_a_greedy_order_is_that_of_recomputing_everything_from_the_rows(name, rows):
    assert orders.removal_order(name, gram(rows.astype(np.float64))).tolist() == brute_force_order(name, rows)


@given(rows=WHOLE_ROWS)
@example(rows=np.zeros((4, 2), np.int64))
@example(rows=np.array([[1, 2], [0, 0], [2, 4], [1, 2], [-1, -2], [2, -1]]))
@settings(deadline=None, max_examples=60)
def test_nearest_removes_the_first_of_the_closest_pair_of_those_left(rows):
    assert orders.removal_order("nearest", gram(rows.astype(np.float64))).tolist() == nearest_first(rows)


@pytest.mark.parametrize("name", GREEDY)
def test_of_two_copies_the_lower_index_goes_first_after_any_number_of_removals(name):
    once = gaussian_rows(0, units=150, inputs=700)
    shuffled = np.random.default_rng(1).permutation(300)
    place = orders.removal_order(name, gram(np.concatenate((once, once))[shuffled])).argsort()
    copies = np.sort(np.argsort(shuffled % 150, kind="stable").reshape(150, 2), axis=1)
    assert (place[copies[:, 0]] < place[copies[:, 1]]).all()


@pytest.mark.parametrize("name", GREEDY)
@given(seed=st.integers(0, 10_000), shuffle=st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=25)
def test_without_ties_the_numbering_of_the_units_changes_nothing(name, seed, shuffle):
    rows = gaussian_rows(seed)
    permutation = np.array(shuffle.sample(range(len(rows)), len(rows)))
    renumbered = permutation[orders.removal_order(name, gram(rows[permutation]))]
    expected = orders.removal_order(name, gram(rows))
    np.testing.assert_array_equal(renumbered[:-2], expected[:-2])
    if name.endswith(("mag", "mod")):  # the others see only the angle between the last two: always a tie
        np.testing.assert_array_equal(renumbered[-2:], expected[-2:])


@pytest.mark.parametrize(("name", "order"), orders.ORDERS.items())
@given(seed=st.integers(0, 1000), units=st.integers(1, 9))
@settings(deadline=None, max_examples=15)
def test_every_order_is_a_permutation_of_the_units(name, order, seed, units):
    rows = gaussian_rows(seed, units, 5)
    found = orders.removal_order(name, rows[:, 0] if order.needs == "scores" else gram(rows), seed)
    assert found.dtype == np.int64
    assert sorted(found) == list(range(units))


@given(WHOLE_ROWS)
@settings(deadline=None)
def test_a_raw_score_is_the_frame_potential_with_the_unit_less_that_without_it(rows):
    removed = orders.removals("max_fp_mod", gram(rows.astype(np.float64)))
    left = list(range(len(rows)))
    for unit, score in zip(removed.order.tolist(), removed.scores, strict=True):
        others = [i for i in left if i != unit]
        assert score == raw_frame_potential(rows, left) - raw_frame_potential(rows, others)
        left = others


@given(WHOLE_ROWS)
@settings(deadline=None)
def test_the_frame_potential_is_the_squared_norm_of_the_normalised_rows_products(rows):
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions = np.divide(rows, lengths, out=np.zeros(rows.shape), where=lengths > 0)
    expected = np.linalg.norm(directions @ directions.T) ** 2
    assert frame_potential(gram(rows.astype(float))) == pytest.approx(expected, abs=1e-12)
    assert mean_square_cosine(rows) == pytest.approx(expected / max(np.count_nonzero(lengths), 1) ** 2, abs=1e-12)


def test_the_frame_potential_of_orthogonal_units_is_their_number_and_of_copies_its_square():
    assert frame_potential(4.0 * np.eye(5)) == 5.0
    assert frame_potential(np.ones((5, 5))) == 25.0


@given(rows=WHOLE_ROWS, seed=st.integers(0, 99))
@settings(deadline=None)
def test_the_frame_potential_curve_is_that_of_the_rows_still_there(rows, seed):
    whole = gram(rows.astype(float))
    order = orders.random_order(len(rows), seed)
    left = [np.sort(order[step:]) for step in range(len(rows))]
    expected = [*(frame_potential(whole[np.ix_(units, units)]) for units in left), 0.0]
    np.testing.assert_allclose(frame_potential_curve(whole, order), expected, atol=1e-12)


def test_a_curve_over_what_is_no_permutation_is_refused():
    with pytest.raises(ValueError, match="names each of them once"):
        frame_potential_curve(np.eye(3), np.array([0, 1, 1]))


@pytest.mark.parametrize("seed", orders.RANDOM_SEEDS)
def test_the_random_order_is_the_permutation_of_numpys_pcg64(seed):
    expected = np.random.Generator(np.random.PCG64(seed)).permutation(256)
    np.testing.assert_array_equal(orders.removal_order("random", np.eye(256), seed), expected)


def test_the_first_random_order_never_changes():
    first = [4, 6, 2, 7, 3, 5, 9, 0, 8, 1]
    assert orders.random_order(10, 0).tolist() == orders.random_order(10).tolist() == first
    assert orders.removals("random", np.ones(10)).order.tolist() == first
    assert orders.removal_order("random", np.ones(10)).tolist() == first
    joint, seeded = (orders.joint_order("random", [np.ones(10)], *seed) for seed in ((), (0,)))
    assert joint.units.tolist() == seeded.units.tolist()


def test_which_orders_take_the_largest_value_first():
    largest = {name for name, order in orders.ORDERS.items() if order.largest_first}
    assert largest == {"min_mag", "min_fp", "min_ip", "min_fp_mod", "nearest", "min_corr"}


def test_an_order_by_score_takes_the_smallest_or_the_largest_first_and_ties_from_the_lowest_index():
    scores = np.array([2.0, 1.0, 3.0, 1.0, 3.0])
    assert orders.order_by_score(scores).tolist() == [1, 3, 0, 2, 4]
    assert orders.order_by_score(scores, largest_first=True).tolist() == [2, 4, 0, 1, 3]


def test_scores_far_smaller_than_the_largest_are_still_told_apart():
    assert orders.order_by_score(np.array([1.0, 3e-20, 2e-20, 0.0])).tolist() == [3, 2, 1, 0]


def test_units_of_constant_output_are_the_least_correlated():
    correlation = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert orders.removal_order("max_corr", correlation).tolist() == [2, 0, 1]
    assert orders.removal_order("min_corr", correlation).tolist() == [0, 1, 2]


@pytest.mark.parametrize("name", ["max_mag", "min_fp", "max_ip", "min_fp_mod", "nearest"])
def test_layers_ranked_together_are_those_of_comparing_all_their_units_at_each_step(name):
    layers = [gram(gaussian_rows(1, 9, 20)), gram(5.0 * gaussian_rows(2, 6, 12))]
    alone = [orders.removals(name, layer) for layer in layers]
    found = orders.joint_order(name, layers)
    left = [list(range(9)), list(range(6))]
    for layer, unit in zip(found.layers.tolist(), found.units.tolist(), strict=True):
        candidates = []
        for index, units in enumerate(left):
            if units:
                removed = orders.removals(name, layers[index][np.ix_(units, units)])
                typical = alone[index].typical * (-1.0 if removed.largest_first else 1.0)
                candidates.append((removed.scores[0] / typical, index, units[removed.order[0]]))
        assert (layer, unit) == min(candidates)[1:]
        left[layer].remove(unit)


def test_layers_ranked_together_do_not_depend_on_the_scale_of_a_layer():
    layers = [gram(gaussian_rows(1)), gram(gaussian_rows(2))]
    found = orders.joint_order("max_mag", layers)
    scaled = orders.joint_order("max_mag", [layers[0], 1e4 * layers[1]])
    np.testing.assert_array_equal(found.layers, scaled.layers)
    np.testing.assert_array_equal(found.units, scaled.units)


def test_by_equal_fractions_a_layer_twice_as_wide_loses_twice_as_many():
    found = orders.joint_order("max_mag", [np.diag([1.0, 2.0]), np.diag([4.0, 3.0, 2.0, 1.0])], rule="fractions")
    assert found.layers.tolist() == [1, 0, 1, 1, 0, 1]
    assert found.units.tolist() == [3, 0, 2, 1, 1, 0]
    assert [units.tolist() for units in found.removed(3)] == [[0], [3, 2]]


def test_layers_of_one_width_are_not_given_the_same_random_order():
    found = orders.joint_order("random", [np.eye(50), np.eye(50)], seed=3)
    first, second = found.removed(100)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first.tolist() != second.tolist()


def test_an_unknown_joint_rule_is_refused():
    with pytest.raises(ValueError, match="choose one of ranked, fractions"):
        orders.joint_order("max_mag", [np.eye(2)], rule="both")


def test_a_joint_order_of_no_layer_is_refused():
    with pytest.raises(ValueError, match="at least one layer"):
        orders.joint_order("max_mag", [])


@pytest.mark.parametrize(("name", "shape"), [("max_fp", (3, 2)), ("max_mag", (3, 2)), ("snip", (3, 3))])
def test_values_of_another_shape_are_refused(name, shape):
    with pytest.raises(ValueError, match=f'"{name}" needs'):
        orders.removal_order(name, np.ones(shape))


@pytest.mark.parametrize("name", ["max_fp_mod", "taylor"])
def test_values_that_are_not_finite_are_refused(name):
    values = np.full(3 if name == "taylor" else (3, 3), np.nan)
    with pytest.raises(ValueError, match="NaN or infinite"):
        orders.removal_order(name, values)


@pytest.mark.parametrize(
    ("scores", "losses", "words"),
    [
        (np.ones((2, 2)), None, "one score per unit"),
        (np.ones(0), None, "one score per unit"),
        (np.ones(2), np.ones((2, 3)), "2 × 2"),
        (np.array([1.0, np.inf]), None, "NaN or infinite"),
        (np.ones(2), np.full((2, 2), np.nan), "NaN or infinite"),
    ],
)
def test_a_ranking_that_could_not_be_followed_is_refused(scores, losses, words):
    with pytest.raises(ValueError, match=words):
        Ranking(scores, losses)


def test_a_removal_leaves_what_it_was_given_unchanged():
    ranking = Ranking(np.array([1.0, 2.0]), np.ones((2, 2)))
    remove_one_by_one(ranking)
    assert ranking.scores.tolist() == [1.0, 2.0]
    assert ranking.losses.tolist() == [[1.0, 1.0], [1.0, 1.0]]
