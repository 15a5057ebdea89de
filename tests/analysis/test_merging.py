from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.analysis.matrices import cosines, gram
from workbench.analysis.merging import merge_groups

ROWS = hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.integers(-3, 3))


@given(ROWS, st.floats(0.3, 1.0))
@settings(deadline=None)
def test_no_two_units_of_a_group_are_farther_apart_than_asked(rows, cosine):
    angles = cosines(gram(rows))
    for group in merge_groups(gram(rows), cosine).groups:
        assert angles[np.ix_(group, group)].min() >= cosine - 1e-9


@given(ROWS, st.floats(0.3, 1.0))
@settings(deadline=None)
def test_no_two_groups_could_still_be_merged(rows, cosine):
    angles, found = cosines(gram(rows)), merge_groups(gram(rows), cosine)
    members = [np.flatnonzero(found.representatives == unit) for unit in found.kept]
    for i, first in enumerate(members):
        assert all(angles[np.ix_(first, second)].min() < cosine + 1e-9 for second in members[:i])


@given(ROWS)
@settings(deadline=None)
def test_at_a_cosine_of_one_exactly_the_positive_multiples_are_merged_and_the_network_stays_the_same(rows):
    found = merge_groups(gram(rows), 1.0)
    np.testing.assert_allclose(found.multiples[:, None] * rows[found.representatives], rows, atol=1e-9)
    assert (found.multiples > 0.0).all()
    directions = {tuple(np.round(row / np.linalg.norm(row), 9) + 0.0) for row in rows if row.any()}
    assert len(found.kept) == len(directions) + int((~rows.any(axis=1)).sum())
    inputs = np.random.default_rng(0).standard_normal((rows.shape[1], 5))
    outgoing = np.random.default_rng(1).standard_normal((3, len(rows)))
    summed = np.zeros_like(outgoing)
    np.add.at(summed.T, found.representatives, (outgoing * found.multiples).T)
    merged = summed[:, found.kept] @ np.maximum(rows[found.kept] @ inputs, 0.0)
    np.testing.assert_allclose(merged, outgoing @ np.maximum(rows @ inputs, 0.0), atol=1e-9)


def test_a_chain_of_neighbours_is_not_one_group():
    angle = np.deg2rad([0.0, 15.0, 30.0, 45.0])
    rows = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    found = merge_groups(gram(rows), np.cos(np.deg2rad(16.0)))
    assert [group.tolist() for group in found.groups] == [[0, 1], [2, 3]]


def test_the_representative_leaves_the_least_unexplained():
    angle = np.deg2rad([0.0, 10.0, 20.0])
    rows = np.stack((np.cos(angle), np.sin(angle)), axis=1)
    assert merge_groups(gram(rows), 0.9).kept.tolist() == [1]
    assert merge_groups(gram(rows * [[9.0], [1.0], [1.0]]), 0.9).kept.tolist() == [0]


def test_groups_of_one_size_come_in_the_order_of_their_lowest_unit_and_larger_ones_first():
    rows = np.array([[1.0, 0.1], [0.1, 9.0], [0.0, 1.0], [9.0, 0.0], [-1.0, 0.0], [-9.0, 0.1], [-1.0, -0.1]])
    pairs = merge_groups(gram(rows[:4]), 0.9)
    assert pairs.kept.tolist() == [1, 3]  # so the pair of units 0 and 3 is found second
    assert [group.tolist() for group in pairs.groups] == [[0, 3], [1, 2]]
    assert [group.tolist() for group in merge_groups(gram(rows), 0.9).groups] == [[4, 5, 6], [0, 3], [1, 2]]


def test_exact_copies_are_represented_by_the_lowest_unit():
    row = np.random.default_rng(0).standard_normal(37)
    assert merge_groups(gram(np.stack((row, row, row))), 0.95).representatives.tolist() == [0, 0, 0]


def test_units_without_weights_and_opposite_units_stay_alone():
    found = merge_groups(gram(np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])), 0.5)
    assert found.kept.tolist() == [0, 1, 2, 3]
    assert found.multiples.tolist() == [1.0] * 4
    assert found.groups == []


@pytest.mark.parametrize("cosine", [0.0, -0.5, 1.1, np.nan])
def test_a_cosine_that_no_repeated_unit_has_is_refused(cosine):
    with pytest.raises(ValueError, match="above 0 up to 1"):
        merge_groups(np.eye(2), cosine)
