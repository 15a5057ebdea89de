from __future__ import annotations

import re
from dataclasses import fields

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv

from workbench.analysis.graph import (
    code_cutoff,
    default_cutoff,
    graph_above,
    mean_distance,
    null_cutoff,
    weight_graph,
)
from workbench.analysis.matrices import cosines, gram


def random_gram(units, inputs, seed=0, zero=()):
    weights = np.random.default_rng(seed).standard_normal((units, inputs))
    weights[list(zero)] = 0.0
    return gram(weights)


@given(st.integers(1, 30), st.integers(1, 6), st.floats(-1, 1), st.integers(0, 5))
@settings(deadline=None)
def test_edges_and_components_are_those_networkx_finds(units, inputs, cutoff, seed):
    matrix = random_gram(units, inputs, seed)
    angles = cosines(matrix)
    expected = nx.Graph()
    expected.add_nodes_from(range(units))
    expected.add_edges_from((i, j) for i in range(units) for j in range(i + 1, units) if angles[i, j] >= cutoff - 1e-12)
    found = weight_graph(matrix, cutoff)
    assert set(map(tuple, found.edges.tolist())) == set(expected.edges)
    assert found.degrees.tolist() == [expected.degree[unit] for unit in range(units)]
    components = sorted(nx.connected_components(expected), key=lambda units: (-len(units), min(units)))
    assert [set(np.flatnonzero(found.component == k)) for k in range(len(components))] == components
    assert found.component_sizes.tolist() == [len(component) for component in components]
    assert found.isolated == nx.number_of_isolates(expected)
    assert found.clusters == len(components) - found.isolated


@given(st.integers(1, 30), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 5), st.sampled_from(["report", "code"]))
@settings(deadline=None)
def test_a_graph_above_a_higher_cutoff_is_the_graph_of_that_cutoff(units, one, other, seed, kernel):
    matrix = random_gram(units, 3, seed, zero=[0])
    low, high = sorted((one, other))
    how = {"kernel_variance": 0.3, "kernel": kernel, "mean_distance": 0.5}
    found = graph_above(weight_graph(matrix, low), high, **how)
    expected = weight_graph(matrix, high, **how)
    for name in (each.name for each in fields(expected)):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_a_graph_does_not_know_the_edges_below_its_cutoff():
    with pytest.raises(ValueError, match=r"a graph that was cut off at 0\.5 does not know the edges from 0\.4 on"):
        graph_above(weight_graph(random_gram(5, 3), 0.5), 0.4)


def test_edges_are_ordered_from_the_weakest_to_the_strongest_with_the_lower_unit_first():
    found = weight_graph(random_gram(20, 3), 0.2)
    assert (np.diff(found.inner_products) >= 0).all()
    assert (found.edges[:, 0] < found.edges[:, 1]).all()
    assert found.edges.dtype == np.int32
    i, j = found.edges.T
    np.testing.assert_array_equal(found.inner_products, cosines(random_gram(20, 3))[i, j])


def test_the_report_kernel_is_a_gaussian_of_the_cosine_distance():
    found = weight_graph(random_gram(20, 3), 0.0, kernel_variance=0.3)
    np.testing.assert_allclose(found.weights, np.exp(-(1 - found.inner_products) / 0.3))


def test_the_code_kernel_is_a_gaussian_of_half_the_cosine_distance_over_its_mean():
    found = weight_graph(random_gram(20, 3), 0.0, kernel="code", mean_distance=0.4)
    distance = (1 - found.inner_products) / 2
    np.testing.assert_allclose(found.weights, np.exp(-(distance**2) / 0.4**2))


@given(st.floats(0.01, 1.0), st.floats(0.05, 1.0))
def test_the_code_cutoff_is_the_cosine_at_which_the_kernel_has_that_value(kernel_cutoff, mean):
    cosine = code_cutoff(kernel_cutoff, mean)
    assert cosine == pytest.approx(1 - 2 * mean * np.sqrt(np.log(1 / kernel_cutoff)))
    assert np.exp(-((((1 - cosine) / 2) / mean) ** 2)) == pytest.approx(kernel_cutoff)


def test_cutting_the_code_kernel_or_the_cosine_keeps_the_same_edges():
    matrix = random_gram(30, 4)
    mean = mean_distance(matrix)
    everything = weight_graph(matrix, -1.0, kernel="code", mean_distance=mean)
    kept = weight_graph(matrix, code_cutoff(0.6, mean), kernel="code", mean_distance=mean)
    assert 0 < len(kept.edges) < len(everything.edges)
    np.testing.assert_array_equal(everything.edges[everything.weights >= 0.6], kept.edges)


def test_the_mean_distance_is_over_pairs_of_different_units():
    matrix = random_gram(7, 3)
    angles = cosines(matrix)
    pairs = [(1 - angles[i, j]) / 2 for i in range(7) for j in range(7) if i != j]
    assert mean_distance(matrix) == pytest.approx(np.mean(pairs))
    with pytest.raises(ValueError, match="needs at least two units"):
        mean_distance(gram(np.array([[1.0, 2.0], [0.0, 0.0]])))


@pytest.mark.parametrize(
    ("kernel_cutoff", "distance"), [(0.0, 0.4), (1.1, 0.4), (0.5, 0.0), (0.5, -0.1), (np.nan, 0.4)]
)
def test_a_code_cutoff_needs_a_kernel_above_zero_and_a_distance(kernel_cutoff, distance):
    with pytest.raises(ValueError, match=r"no cut-off at kernel .*: \(0, 1\] and > 0"):
        code_cutoff(kernel_cutoff, distance)


def test_a_unit_without_weights_is_no_node_even_at_the_lowest_cutoff():
    found = weight_graph(random_gram(6, 3, zero=[2, 4]), -1.0)
    assert found.component_sizes.tolist() == [4]
    assert found.component.tolist() == [0, 0, -1, 0, -1, 0]
    assert (found.nodes, found.isolated, found.alone.any()) == (4, 0, False)
    assert sorted(found.to_networkx()) == [0, 1, 3, 5]
    assert found.norms[[2, 4]].tolist() == [0.0, 0.0]


def test_equal_units_are_joined_at_a_cutoff_of_one():
    row = np.random.default_rng(1).standard_normal(500)
    found = weight_graph(gram(np.stack([row, 3 * row, -row])), 1.0)
    assert found.edges.tolist() == [[0, 1]]


def test_an_edge_lies_at_the_cutoff_itself():
    weights = np.array([[1.0, 0.0], [0.0, 2.0]])
    assert len(weight_graph(gram(weights), 0.0).edges) == 1
    assert len(weight_graph(gram(weights), 1e-9).edges) == 0


def test_permuting_the_units_permutes_the_graph():
    matrix, order = random_gram(25, 3), np.random.default_rng(3).permutation(25)
    before, after = weight_graph(matrix, 0.5), weight_graph(matrix[np.ix_(order, order)], 0.5)
    assert (before.degrees[order] == after.degrees).all()
    assert {frozenset(order[edge]) for edge in after.edges} == {frozenset(edge) for edge in before.edges}
    assert (before.component_sizes == after.component_sizes).all()


def test_networkx_gets_norms_weights_and_inner_products():
    found = weight_graph(random_gram(8, 2), 0.3)
    exported = found.to_networkx()
    assert list(exported) == list(range(8))
    assert exported.nodes[3]["norm"] == found.norms[3]
    for (i, j), weight, product in zip(found.edges, found.weights, found.inner_products, strict=True):
        assert exported.edges[i, j] == {"weight": weight, "inner_product": product}


def test_nan_weights_raise_a_clear_error():
    matrix = random_gram(4, 3)
    matrix[1, 2] = np.nan
    with pytest.raises(ValueError, match="1 of 16 entries that are NaN or infinite: the training diverged"):
        weight_graph(matrix, 0.25)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cutoff": 1.1}, "between -1 and 1"),
        ({"cutoff": np.nan}, "between -1 and 1"),
        ({"cutoff": 0.2, "kernel": "rport"}, "choose one of report, code"),
        ({"cutoff": 0.2, "kernel_variance": 0.0}, "kernel_variance > 0"),
        ({"cutoff": 0.2, "kernel": "code"}, "mean_distance > 0"),
    ],
)
def test_impossible_arguments_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        weight_graph(np.eye(3), **arguments)


@pytest.mark.parametrize(("units", "inputs"), [(300, 64), (40, 10), (20, 3)])
def test_the_null_cutoff_is_the_95th_percentile_of_the_closest_chance_pair(units, inputs):
    rng = np.random.default_rng(0)
    cutoff, trainings, above = null_cutoff(units, inputs), 400, 0
    for _ in range(trainings):
        directions = rng.standard_normal((units, inputs)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        products = directions @ directions.T
        np.fill_diagonal(products, -1.0)
        above += products.max() > cutoff
    assert above / trainings == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / trainings))


def test_a_long_chain_of_units_is_one_component():
    angles = np.random.default_rng(0).permutation(np.linspace(0, np.pi, 500))
    chain = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    assert weight_graph(gram(chain), np.cos(0.007)).component_sizes.tolist() == [500]


@pytest.mark.parametrize("units", [2, 100, 4096])
@pytest.mark.parametrize("inputs", [2, 3, 64, 784, 25088])
def test_the_null_cutoff_is_scipys_quantile_of_the_beta_distribution(units, inputs):
    shape, pairs = (inputs - 1) / 2, units * (units - 1) // 2
    assert null_cutoff(units, inputs) == pytest.approx(1 - 2 * betaincinv(shape, shape, 0.05 / pairs), abs=1e-6)


def test_the_null_cutoff_in_two_dimensions_is_the_arc_length():
    # two directions in the plane: P(cos > c) = arccos(c)/π
    assert null_cutoff(2, 2) == pytest.approx(np.cos(0.05 * np.pi))


def test_the_null_cutoff_of_a_300_by_64_layer():
    assert null_cutoff(300, 64) == pytest.approx(0.5486, abs=1e-4)


def test_the_default_cutoff_is_the_reports_where_chance_gives_less():
    assert default_cutoff(256, 16384) == 0.25
    assert default_cutoff(300, 784) == 0.25
    assert default_cutoff(300, 64) == 0.55  # the null, .5486, rounded up to hundredths


def test_layers_too_small_for_chance_have_the_extreme_cutoffs():
    assert null_cutoff(1, 5) == 0.0
    assert null_cutoff(5, 1) == 1.0
    with pytest.raises(ValueError, match="at least one unit"):
        null_cutoff(0, 5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kernel": "round"}, 'unknown kernel "round": choose one of report, code'),
        ({"kernel_variance": 0.0}, 'the "report" kernel needs kernel_variance > 0, not 0.0'),
        ({"kernel_variance": np.nan, "mean_distance": 1.0}, 'the "report" kernel needs kernel_variance > 0, not nan'),
        ({"kernel": "code"}, 'the "code" kernel needs mean_distance > 0, not None'),
        ({"kernel": "code", "mean_distance": 0.0}, 'the "code" kernel needs mean_distance > 0, not 0.0'),
    ],
)
def test_a_kernel_without_a_width_is_refused_with_the_name_of_what_it_needs(given, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        weight_graph(np.eye(2), 0.5, **given)


def test_each_kernel_takes_the_width_that_is_its_own():
    matrix = np.array([[1.0, 0.5], [0.5, 1.0]])
    for kernel, weight in (("report", np.exp(-0.5 / 0.3)), ("code", np.exp(-((0.25 / 0.7) ** 2)))):
        found = weight_graph(matrix, 0.0, 0.3, kernel, mean_distance=0.7)
        assert found.weights == pytest.approx([weight], rel=1e-12)
