"""The weight graph of a run's layer: the one source of panel, figure, report and commands."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis import graph as analysis
from workbench.analysis.close_pairs import MOST_PAIRS
from workbench.analysis.graph import (
    KERNEL_VARIANCE,
    code_cutoff,
    default_cutoff,
    graph_above,
    graph_of_directions,
)
from workbench.figures.graph.similarities import Compared
from workbench.figures.graph.similarities import similarity as row_of
from workbench.runs.place import Place

if TYPE_CHECKING:
    from workbench.analysis.graph import Kernel, WeightGraph
    from workbench.analysis.matrices import Float64Array
    from workbench.figures.graph.similarities import SimilarityName
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
) -> WeightGraph:
    """The weight graph of a layer at a snapshot, without its removed units; or of a place, which has a snapshot.

    `cutoff` None is `default_cutoff` of the units that are left. `similarity` is one of `SIMILARITIES`: what the
    cosines are of, and how edges are weighed. "report-code" is that of the report's code, which may say the cut-off as
    the least weight of an edge, `kernel_cutoff`; `kernel` "code" with the weights is the same. Other kernels make no
    m × m matrix. `mean_distance` is what `mean_distance_of` says, where it is known. `lower` is a graph of the same
    units by the same similarity: where its cut-off is no higher, its edges are used and no unit is compared.

    RunError where a snapshot is not finite or cannot be read; ValueError for a cut-off outside [−1, 1], an unknown
    kernel or similarity, a bias that is not there, and where the layer is too large.
    """
    row = row_of(similarity)
    if kernel not in (None, row.kernel) and similarity != "weights":
        raise ValueError(f'the kernel "{kernel}" goes with the similarity "weights" only; "{similarity}" has its own')
    kernel = kernel or row.kernel
    width = _width_of(layer.layer_view if isinstance(layer, Place) else layer, kernel, mean_distance)
    if kernel_cutoff is not None:
        if width is None or cutoff is not None:
            raise ValueError('a cut-off by weight needs the kernel "code" and takes the place of one by cosine')
        cutoff = max(code_cutoff(kernel_cutoff, width), -1.0)
    at = Compared.of(layer) if isinstance(layer, Place) else Compared(layer, snapshot)
    if lower is not None:
        least = _chosen(cutoff, lower.norms, row.inputs(at))
        if least >= lower.cutoff:
            return graph_above(lower, least, kernel_variance, kernel, width)
    directions = row.directions(at)
    cutoff = _chosen(cutoff, directions.lengths, row.inputs(at))
    return graph_of_directions(directions, cutoff, kernel_variance, kernel, width)


def _width_of(layer: Layer, kernel: Kernel, mean_distance: float | None) -> float | None:
    """The width of the kernel of the report's code; None of another one."""
    if kernel != "code":
        return None
    return mean_distance_of(layer) if mean_distance is None else mean_distance


def _chosen(cutoff: float | None, norms: Float64Array, inputs: int) -> float:
    """The cut-off, or the default one of units with these norms."""
    return default_cutoff(max(int(np.count_nonzero(norms)), 1), inputs) if cutoff is None else cutoff


def mean_distance_of(layer: Layer) -> float:
    """The width of the kernel of the report's code: the mean over all snapshots of `analysis.graph.mean_distance`."""
    return fmean(analysis.mean_distance(layer.gram(snapshot)) for snapshot in range(layer.snapshots))


def cutoff_in_words(graph: WeightGraph) -> str:
    """Why the graph has another cut-off than the requested one, as a clause; "" where it has not."""
    if not graph.raised:
        return ""
    why = f"more than {MOST_PAIRS:,} edges reach {graph.requested:.4g}"
    return f"cut-off raised from {graph.requested:.4g} to {graph.cutoff:.11g}, because {why}"
