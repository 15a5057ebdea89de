"""Components at every cut-off against networkx, each cut-off by itself."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.edges import growth as module
from workbench.analysis.edges.growth import growth
from workbench.analysis.matrices import cosines, gram


def some() -> np.ndarray:
    weights = np.random.default_rng(0).standard_normal((40, 6))
    weights[:8] = weights[0] + 0.1 * weights[:8]
    weights[-2:] = 0.0
    return weights


@pytest.mark.parametrize("most", [1 << 21, 300])
def test_components_are_those_of_networkx_at_every_cutoff(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EDGES", most)
    weights = some()
    found, angles = growth(directions_of_weights(weights), cutoffs=31), np.triu(cosines(gram(weights)), 1)
    angles[np.tril_indices(40)] = -2.0
    angles[:, -2:] = -2.0
    assert (angles[angles > -2.0].min() == pytest.approx(found.cutoffs[0])) == (most > 300)
    for cutoff, count, clusters, largest in zip(
        found.cutoffs, found.components, found.clusters, found.largest, strict=True
    ):
        graph = nx.empty_graph(38)
        graph.add_edges_from(np.argwhere(angles >= cutoff - 1e-12).tolist())
        sizes = [len(each) for each in nx.connected_components(graph)]
        assert (count, clusters, largest) == (len(sizes), sum(size > 1 for size in sizes), max(sizes)), cutoff


def test_no_unit_or_one_has_no_pair() -> None:
    for units, there in ((3, 0), (1, 1)):
        found = growth(directions_of_weights(np.eye(units) * there))
        assert set(found.components.tolist()) == {there}
        assert set(found.clusters.tolist()) == {0}
