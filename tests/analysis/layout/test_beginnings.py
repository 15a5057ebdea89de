"""Where nodes begin: groups apart from each other, newcomers next to those they are joined with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.layout import forces, places

CHAINS = (30, 12, 12, 5, 2)


def linked(sizes, units, taking_part=None):
    edges, first = [], 0
    for size in sizes:
        edges += [(first + k, first + k + 1) for k in range(size - 1)]
        first += size
    return forces.links(np.array(edges, np.int32).reshape(-1, 2), np.ones(len(edges)), units, taking_part)


@given(st.lists(st.floats(0.5, 50.0), min_size=1, max_size=40))
def test_discs_on_rings_do_not_touch(radii):
    radii = np.sort(np.array(radii))[::-1]
    middles = places.rings(radii).astype(float)
    apart = np.linalg.norm(middles[:, None] - middles, axis=2) - radii[:, None] - radii
    assert (apart[~np.eye(len(radii), dtype=bool)] > -1e-2).all()
    assert not middles[0].any()


def test_each_group_begins_in_a_place_of_its_own():
    links = linked(CHAINS, sum(CHAINS))
    assert np.bincount(links.groups).tolist() == sorted(CHAINS, reverse=True)
    positions = places.start(links).positions
    for group in range(len(CHAINS)):
        own, others = positions[links.groups == group], positions[links.groups != group]
        middle = own.mean(axis=0)
        assert np.linalg.norm(own - middle, axis=1).max() < np.linalg.norm(others - middle, axis=1).min()


@pytest.mark.parametrize("sizes", [(20,), (1,) * 20])
def test_a_single_group_and_loose_nodes_begin_on_d3s_sunflower(sizes):
    links = linked(sizes, 20)
    np.testing.assert_array_equal(places.start(links).positions, forces.start(20).positions)


def test_a_newcomer_begins_next_to_its_neighbours_and_the_others_stay():
    part = np.arange(20) < 10
    before, after = linked((10,), 20, part), linked((12, 1, 1, 1, 5), 20, (np.arange(20) < 12) | (np.arange(20) > 14))
    layout = places.start(before)
    layout = replace(layout, velocities=np.ones_like(layout.positions))
    carried = places.carried(layout, before, after)
    np.testing.assert_array_equal(carried.positions[:10], layout.positions[:10])
    np.testing.assert_array_equal(carried.velocities[:10], 1.0)
    assert 0 < np.linalg.norm(carried.positions[10] - layout.positions[9]) <= 2 * places.BESIDE
    reach = np.linalg.norm(carried.positions[:10], axis=1).max()
    group = carried.positions[15:]
    assert np.linalg.norm(group, axis=1).min() >= reach, "a new group begins outside"
    assert np.linalg.norm(group - group.mean(axis=0), axis=1).max() < 3 * places.SPACING * np.sqrt(5)
    assert not carried.velocities[15:].any()
    assert len(np.unique(carried.positions[after.members], axis=0)) == len(after.members)


def test_nothing_is_carried_where_all_took_part_before():
    links = linked((10,), 10)
    layout = places.start(links)
    assert places.carried(layout, links, linked((5, 5), 10)) is layout


def test_the_first_nodes_begin_as_groups_where_nobody_took_part():
    none = linked((), 30, np.zeros(30, bool))
    links = linked((20, 10), 30)
    carried = places.carried(places.start(none), none, links)
    np.testing.assert_allclose(carried.positions[:20].mean(axis=0), 0.0, atol=8.0)
    assert len(np.unique(carried.positions, axis=0)) == 30
