"""The similarities of the weight graph: each row against the cosines of its own definition."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.figures.graph.similarities import SIMILARITIES
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_lenet.h5")


def rows(layer: wb.Layer, name: str) -> np.ndarray:
    """What the similarity of this name compares, written down once more."""
    weights = layer.weights(-1).astype(np.float64)
    return {
        "weights": lambda: weights,
        "weights-and-bias": lambda: np.hstack([weights, layer.row(f"/parameters/{layer.name}.bias", -1)[:, None]]),
    }[name]()


@pytest.mark.parametrize("name", SIMILARITIES)
def test_edges_are_the_pairs_whose_rows_point_the_same_way(name: str, tmp_path: Path) -> None:
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        graph = wb.layer_graph(layer, cutoff=0.3, similarity=name)
        vectors = rows(layer, name)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines = (vectors @ vectors.T) / np.outer(lengths, lengths)
    first, second = np.triu_indices(len(vectors), 1)
    expected = {(i, j) for i, j in zip(first.tolist(), second.tolist(), strict=True) if cosines[i, j] >= 0.3 - 1e-12}
    assert set(map(tuple, graph.edges.tolist())) == expected
    np.testing.assert_allclose(graph.inner_products, cosines[tuple(graph.edges.T)], atol=1e-6)
    np.testing.assert_allclose(graph.norms, lengths, rtol=1e-6)
    out = tmp_path / "graph.json"
    words = ["graph", str(SAMPLE), "--layer", "fc2", "--cutoff", "0.3", "--similarity", name, "--out", str(out)]
    assert main(words) == 0
    written = json.loads(out.read_text())
    assert (written["graph"]["similarity"], len(written["edges"])) == (name, len(expected))


def test_two_similarities_differ_where_biases_do() -> None:
    with wb.open_run(SAMPLE) as run:
        graphs = [wb.layer_graph(run.layer("fc2"), cutoff=-1.0, similarity=name) for name in SIMILARITIES]
    assert np.abs(np.sort(graphs[0].inner_products) - np.sort(graphs[1].inner_products)).max() > 1e-4


def test_what_cannot_be_compared_is_refused() -> None:
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        with pytest.raises(ValueError, match='unknown similarity "looks": choose one of weights, weights-and-bias'):
            wb.layer_graph(layer, similarity="looks")
        with pytest.raises(ValueError, match='kernel "code" goes with the similarity "weights" only'):
            wb.layer_graph(layer, kernel="code", similarity="weights-and-bias")
        without = replace(layer, parameter="elsewhere.weight")
        assert without.bias() is None
        with pytest.raises(ValueError, match="fc2 has no bias of its own for each unit"):
            SIMILARITIES["weights-and-bias"].directions(without, -1)
