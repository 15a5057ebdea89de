"""The weight graph of a run's layer: the one source of panel, figure, report and commands."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from workbench.analysis.close_pairs import MOST_PAIRS
from workbench.analysis.graph import (
    KERNEL_VARIANCE,
    code_cutoff,
    default_cutoff,
    graph_of_directions,
    mean_distance,
)
from workbench.figures.graph.similarities import similarity as row_of

if TYPE_CHECKING:
    from workbench.analysis.graph import Kernel, WeightGraph
    from workbench.figures.graph.similarities import SimilarityName
    from workbench.runs.layer import Layer


def layer_graph(
    layer: Layer,
    snapshot: int = -1,
    cutoff: float | None = None,
    kernel_variance: float = KERNEL_VARIANCE,
    kernel: Kernel = "report",
    kernel_cutoff: float | None = None,
    similarity: SimilarityName = "weights",
) -> WeightGraph:
    """The weight graph of a layer at a snapshot, without its removed units.

    `cutoff` None is `default_cutoff` of the units that are left. `kernel` is one of `analysis.graph.KERNELS`: "code" is
    that of the report's code, which may say the cut-off as the least weight of an edge, `kernel_cutoff`. The "report"
    kernel makes no m × m matrix. `similarity` is one of `SIMILARITIES`: what the cosines are of.

    RunError where a snapshot is not finite or cannot be read; ValueError for a cut-off outside [−1, 1], an unknown
    kernel or similarity, a bias that is not there, and where the layer is too large.
    """
    row = row_of(similarity)
    if kernel == "code" and similarity != "weights":
        raise ValueError('the kernel "code" goes with the similarity "weights" only, as in the report\'s code')
    width = mean_distance_of(layer) if kernel == "code" else None
    if kernel_cutoff is not None:
        if width is None or cutoff is not None:
            raise ValueError('a cut-off by weight belongs to the kernel "code" and takes the place of one by cosine')
        cutoff = max(code_cutoff(kernel_cutoff, width), -1.0)
    directions = row.directions(layer, snapshot)
    if cutoff is None:
        cutoff = default_cutoff(max(int(directions.pointing.sum()), 1), row.inputs(layer, snapshot))
    return graph_of_directions(directions, cutoff, kernel_variance, kernel, width)


def mean_distance_of(layer: Layer) -> float:
    """The width of the kernel of the report's code: the mean over all snapshots of `analysis.graph.mean_distance`."""
    return fmean(mean_distance(layer.gram(snapshot)) for snapshot in range(layer.snapshots))


def cutoff_in_words(graph: WeightGraph) -> str:
    """Why the graph has another cut-off than the one that was asked for, as a clause; "" where it has not."""
    if not graph.raised:
        return ""
    why = f"more than {MOST_PAIRS:,} edges reach {graph.requested:.4g}"
    return f"cut-off raised from {graph.requested:.4g} to {graph.cutoff:.11g}, because {why}"
