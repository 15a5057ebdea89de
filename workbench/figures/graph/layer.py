"""The weight graph of a run's layer: the one source of panel, figure, report and commands."""

from __future__ import annotations

from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis import graph as analysis
from workbench.analysis.close_pairs import MOST_PAIRS
from workbench.analysis.graph import (
    KERNEL_VARIANCE,
    default_cutoff,
    graph_above,
    graph_of_directions,
)
from workbench.analysis.matrices import mean_distance_of_rows
from workbench.evaluation.similarity.table import Compared
from workbench.evaluation.similarity.table import similarity as row_of
from workbench.figures.graph.cutoff import Basis, Ranks, cosine_at
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.analysis.edges.distribution import PairCosines
    from workbench.analysis.graph import Kernel, WeightGraph
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.runs.layer import Layer


def layer_graph(
    layer: Layer | Place,
    snapshot: int = -1,
    cutoff: float | None = None,
    kernel_variance: float = KERNEL_VARIANCE,
    kernel: Kernel | None = None,
    kernel_cutoff: float | None = None,
    similarity: SimilarityName = "weights",
    mean_distance: float | None = None,
    lower: WeightGraph | None = None,
    cutoff_unit: CutoffUnit = "cosine",
    counted: Callable[[], PairCosines] | None = None,
) -> WeightGraph:
    """The weight graph of a layer at a snapshot, without its removed units; or of a place, which has a snapshot.

    `cutoff` None is `default_cutoff` of the units that are left. `cutoff_unit` is one of `cutoff.UNITS`: a cosine, the
    weight of an edge, a percentile of all pairs, a number of edges, a p-value, or a number of edges by chance.
    `similarity` is one of `SIMILARITIES`: what the cosines are of, and how edges are weighed. "report-code" is that of
    the report's code; `kernel` "code" with the weights is the same. `kernel_cutoff` is a cut-off in the unit "weight".
    `mean_distance` is the width of that kernel; None: what `mean_distance_of` says. `lower` is a graph of the same
    units by the same similarity: where its cut-off is no higher, its edges are used and no unit is compared. `counted`
    gives the distribution of all pairs, where that is known. No m × m matrix is made.

    RunError where a snapshot is not finite or cannot be read; ValueError for a cut-off outside its range, an unknown
    unit, kernel or similarity, a bias that is not there, and where the layer is too large.
    """
    row = row_of(similarity)
    if kernel not in (None, row.kernel) and similarity != "weights":
        raise ValueError(f'the kernel "{kernel}" goes with the similarity "weights" only; "{similarity}" has its own')
    kernel = kernel or row.kernel
    if kernel_cutoff is not None:
        if cutoff is not None:
            raise ValueError("a cut-off by weight takes the place of another one: give kernel_cutoff or cutoff")
        cutoff, cutoff_unit = kernel_cutoff, "weight"
    width = _width_of(layer.layer_view if isinstance(layer, Place) else layer, kernel, mean_distance)
    at = Compared.of(layer) if isinstance(layer, Place) else Compared(layer, snapshot)
    directions = cache(lambda: row.directions(at))
    norms = directions().lengths if lower is None else lower.norms
    nodes, inputs = int(np.count_nonzero(norms)), row.inputs(at)
    of = Basis(nodes, inputs, kernel, kernel_variance if width is None else width, row.sides)
    if cutoff is None:
        cosine = default_cutoff(max(nodes, 1), inputs, row.sides)
    else:
        cosine = cosine_at(cutoff_unit, cutoff, of, Ranks(lower, directions, counted))
    if lower is not None and cosine >= lower.cutoff:
        return graph_above(lower, cosine, kernel_variance, kernel, width)
    return graph_of_directions(directions(), cosine, kernel_variance, kernel, width)


def _width_of(layer: Layer, kernel: Kernel, mean_distance: float | None) -> float | None:
    """The width of the kernel of the report's code; None of another one."""
    if kernel != "code":
        return None
    return mean_distance_of(layer) if mean_distance is None else mean_distance


def mean_distance_of(layer: Layer) -> float:
    """The width of the kernel of the report's code: the mean over all snapshots of `analysis.graph.mean_distance`."""
    return fmean(_distance(layer, snapshot) for snapshot in range(layer.snapshots))


def _distance(layer: Layer, snapshot: int) -> float:
    if layer.stored_gram:
        return analysis.mean_distance(layer.gram(snapshot))
    return mean_distance_of_rows(layer.weights(snapshot))  # without an m × m matrix


def cutoff_in_words(graph: WeightGraph) -> str:
    """Why the graph has another cut-off than the requested one, as a clause; "" where it has not."""
    if not graph.raised:
        return ""
    why = f"more than {MOST_PAIRS:,} edges reach {graph.requested:.4g}"
    return f"cut-off raised from {graph.requested:.4g} to {graph.cutoff:.11g}, because {why}"
