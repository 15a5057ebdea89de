"""The ordered matrix of similarities against plain loops, whole and in bins."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.edges import matrix as module
from workbench.analysis.edges.matrix import component_order, ordered_similarity
from workbench.analysis.graph import weight_graph
from workbench.analysis.matrices import cosines, gram


def some() -> np.ndarray:
    weights = np.random.default_rng(0).standard_normal((23, 9))
    weights[3:9] = weights[3] + 0.2 * weights[3:9]
    weights[10] = 0.0
    return weights


@pytest.mark.parametrize("most", [2048, 7])
def test_cells_are_means_over_pairs_of_different_units(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 100)  # several blocks
    weights = some()
    graph = weight_graph(gram(weights), 0.6)
    order = component_order(graph)
    found = ordered_similarity(directions_of_weights(weights), order, most)
    assert sorted(order.tolist()) == [unit for unit in range(23) if unit != 10]
    assert found.binned == (most == 7)
    angles = cosines(gram(weights))
    parts = [order[low:high] for low, high in zip(found.edges[:-1], found.edges[1:], strict=True)]
    for row, first in enumerate(parts):
        for column, second in enumerate(parts):
            pairs = [angles[i, j] for i in first for j in second if i != j]
            expected = np.mean(pairs) if pairs else 1.0
            assert found.values[row, column] == pytest.approx(expected, abs=1e-6)
    assert found.bins_of(np.arange(22)).tolist() == [at for at, part in enumerate(parts) for _ in part]
    assert found.units_in(1, 0).tolist() == [*parts[0].tolist(), *parts[1].tolist()]


def test_components_come_by_their_size_and_groups_stay_together() -> None:
    weights = some()
    graph = weight_graph(gram(weights), 0.6)
    labels = np.arange(23) % 2
    order = component_order(graph, labels)
    numbers = graph.component[order]
    assert (np.diff(numbers) >= 0).all()
    assert set(order[: graph.component_sizes[0]].tolist()) == set(np.flatnonzero(graph.component == 0).tolist())
    inside = labels[order[numbers == 0]]
    assert (np.diff(inside) >= 0).all()
