"""The weight graph of a run's layer: the one source of panel, figure, report and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.close_pairs import MOST_PAIRS
from workbench.analysis.graph import KERNEL_VARIANCE, default_cutoff, graph_of_directions

if TYPE_CHECKING:
    from workbench.analysis.graph import WeightGraph
    from workbench.runs.layer import Layer


def layer_graph(
    layer: Layer, snapshot: int = -1, cutoff: float | None = None, kernel_variance: float = KERNEL_VARIANCE
) -> WeightGraph:
    """The weight graph of a layer at a snapshot, without its removed units.

    `cutoff` None is `default_cutoff` of the units that are left. No m × m matrix is made. RunError where the snapshot
    is not finite or cannot be read; ValueError for a cut-off outside [−1, 1] and where the layer is too large.
    """
    directions = layer.directions(snapshot)
    if cutoff is None:
        cutoff = default_cutoff(max(int(directions.pointing.sum()), 1), layer.inputs_left(snapshot))
    return graph_of_directions(directions, cutoff, kernel_variance)


def cutoff_in_words(graph: WeightGraph) -> str:
    """Why the graph has another cut-off than the one that was asked for, as a clause; "" where it has not."""
    if not graph.raised:
        return ""
    why = f"more than {MOST_PAIRS:,} edges reach {graph.asked:.4g}"
    return f"cut-off raised from {graph.asked:.4g} to {graph.cutoff:.11g}, because {why}"
