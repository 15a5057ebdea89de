"""One tick of the layout beside the usual ways to lay out the same graph: 512 nodes, 20,000 edges.

Run with `pytest tests/benchmarks --benchmark-only`; the table's ratios are the result, no time is asserted.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from workbench.analysis.graph import weight_graph
from workbench.analysis.layout.forces import Forces, compile_now, links, start, step
from workbench.analysis.matrices import gram

UNITS, EDGES = 512, 20_000
FORCES = Forces()


@pytest.fixture(scope="module")
def graph():
    weights = np.random.default_rng(0).standard_normal((UNITS, 64))
    matrix = gram(weights)
    lengths = np.sqrt(np.diagonal(matrix))
    cosine = (matrix / np.outer(lengths, lengths))[np.triu_indices(UNITS, 1)]
    return weight_graph(matrix, float(np.sort(cosine)[-EDGES]))


def numpy_tick(positions, velocities, edges, strengths, biases, alpha):
    """The same tick in plain numpy; links all at once, because one by one would take numpy 0.2 s."""
    offset = positions - positions[:, None]
    square = (offset**2).sum(axis=2)
    softened = np.maximum(square, np.sqrt(FORCES.charge_nearest**2 * square))
    np.fill_diagonal(softened, 1.0)
    force = np.where(square < FORCES.charge_farthest**2, FORCES.charge * alpha / softened, 0.0)
    velocities = velocities + (offset * force[..., None]).sum(axis=1) - positions * (FORCES.gravity * alpha)
    i, j = edges.T
    link = positions[j] + velocities[j] - positions[i] - velocities[i]
    length = np.sqrt((link**2).sum(axis=1))
    link *= ((length - FORCES.link_distance) / length * alpha * strengths)[:, None]
    np.subtract.at(velocities, j, link * biases[:, None])
    np.add.at(velocities, i, link * (1.0 - biases)[:, None])
    predicted = positions + velocities
    offset = predicted[:, None] - predicted
    length = np.sqrt((offset**2).sum(axis=2))
    np.fill_diagonal(length, np.inf)
    overlap = np.maximum(2 * FORCES.collision_radius - length, 0.0) / length
    velocities += (offset * overlap[..., None]).sum(axis=1) * (FORCES.collision_strength / 2)
    velocities *= FORCES.velocity_kept
    return positions - positions.mean(axis=0) + velocities, velocities


@pytest.mark.benchmark(group="tick, 512 nodes, 20,000 edges")
def test_tick_compiled(benchmark, graph):
    compile_now()
    prepared = links(graph.edges, graph.weights, UNITS)
    after = benchmark(step, start(UNITS), prepared)
    assert np.isfinite(after.positions).all()


@pytest.mark.benchmark(group="tick, 512 nodes, 20,000 edges")
def test_tick_numpy(benchmark, graph):
    prepared, layout = links(graph.edges, graph.weights, UNITS), start(UNITS)
    alpha = 1.0 - FORCES.alpha_decay
    positions, _ = benchmark(
        numpy_tick,
        layout.positions,
        layout.velocities,
        prepared.ends,
        prepared.strengths,
        prepared.biases,
        np.float32(alpha),
    )
    assert positions.shape == (UNITS, 2)
    unlinked = np.zeros((0, 2), np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32)
    twin, _ = numpy_tick(layout.positions, layout.velocities, *unlinked, np.float32(alpha))
    found = step(layout, links(unlinked[0], unlinked[1], UNITS))
    np.testing.assert_allclose(found.positions, twin, atol=2e-3)


@pytest.mark.benchmark(group="tick, 512 nodes, 20,000 edges")
def test_tick_networkx_spring_layout(benchmark, graph):
    exported = graph.to_networkx()
    places = dict(enumerate(start(UNITS).positions))
    result = benchmark.pedantic(
        nx.spring_layout,
        (exported,),
        {"pos": places, "iterations": 1, "method": "force"},
        rounds=5,
        warmup_rounds=1,
    )
    assert len(result) == UNITS


@pytest.mark.benchmark(group="tick, 512 nodes, 20,000 edges")
def test_tick_networkx_forceatlas2(benchmark, graph):
    exported = graph.to_networkx()
    places = dict(enumerate(start(UNITS).positions.astype(float)))
    result = benchmark.pedantic(
        nx.forceatlas2_layout, (exported,), {"pos": places, "max_iter": 1}, rounds=5, warmup_rounds=1
    )
    assert len(result) == UNITS
