"""The numbers of an overview again, in plain numpy from weights and activity, over all pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from workbench.analysis.graph import default_cutoff
from workbench.figures.spectrum.layer import layer_spectrum

if TYPE_CHECKING:
    from workbench.runs.place import Place


def directions(weights: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    lengths = np.linalg.norm(weights, axis=1)
    return weights / np.where(lengths > 0, lengths, 1.0)[:, None]


def numbers(place: Place) -> dict[str, float | None]:
    """What the row of a place must say."""
    layer, snapshot = place.layer_view, place.snapshot
    weights, start = (layer.weights(at).astype(np.float64) for at in (snapshot, 0))
    there = np.flatnonzero(np.abs(weights).sum(axis=1))
    inputs = layer.inputs
    alike = directions(weights[there]) @ directions(weights[there]).T
    np.fill_diagonal(alike, -1.0)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(there)))
    graph.add_edges_from(np.argwhere(np.triu(alike >= default_cutoff(len(there), inputs) - 1e-12, 1)).tolist())
    sizes = [len(each) for each in nx.connected_components(graph)]
    activity = layer.activity(snapshot)
    dead = np.zeros(len(there), bool) if activity is None else activity[there] == 0
    moved = (directions(weights[there]) * directions(start[there])).sum(axis=1)
    values = np.linalg.eigvalsh(weights[there] @ weights[there].T)[::-1][: min(len(there), inputs)]
    judge = layer_spectrum(place.run, place.layer, snapshot).counted_against
    left = np.array([values[rank:].sum() for rank in range(len(values) + 1)]) / values.sum()
    bends = 1.0 - np.linspace(0.0, 1.0, len(left)) - left
    return {
        "layer": place.layer,  # type: ignore[dict-item]
        "snapshot": snapshot,
        "units": len(there),
        "inputs": inputs,
        "dead": None if activity is None else int(dead.sum()),
        "hardly_moved": int(((moved > 0.95) & ~dead).sum()),
        "isolated": sizes.count(1),
        "clusters": len(sizes) - sizes.count(1),
        "repeated": int((alike.max(axis=1) >= 0.95 - 1e-12).sum()) if len(there) > 1 else 0,
        "outliers": None if judge is None else int((values > judge.limit).sum()),
        "stable_rank": float(values.sum() / values[0]),
        "elbow": int(np.argmax(bends >= bends.max() - 1e-12)),
    }
