"""Communities against networkx, a brute-force twin and planted groups."""

from __future__ import annotations

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis import communities as louvain
from workbench.analysis.communities import communities, modularity


def random_graph(units: int, edges: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    pairs = np.argwhere(np.triu(np.ones((units, units)), 1))
    chosen = pairs[random.permutation(len(pairs))[:edges]].astype(np.int32)
    return chosen, random.uniform(0.05, 1.0, len(chosen))


def as_networkx(edges: np.ndarray, weights: np.ndarray, units: int) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(units))
    graph.add_weighted_edges_from((*pair, weight) for pair, weight in zip(edges.tolist(), weights, strict=True))
    return graph


def parts(labels: np.ndarray) -> list[set[int]]:
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]


@given(st.integers(2, 40), st.integers(1, 120), st.integers(0, 1000))
@settings(deadline=None, max_examples=40)
def test_the_modularity_is_that_of_networkx_and_no_less_than_its_louvain_finds(units, count, seed):
    edges, weights = random_graph(units, count, seed)
    graph, found = as_networkx(edges, weights, units), communities(edges, weights, units)
    assert found.modularity == pytest.approx(nx.community.modularity(graph, parts(found.labels)), abs=1e-12)
    theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed))
    assert found.modularity >= theirs - 0.05
    assert found.sizes.tolist() == sorted(map(len, parts(found.labels)), reverse=True)
    components = {unit: number for number, part in enumerate(nx.connected_components(graph)) for unit in part}
    assert all(len({components[unit] for unit in part}) == 1 for part in parts(found.labels))


@pytest.mark.parametrize("seed", range(4))
def test_a_small_graph_has_the_partition_that_brute_force_finds(seed):
    random = np.random.default_rng(seed)
    groups = random.integers(0, 2, 8)
    pairs = np.argwhere(np.triu(np.ones((8, 8)), 1)).astype(np.int32)
    weights = np.where(groups[pairs[:, 0]] == groups[pairs[:, 1]], random.uniform(0.7, 1.0, 28), 0.1)
    best = max(modularity(np.array(labels), pairs, weights) for labels in product(range(3), repeat=8))
    assert communities(pairs, weights, 8).modularity == pytest.approx(best, abs=1e-12)


def test_planted_groups_are_found_the_largest_first():
    sizes = (30, 20, 12)
    groups = np.repeat([2, 0, 1], sizes)  # which is which is not known from the numbers of the units
    pairs = np.argwhere(np.triu(np.ones((62, 62)), 1)).astype(np.int32)
    close = groups[pairs[:, 0]] == groups[pairs[:, 1]]
    close |= np.random.default_rng(0).random(len(pairs)) < 0.03
    found = communities(pairs[close], np.ones(np.count_nonzero(close)), 65)
    assert found.sizes.tolist() == [30, 20, 12, 1, 1, 1]
    assert found.found == 3
    assert found.labels.tolist() == [0] * 30 + [1] * 20 + [2] * 12 + [3, 4, 5]


def test_compiled_and_not_the_communities_are_the_same_and_the_seed_decides_them():
    edges, weights = random_graph(120, 900, 3)
    louvain._compiled.clear()
    plain = communities(edges, weights, 120)
    louvain.compile_now()
    np.testing.assert_array_equal(communities(edges, weights, 120).labels, plain.labels)
    np.testing.assert_array_equal(communities(edges, weights, 120, seed=0).labels, plain.labels)


def test_a_graph_without_edges_has_none():
    found = communities(np.zeros((0, 2), np.int32), np.zeros(0), 3)
    assert (found.found, found.modularity, found.labels.tolist()) == (0, 0.0, [0, 1, 2])
