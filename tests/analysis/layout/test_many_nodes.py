"""The forces of many nodes against sums over all pairs in float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.analysis.layout.forces import Forces, Layout, links, step

SILENT = Forces(charge=0.0, gravity=0.0, link_strength=0.0, collision_strength=0.0, centring=0.0)


def unlinked(units):
    return links(np.zeros((0, 2), np.int32), np.zeros(0), units)


def charge_of(positions, forces, alpha):
    """The brute-force sum over all pairs in float64."""
    places, sums = positions.astype(float), np.zeros(positions.shape)
    for i in range(len(places)):
        offset = places - places[i]
        square = (offset**2).sum(axis=1)
        square = np.where(square < forces.charge_nearest**2, np.sqrt(forces.charge_nearest**2 * square), square)
        square[i] = np.inf
        there = (offset**2).sum(axis=1) < forces.charge_farthest**2
        sums[i] = (offset / square[:, None] * there[:, None]).sum(axis=0)
    return forces.charge * alpha * sums


def placed_nodes(kind, units=2500):
    random = np.random.default_rng(0)
    if kind == "clusters":
        return random.standard_normal((30, 2))[random.integers(0, 30, units)] * 500 + 50 * random.standard_normal(
            (units, 2)
        )
    return 300.0 * random.standard_normal((units, 2))


@pytest.mark.parametrize(
    ("kind", "more", "mean", "high"),
    [
        ("disc", {}, 1e-3, 5e-3),
        ("clusters", {}, 4e-3, 2e-2),
        ("disc", {"charge_farthest": 100.0, "charge_nearest": 30.0}, 1e-5, 1e-4),  # near: one by one
    ],
)
def test_the_charge_of_many_nodes_is_nearly_the_sum_over_all_pairs(kind, more, mean, high):
    forces, positions = replace(SILENT, charge=-30.0, velocity_kept=1.0, **more), placed_nodes(kind)
    layout = Layout(positions.astype(np.float32), np.zeros(positions.shape, np.float32))
    found = step(layout, unlinked(len(positions)), forces)
    expected = charge_of(layout.positions, forces, found.alpha)
    off = np.linalg.norm(found.velocities - expected, axis=1) / np.linalg.norm(expected, axis=1).mean()
    assert 0 < off.mean() < mean
    assert np.percentile(off, 99) < high


def test_collisions_of_many_nodes_are_those_of_all_pairs():
    forces = replace(SILENT, collision_strength=0.7, velocity_kept=1.0)
    positions = placed_nodes("clusters", 1500).astype(np.float32)
    positions[7] = positions[9]
    found = step(Layout(positions, np.zeros_like(positions)), unlinked(1500), forces)
    offset = positions[:, None].astype(float) - positions
    length = np.linalg.norm(offset, axis=2)
    touching = (length < 24.0) & (length > 0.0)
    pushed = np.where(touching, (24.0 - length) / np.where(touching, length, 1.0), 0.0)[..., None] * offset * 0.35
    expected = pushed.sum(axis=1)
    others = np.setdiff1d(np.arange(1500), (7, 9))
    np.testing.assert_allclose(found.velocities[others], expected[others], atol=2e-3)
    assert np.linalg.norm(found.velocities[7] - found.velocities[9]) == pytest.approx(2 * 0.35 * 24.0, rel=1e-3)
