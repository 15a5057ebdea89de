"""The similarities of all pairs of units as a matrix to look at: in an order, and binned where it is too large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.graph import WeightGraph

MOST_CELLS = 2048  # of a side
_BLOCK = 1 << 22  # cosines at once


@dataclass(frozen=True, eq=False)
class OrderedSimilarity:
    """Mean cosines of the pairs of different units in each cell; a cell of one unit with itself has 1."""

    order: NDArray[np.int64]  # (u,) the units along both sides; removed units are left out
    edges: NDArray[np.int64]  # (k + 1,) where each bin of the order begins, and its end
    values: NDArray[np.float32]  # (k, k)

    @property
    def binned(self) -> bool:
        """Whether a cell can hold more than one pair."""
        return len(self.edges) - 1 < len(self.order)

    def bins_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """The bin that each place of the order lies in."""
        return np.searchsorted(self.edges, places, side="right").astype(np.int64) - 1

    def units_in(self, first: int, last: int) -> NDArray[np.int64]:
        """The units of the bins from `first` to `last`, both included, in their order."""
        low, high = max(min(first, last), 0), min(max(first, last), len(self.edges) - 2)
        return self.order[self.edges[low] : self.edges[high + 1]] if low <= high else self.order[:0]


def component_order(graph: WeightGraph, labels: NDArray[np.integer] | None = None) -> NDArray[np.int64]:
    """The units of a graph by their component, the largest first, and then by their edges, most first.

    `labels`, (m,), also keeps the units of one number together inside their component. Removed units are left out.
    """
    inside = np.zeros(graph.units, np.int64) if labels is None else np.asarray(labels, np.int64)
    inside = np.where(inside < 0, np.iinfo(np.int64).max, inside)
    order = np.lexsort((-graph.degrees, inside, graph.component))
    return order[graph.present[order]].astype(np.int64)


def ordered_similarity(directions: Directions, order: NDArray[np.int64], most: int = MOST_CELLS) -> OrderedSimilarity:
    """The matrix of these units in this order; the mean of each bin where there are more than `most` units.

    The cosines are asked for block by block: never is there an m × m array of more than `most` × `most` numbers.
    """
    from scipy.sparse import csr_array  # what shows no matrix does not wait for it

    units, total = len(order), len(directions.lengths)
    cells = min(units, most)
    edges = np.round(np.linspace(0, units, cells + 1)).astype(np.int64)
    sizes = np.diff(edges)
    bins = np.repeat(np.arange(cells), sizes)
    chosen = csr_array((np.ones(units, np.float32), (order, bins)), shape=(total, cells))
    sums = np.zeros((cells, cells), np.float32)
    block = directions.block if directions.rough is None else directions.rough.block
    step = max(_BLOCK // max(total, 1), 1)
    for start in range(0, total, step):
        stop = min(start + step, total)
        cosines = np.asarray(block(start, stop), np.float32)
        head = cosines[:, : stop - start]
        head[np.tri(stop - start, dtype=np.bool_)] = 0.0  # each pair once
        across = (chosen[start:].T @ cosines.T).T
        sums += chosen[start:stop].T @ across
    sums += sums.T.copy()
    pairs = np.multiply.outer(sizes, sizes).astype(np.float32)
    pairs[np.arange(cells), np.arange(cells)] -= sizes
    alone = pairs == 0.0
    values = np.divide(sums, pairs, out=sums, where=~alone)
    values[alone] = 1.0
    return OrderedSimilarity(order, edges, values)
