"""The compiled layout against d3-force's definitions written out node by node in float64."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.layout.forces import Forces, Layout, compile_now, links, settle, start, step

SILENT = Forces(charge=0.0, gravity=0.0, link_strength=0.0, collision_strength=0.0, centring=0.0)
NO_LINKS = np.zeros((0, 2), np.int32)


def random_layout(units, seed=0, extent=60.0):
    rng = np.random.default_rng(seed)
    positions = (extent * rng.standard_normal((units, 2))).astype(np.float32)
    return Layout(positions, rng.standard_normal((units, 2)).astype(np.float32), alpha=0.7)


def random_edges(units, count, seed=0):
    rng = np.random.default_rng(seed)
    pairs = np.array([(i, j) for i in range(units) for j in range(i + 1, units)], np.int32)
    chosen = rng.permutation(len(pairs))[:count]
    return pairs[chosen].reshape(-1, 2), rng.uniform(0.1, 1.0, len(chosen))


def unlinked(units):
    return links(NO_LINKS, np.zeros(0), units)


def twin_charge(p, v, forces, alpha):
    for i in range(len(p)):
        for j in range(len(p)):
            offset = p[j] - p[i]
            square = offset @ offset
            if i == j or square >= forces.charge_farthest**2:
                continue
            if square < forces.charge_nearest**2:
                square = np.sqrt(forces.charge_nearest**2 * square)
            v[i] += offset * forces.charge * alpha / square


def twin_gravity(p, v, forces, alpha):
    for i in range(len(p)):
        v[i] += (0.0 - p[i]) * forces.gravity * alpha


def twin_links(p, v, forces, alpha, edges, weights):
    degree = np.bincount(edges.ravel(), minlength=len(p))
    for (i, j), weight in zip(edges, weights, strict=True):
        offset = p[j] + v[j] - p[i] - v[i]
        length = np.sqrt(offset @ offset)
        strength = forces.link_strength * weight / min(degree[i], degree[j])
        offset = offset * ((length - forces.link_distance) / length * alpha * strength)
        bias = degree[i] / (degree[i] + degree[j])
        v[j] -= offset * bias
        v[i] += offset * (1.0 - bias)


def twin_collision(p, v, forces):
    predicted, apart = p + v, 2.0 * forces.collision_radius
    for i in range(len(p)):
        for j in range(len(p)):
            offset = predicted[i] - predicted[j]
            length = np.sqrt(offset @ offset)
            if i != j and length < apart:
                v[i] += offset * (apart - length) / length * forces.collision_strength / 2.0


def twin_step(layout, edges, weights, forces):
    p, v = layout.positions.astype(float), layout.velocities.astype(float)
    alpha = layout.alpha + (layout.alpha_target - layout.alpha) * forces.alpha_decay
    twin_charge(p, v, forces, alpha)
    twin_gravity(p, v, forces, alpha)
    twin_links(p, v, forces, alpha, edges, weights)
    twin_collision(p, v, forces)
    p -= forces.centring * p.mean(axis=0)
    v *= forces.velocity_kept
    return p + v, v


ONE_FORCE = {
    "none": {},
    "charge": {"charge": -30.0},
    "attraction": {"charge": 50.0},
    "short range": {"charge": -200.0, "charge_farthest": 40.0, "charge_nearest": 20.0},
    "gravity": {"gravity": 0.03},
    "links": {"link_strength": 1.0},
    "collision": {"collision_strength": 0.7},
    "centring": {"centring": 1.0},
}


@pytest.mark.thinned(2)
@pytest.mark.parametrize("name", [*ONE_FORCE, "all"])
@pytest.mark.parametrize(("units", "extent"), [(1, 10.0), (2, 5.0), (50, 20.0), (80, 300.0)])
def test_a_tick_is_that_of_the_definitions(name, units, extent):
    forces = Forces() if name == "all" else replace(SILENT, **ONE_FORCE[name])
    layout = random_layout(units, extent=extent)
    edges, weights = random_edges(units, 3 * units)
    found = step(layout, links(edges, weights, units), forces)
    positions, velocities = twin_step(layout, edges, weights, forces)
    np.testing.assert_allclose(found.velocities, velocities, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(found.positions, positions, atol=1e-4, rtol=1e-4)


def test_nodes_that_are_nowhere_are_refused_in_a_sentence():
    layout = replace(start(3), positions=np.full((3, 2), np.inf, np.float32))
    with pytest.raises(ValueError, match="the nodes fly apart"):
        step(layout, unlinked(3))


def test_a_collision_radius_of_zero_pushes_nothing():
    layout = random_layout(20)
    off = step(layout, unlinked(20), replace(SILENT, collision_strength=0.7, collision_radius=0.0))
    np.testing.assert_array_equal(off.velocities, step(layout, unlinked(20), SILENT).velocities)


def test_the_constants_are_the_reports():
    assert asdict(Forces()) == {
        "charge": -30.0, "charge_nearest": 1.0, "charge_farthest": 2000.0, "gravity": 0.03, "link_distance": 30.0,
        "link_strength": 1.0, "collision_radius": 12.0, "collision_strength": 0.7, "centring": 1.0,
        "velocity_kept": 0.6, "alpha_decay": pytest.approx(0.0227627790442, rel=1e-11), "alpha_least": 0.001,
        "gravity_up": 1.0, "link_iterations": 1, "collision_iterations": 1, "springs": "weighted", "off": (),
    }  # fmt: skip


def test_the_start_is_d3s_sunflower_at_rest():
    layout = start(3)
    assert layout.positions.dtype == np.float32
    np.testing.assert_allclose(layout.positions[0], [7.0710678, 0.0], atol=1e-5)
    np.testing.assert_allclose(layout.positions[1], [-9.03088751, 8.27303273], atol=1e-5)
    np.testing.assert_allclose(layout.positions[2], [1.38232208, -15.75084714], atol=1e-5)
    assert not layout.velocities.any()
    assert layout.alpha == 1.0


def test_two_linked_nodes_at_the_link_distance_stay_at_rest():
    pair = links(np.array([[0, 1]], np.int32), np.ones(1), 2)
    at_rest = Layout(np.array([[-15.0, 0.0], [15.0, 0.0]], np.float32), np.zeros((2, 2), np.float32))
    after = step(at_rest, pair, replace(SILENT, link_strength=1.0, collision_strength=0.7, centring=1.0))
    np.testing.assert_allclose(after.positions, at_rest.positions, atol=1e-5)
    np.testing.assert_allclose(after.velocities, 0.0, atol=1e-5)


def test_two_linked_nodes_come_to_rest_at_the_link_distance():
    pair = links(np.array([[0, 1]], np.int32), np.ones(1), 2)
    *_, last = settle(start(2), pair, replace(SILENT, link_strength=1.0))
    assert np.linalg.norm(last.positions[1] - last.positions[0]) == pytest.approx(30.0, abs=1e-3)


def test_charge_pushes_apart_and_collisions_keep_two_radii_between_nodes():
    crowd = links(*random_edges(12, 66), 12)
    *_, last = settle(start(12), crowd)
    distances = np.linalg.norm(last.positions[:, None] - last.positions, axis=2)[~np.eye(12, dtype=bool)]
    assert distances.min() > 0.9 * 24.0


def test_a_fixed_node_is_exactly_where_it_is_held_and_the_others_feel_it():
    edges, weights = random_edges(20, 40)
    prepared, free = links(edges, weights, 20), random_layout(20)
    held = step(free, prepared, fixed={3: (500.0, -20.0), 7: (1.0, 2.0)})
    for _ in range(5):
        held = step(held, prepared, fixed={3: (500.0, -20.0), 7: (1.0, 2.0)})
        assert held.positions[3].tolist() == [500.0, -20.0]
        assert held.positions[7].tolist() == [1.0, 2.0]
        assert not held.velocities[[3, 7]].any()
    *_, unheld = islice(settle(free, prepared), 6)
    assert np.abs(held.positions - unheld.positions)[[0, 1, 2]].max() > 1.0


def test_a_step_leaves_the_layout_it_came_from_untouched():
    layout = random_layout(10)
    before = layout.positions.copy(), layout.velocities.copy()
    step(layout, unlinked(10))
    assert (layout.positions == before[0]).all()
    assert (layout.velocities == before[1]).all()


def test_the_layout_stops_by_itself_after_300_ticks():
    layouts = list(settle(start(5), unlinked(5)))
    assert len(layouts) == 300
    assert layouts[-1].alpha < 0.001 <= layouts[-2].alpha


def test_a_target_keeps_it_warm_until_it_is_released():
    warm = start(3).reheated(target=0.3)
    *_, warm = islice(settle(warm, unlinked(3)), 1000)
    assert warm.alpha == pytest.approx(0.3, abs=1e-3)
    assert len(list(settle(warm.reheated(0.3), unlinked(3)))) < 300


def test_reheating_never_cools():
    assert start(2).reheated(0.3).alpha == 1.0
    assert replace(start(2), alpha=0.0).reheated(0.3).alpha == 0.3


def test_the_same_start_gives_the_same_layout_bit_for_bit():
    prepared = links(*random_edges(40, 100), 40)
    *_, first = islice(settle(start(40), prepared), 50)
    *_, second = islice(settle(start(40), prepared), 50)
    assert (first.positions == second.positions).all()


def test_a_settled_layout_hardly_moves_when_a_few_edges_change():
    edges, weights = random_edges(30, 60)
    *_, settled = settle(start(30), links(edges, weights, 30))
    *_, warm = settle(settled.reheated(0.3), links(edges[2:], weights[2:], 30))
    moved = np.linalg.norm(warm.positions - settled.positions, axis=1)
    assert np.median(moved) < 30.0
    assert (moved > 0.0).any()


@given(st.integers(2, 40), st.integers(0, 100))
@settings(deadline=None, max_examples=30)
def test_permuting_the_units_permutes_the_positions(units, seed):
    layout, order = random_layout(units, seed), np.random.default_rng(seed).permutation(units)
    edges, weights = random_edges(units, 2 * units, seed)
    place = np.argsort(order).astype(np.int32)  # where each unit went
    shuffled = replace(layout, positions=layout.positions[order], velocities=layout.velocities[order])
    before = step(layout, links(edges, weights, units))
    after = step(shuffled, links(place[edges], weights, units))
    np.testing.assert_allclose(after.positions, before.positions[order], atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("forces", [Forces(), replace(SILENT, link_strength=1.0)])
def test_nodes_at_the_same_place_part(forces):
    together = Layout(np.full((6, 2), 5.0, np.float32), np.zeros((6, 2), np.float32))
    chain = links(np.array([[k, k + 1] for k in range(5)], np.int32), np.ones(5), 6)
    after = step(together, chain, forces)
    distances = np.linalg.norm(after.positions[:, None] - after.positions, axis=2)[~np.eye(6, dtype=bool)]
    assert np.isfinite(after.positions).all()
    assert distances.min() > 0.0


def test_compiling_ahead_leaves_nothing_to_compile_for_a_real_graph():
    from workbench.analysis.layout import cells, charges, kernels

    def compiled():
        return {
            name: len(value.signatures)
            for module in (kernels, charges, cells)
            for name, value in vars(module).items()
            if hasattr(value, "signatures")
        }

    compile_now()
    before = compiled()
    step(start(30), links(*random_edges(30, 50), 30), fixed={1: (0.0, 0.0)})
    assert compiled() == before
    called = ("add_charges", "_pull_in", "_pull_links", "_collide", "_move")
    assert all(before[name] == 1 for name in called)
    assert max(before.values()) == 1


@pytest.mark.parametrize(
    ("edges", "weights", "message"),
    [
        ([[0, 3]], [1.0], "nodes of 0 to 2"),
        ([[-1, 1]], [1.0], "nodes of 0 to 2"),
        ([[1, 1]], [1.0], "two different nodes"),
        ([[0, 1]], [1.0, 2.0], "1 edges with 2 weights"),
    ],
)
def test_impossible_links_are_explained(edges, weights, message):
    with pytest.raises(ValueError, match=message):
        links(np.array(edges, np.int32), np.array(weights), 3)


def test_links_and_held_nodes_of_another_graph_are_refused():
    with pytest.raises(ValueError, match="4 nodes cannot have the links of 3"):
        step(start(4), unlinked(3))
    with pytest.raises(ValueError, match="node 4 cannot be held"):
        step(start(4), unlinked(4), fixed={4: (0.0, 0.0)})
    with pytest.raises(ValueError, match="at least one node"):
        start(0)


def test_nodes_that_do_not_take_part_start_outside_and_have_no_links():
    spiral = start(5).positions
    members = np.array([1, 3, 4])
    np.testing.assert_array_equal(start(5, members).positions[[1, 3, 4, 0, 2]], spiral)
    edges, weights = np.array([[0, 1], [1, 3], [3, 4], [2, 4]], np.int32), np.array([0.1, 0.2, 0.3, 0.4])
    part = np.array([False, True, False, True, True])
    found, alone = links(edges, weights, 5, part), links(np.array([[0, 1], [1, 2]], np.int32), weights[1:3], 3)
    for name in ("ends", "strengths", "biases"):
        np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))
    before = start(5, members)
    after = step(before, found)
    np.testing.assert_array_equal(after.positions[[0, 2]], before.positions[[0, 2]])
    np.testing.assert_array_equal(after.positions[members], step(start(3), alone).positions)
