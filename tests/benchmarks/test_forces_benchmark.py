"""One tick of the layout beside the usual ways to lay out the same graph: 512 to 4,096 nodes with 40 edges each.

Where node and the package d3-force are there (`npm install d3-force` in the folder that D3_FORCE names), the same
graphs and forces are timed by it.

Run with `pytest tests/benchmarks --benchmark-only`; the table's ratios are the result, no time is asserted.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from workbench.analysis.graph import weight_graph
from workbench.analysis.layout.forces import Forces, compile_now, links, settle, start, step
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


SIZES = (512, 2048, 4096)
FOLDER = os.environ.get("D3_FORCE", "")
D3 = """
import {readFileSync} from 'fs';
import * as d3 from 'd3-force';
const {n, edges, ticks, forces: f} = JSON.parse(readFileSync(0));
const nodes = Array.from({length: n}, (_, index) => ({index}));
const degrees = new Array(n).fill(0);
for (const [i, j] of edges) { degrees[i]++; degrees[j]++; }
const pull = link => link.weight / Math.min(degrees[link.source.index], degrees[link.target.index]);
const links = edges.map(([source, target, weight]) => ({source, target, weight}));
const charge = d3.forceManyBody().strength(f.charge).distanceMin(f.charge_nearest).distanceMax(f.charge_farthest);
const simulation = d3.forceSimulation(nodes).stop().force('charge', charge)
  .force('x', d3.forceX().strength(f.gravity)).force('y', d3.forceY().strength(f.gravity))
  .force('link', d3.forceLink(links).distance(f.link_distance).strength(pull))
  .force('collide', d3.forceCollide(f.collision_radius).strength(f.collision_strength))
  .force('center', d3.forceCenter());
simulation.tick(20);
const times = [];
for (let k = 0; k < ticks; k++) {
  const before = performance.now();
  simulation.tick();
  times.push(performance.now() - before);
}
times.sort((a, b) => a - b);
console.log(times[times.length >> 1]);
"""


def random_graph(units):
    random = np.random.default_rng(units)
    pairs = np.unique(np.sort(random.integers(0, units, (100 * units, 2)), axis=1), axis=0)
    pairs = random.permutation(pairs[pairs[:, 0] < pairs[:, 1]])[: 40 * units].astype(np.int32)
    return pairs, random.uniform(0.2, 1.0, len(pairs))


@pytest.mark.parametrize("units", SIZES)
def test_whole_tick_while_it_moves(benchmark, units):
    compile_now()
    benchmark.group = f"whole tick, {units:,} nodes, {40 * units:,} edges"
    prepared, layout = links(*random_graph(units), units), start(units)
    for _ in range(20):
        layout = step(layout, prepared)
    assert np.isfinite(benchmark(step, layout, prepared).positions).all()


@pytest.mark.skipif(not FOLDER, reason="D3_FORCE names no folder with d3-force")
@pytest.mark.parametrize("units", SIZES)
def test_whole_tick_of_d3_force(benchmark, units):
    benchmark.group = f"whole tick, {units:,} nodes, {40 * units:,} edges"
    edges, weights = random_graph(units)
    rows = [[*pair, weight] for pair, weight in zip(edges.tolist(), weights.tolist(), strict=True)]
    constants = {name: value for name, value in vars(FORCES).items() if isinstance(value, float)}
    graph = json.dumps({"n": units, "edges": rows, "ticks": 40, "forces": constants})
    script = Path(FOLDER, "tick.mjs")
    script.write_text(D3)

    def median():
        done = subprocess.run(
            ["node", script.name], cwd=FOLDER, input=graph, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    print(f"\nd3-force, {units:,} nodes: {benchmark.pedantic(median, rounds=1):.2f} ms a tick (median)")  # noqa: T201


@pytest.mark.benchmark(group="2,048 nodes, 80,000 edges, one iteration")
def test_iteration_of_networkx_forceatlas2(benchmark):
    edges, weights = random_graph(2048)
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        (*pair, weight) for pair, weight in zip(edges.tolist(), weights.tolist(), strict=True)
    )
    places = dict(enumerate(start(2048).positions.astype(float)))
    assert len(benchmark.pedantic(nx.forceatlas2_layout, (graph,), {"pos": places, "max_iter": 1}, rounds=3)) > 2000


@pytest.mark.benchmark(group="512 nodes from the start to rest")
def test_settling(benchmark):
    compile_now()
    prepared = links(*random_graph(512), 512)
    assert benchmark(lambda: sum(1 for _ in settle(start(512), prepared))) == 300
