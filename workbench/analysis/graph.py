"""The weight graph of a layer: units as nodes, edges where two point the same way (report, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.close_pairs import ROUNDING, close_pairs, directions_of_gram
from workbench.analysis.directions.independent import cosine_of_share, dimensions
from workbench.analysis.matrices import Float64Array, cosines
from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import networkx as nx
    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.directions.independent import Space

Kernel = Literal["report", "code"]  # the names in `KERNELS`

REPORT_CUTOFF = 0.25  # the inner product below which Fig. 3 drops edges
KERNEL_VARIANCE = 0.5
FAMILY_WISE_ERROR = 0.05


@dataclass(frozen=True)
class EdgeKernel:
    """How the weight of an edge follows from a cosine and a width."""

    words: str
    width: Literal["kernel_variance", "mean_distance"]  # the argument of `weight_graph` that is its width
    weight: Callable[[Float64Array, float], Float64Array]
    cosine: Callable[[float, float], float]  # that an edge of this weight has


KERNELS: Mapping[str, EdgeKernel] = MappingProxyType(
    {
        "report": EdgeKernel(
            "exp(−(1 − cosine)/σ²), σ² = kernel variance (the report's text)",
            "kernel_variance",
            lambda cosine, variance: np.exp((cosine - 1.0) / variance),
            lambda weight, variance: 1.0 + variance * log(weight),
        ),
        "code": EdgeKernel(
            "exp(−d²/k²), d = (1 − cosine)/2, k = mean of d over all snapshots (the report's code)",
            "mean_distance",
            lambda cosine, mean: np.exp(-(((1.0 - cosine) / (2.0 * mean)) ** 2)),
            lambda weight, mean: code_cutoff(weight, mean),
        ),
    }
)


@dataclass(frozen=True, eq=False)
class WeightGraph:
    """A layer's units and the edges between those whose directions are at least as close as the cut-off.

    A unit whose weights are all zero, such as a removed one, is no node: it is in no component, and not isolated.
    """

    units: int  # m, the removed ones too: edges and arrays number them all
    requested: float  # the requested cut-off
    cutoff: float  # cosine (the report's "inner product"), inclusive; raised where more than `MOST_PAIRS` reach it
    norms: Float64Array  # (m,) Euclidean norm of each unit's weights
    edges: NDArray[np.int32]  # (E, 2), i < j; the closest pair last, so that it is drawn on top
    inner_products: Float64Array  # (E,) cosines, ascending
    weights: Float64Array  # (E,) the kernel of them, in (0, 1]
    degrees: NDArray[np.int64]  # (m,) edges at each unit
    component: NDArray[np.int32]  # (m,) each unit's component; 0 is the largest, ties: lowest unit; −1: removed
    component_sizes: NDArray[np.int64]  # (C,) units in each component, descending

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """The units that are nodes, (m,) bool; the others are removed."""
        present: NDArray[np.bool_] = self.norms > 0.0
        return present

    @cached_property
    def nodes(self) -> int:
        """The number of units that are nodes."""
        return int(np.count_nonzero(self.present))

    @cached_property
    def alone(self) -> NDArray[np.bool_]:
        """The nodes without an edge, (m,) bool."""
        alone: NDArray[np.bool_] = self.present & (self.degrees == 0)
        return alone

    @property
    def raised(self) -> bool:
        """Whether the cut-off had to be raised."""
        return self.cutoff > self.requested

    @cached_property
    def isolated(self) -> int:
        """The number of units without an edge."""
        return int(np.count_nonzero(self.component_sizes == 1))

    @cached_property
    def clusters(self) -> int:
        """The number of components with more than one unit."""
        return len(self.component_sizes) - self.isolated

    def to_networkx(self) -> nx.Graph[int]:
        """The same graph for networkx: nodes have `norm`, edges `weight` and `inner_product`."""
        import networkx as nx

        graph: nx.Graph[int] = nx.Graph()
        nodes = np.flatnonzero(self.present).tolist()
        graph.add_nodes_from((unit, {"norm": float(self.norms[unit])}) for unit in nodes)
        rows = zip(self.edges.tolist(), self.weights.tolist(), self.inner_products.tolist(), strict=True)
        graph.add_edges_from((i, j, {"weight": w, "inner_product": x}) for (i, j), w, x in rows)
        return graph


def weight_graph(
    gram: Float64Array,
    cutoff: float,
    kernel_variance: float = KERNEL_VARIANCE,
    kernel: Kernel = "report",
    mean_distance: float | None = None,
) -> WeightGraph:
    """The weight graph of an (m, m) Gram matrix W Wᵀ, with an edge where the cosine is at least `cutoff`.

    `kernel` "report" weighs an edge by exp(−(1 − cosine)/σ²), σ² = `kernel_variance` (report, section 3.2);
    "code" by exp(−d²/k²), d = (1 − cosine)/2, k = `mean_distance` (the report's code), which it then needs.
    A unit of zeros is no node. The cut-off is raised where more edges than `close_pairs.MOST_PAIRS` reach it. Raises
    ValueError: a matrix not square and finite, a cut-off outside [−1, 1], a kernel that is unknown or not positive.
    """
    return graph_of_directions(directions_of_gram(gram), cutoff, kernel_variance, kernel, mean_distance)


def graph_of_directions(
    directions: Directions,
    cutoff: float,
    kernel_variance: float = KERNEL_VARIANCE,
    kernel: Kernel = "report",
    mean_distance: float | None = None,
) -> WeightGraph:
    """`weight_graph` of units that are compared block by block, so that no m × m matrix is made; ValueError as there.

    ValueError also where comparing them all takes too long.
    """
    _check_cutoff(cutoff)
    width = _kernel_width(kernel, kernel_variance, mean_distance)
    pairs = close_pairs(directions, cutoff)
    order = np.argsort(pairs.cosines, kind="stable")
    edges = np.stack((pairs.first[order], pairs.second[order]), axis=1)
    return _graph(directions.lengths, cutoff, pairs.cutoff, edges, pairs.cosines[order], KERNELS[kernel], width)


def graph_above(
    graph: WeightGraph,
    cutoff: float,
    kernel_variance: float = KERNEL_VARIANCE,
    kernel: Kernel = "report",
    mean_distance: float | None = None,
) -> WeightGraph:
    """The `weight_graph` of the same units at a cut-off no lower than this graph's own: no unit is compared again.

    ValueError as there, and for a lower cut-off.
    """
    _check_cutoff(cutoff)
    if cutoff < graph.cutoff:
        raise ValueError(f"a graph that was cut off at {graph.cutoff:.4g} does not know the edges from {cutoff:.4g} on")
    width = _kernel_width(kernel, kernel_variance, mean_distance)
    first = int(np.searchsorted(graph.inner_products, cutoff - ROUNDING))
    edges, closeness = graph.edges[first:], graph.inner_products[first:]
    return _graph(graph.norms, cutoff, cutoff, edges, closeness, KERNELS[kernel], width)


def _check_cutoff(cutoff: float) -> None:
    if not -1.0 <= cutoff <= 1.0:
        raise ValueError(f"a cut-off is a cosine between -1 and 1, not {cutoff}")


def _graph(
    lengths: Float64Array,
    requested: float,
    cutoff: float,
    edges: NDArray[np.int32],
    closeness: Float64Array,
    kernel: EdgeKernel,
    width: float,
) -> WeightGraph:
    component, sizes = components(lengths > 0.0, edges[:, 0], edges[:, 1])
    return WeightGraph(
        units=len(lengths),
        requested=requested,
        cutoff=cutoff,
        norms=lengths,
        edges=edges,
        inner_products=closeness,
        weights=kernel.weight(closeness, width),
        degrees=np.bincount(edges.ravel(), minlength=len(lengths)),
        component=component,
        component_sizes=sizes,
    )


def mean_distance(gram: Float64Array) -> float:
    """The mean of d = (1 − cosine)/2 over all pairs of units that are not zero: k of the "code" kernel, one snapshot.

    The report's code averages these over all snapshots. Raises ValueError for fewer than two units.
    """
    angles = cosines(gram)
    units = int(np.count_nonzero(np.diagonal(angles)))
    if units < 2:
        raise ValueError("a mean distance needs at least two units")
    mean_cosine = (angles.sum() - np.trace(angles)) / (units * (units - 1))
    return float(1.0 - mean_cosine) / 2.0


def code_cutoff(kernel_cutoff: float, mean_distance: float) -> float:
    """The cosine at which the "code" kernel falls to c: 1 − 2k·√ln(1/c); below −1 it cuts nothing.

    Raises ValueError unless 0 < `kernel_cutoff` ≤ 1 and `mean_distance` > 0.
    """
    if not (0.0 < kernel_cutoff <= 1.0 and mean_distance > 0.0):
        raise ValueError(f"no cut-off at kernel {kernel_cutoff}, mean distance {mean_distance}: (0, 1] and > 0")
    return float(1.0 - 2.0 * mean_distance * np.sqrt(np.log(1.0 / kernel_cutoff)))


@lru_cache(maxsize=64)
def null_cutoff(units: int, inputs: Space, sides: int = 1) -> float:
    """The cosine that, at 95 %, no pair among `units` independent directions in `inputs` dimensions exceeds.

    The angle θ between two independent uniform directions has exactly the density sinⁿ⁻²θ on (0, π), up to a factor;
    each of the m(m−1)/2 pairs is allowed 5 % over their number, so that P(any pair exceeds it) ≤ 5 % (Bonferroni;
    cosines of different pairs are independent two by two). Two `sides`: of either sign. In [0, 1]; 1 for one input.
    Of `Tilted` directions the pairs share the 5 % unevenly.
    """
    if units < 1 or dimensions(inputs) < 1:
        raise ValueError(f"a layer has at least one unit and one input, not {units} and {inputs}")
    pairs = units * (units - 1) // 2
    if pairs == 0:
        return 0.0
    return max(cosine_of_share(FAMILY_WISE_ERROR / pairs, inputs, sides), 0.0)


def default_cutoff(units: int, inputs: Space, sides: int = 1) -> float:
    """The cut-off a layer opens with: the report's .25, or what chance alone gives where that is more.

    Rounded up to hundredths, so that the number one reads is the number that is used.
    """
    return max(REPORT_CUTOFF, ceil(null_cutoff(units, inputs, sides) * 100) / 100)


def _kernel_width(kernel: str, variance: float, mean_distance: float | None) -> float:
    if kernel not in KERNELS:
        raise ValueError(f'unknown kernel "{kernel}": choose one of {", ".join(KERNELS)}')
    name = KERNELS[kernel].width
    width = {"kernel_variance": variance, "mean_distance": mean_distance}[name]
    if width is None or not width > 0.0:
        raise ValueError(f'the "{kernel}" kernel needs {name} > 0, not {width}')
    return width


def components(
    present: NDArray[np.bool_], first: NDArray[np.int32], second: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The component of each unit, (m,), and their sizes, descending; −1 of a unit that is not `present`."""
    labels = _lowest_reached(len(present), first, second)
    lowest, places, sizes = np.unique(labels[present], return_inverse=True, return_counts=True)
    order = np.lexsort((lowest, -sizes))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    component = np.full(len(present), -1, np.int32)
    component[present] = rank[places]
    return component, sizes[order]


def _lowest_reached(units: int, lower: NDArray[np.int32], upper: NDArray[np.int32]) -> NDArray[np.intp]:
    """The lowest unit that each unit is joined to, over any number of edges; (m,).

    Each round hangs every root under the lowest neighbouring one and then points all units to their roots, so that
    the roots of a component at least halve.
    """
    root = np.arange(units)
    first, second = lower.astype(np.intp), upper.astype(np.intp)
    while len(first):
        first, second = root[first], root[second]
        apart = first != second
        first, second = first[apart], second[apart]
        np.minimum.at(root, np.maximum(first, second), np.minimum(first, second))
        while (root[root] != root).any():
            root = root[root]
    return root
