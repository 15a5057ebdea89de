"""How the components of a weight graph grow together as its cut-off falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.close_pairs import ROUNDING, close_pairs
from workbench.analysis.edges.distribution import PairCosines, count_pairs
from workbench.analysis.graph import components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.matrices import Float64Array

CUTOFFS = 201  # at which the components are counted
MOST_EDGES = 1 << 21  # that are compared: all pairs of 2,048 units


@dataclass(frozen=True, eq=False)
class Growth:
    """The components at cut-offs in equal steps, from the one at which all are known to 1."""

    cutoffs: Float64Array  # (K,) cosines, ascending
    components: NDArray[np.int64]  # (K,) isolated units too
    clusters: NDArray[np.int64]  # (K,) of two units or more
    largest: NDArray[np.int64]  # (K,) units in the largest one


def growth(directions: Directions, counted: PairCosines | None = None, cutoffs: int = CUTOFFS) -> Growth:
    """The components at each cut-off, from the smallest cosine of two units on.

    Of more than `MOST_EDGES` pairs the closest are looked at: the cut-offs begin where these do. `counted` is what
    `count_pairs` gives, where it is known. ValueError: comparing all units takes too long.
    """
    counted = counted or count_pairs(directions)
    pairs = close_pairs(directions, counted.border_of(MOST_EDGES))
    order = np.argsort(-pairs.cosines, kind="stable")
    first, second, cosines = pairs.first[order], pairs.second[order], pairs.cosines[order]
    lowest = pairs.cutoff if counted.pairs > len(cosines) else float(cosines[-1]) if len(cosines) else 0.0
    at = np.linspace(lowest, 1.0, cutoffs)
    labels = np.where(directions.pointing, np.arange(len(directions.lengths)), -1)
    labels[directions.pointing] = np.arange(np.count_nonzero(directions.pointing))
    found, begin = np.zeros((cutoffs, 3), np.int64), 0
    for step in range(cutoffs - 1, -1, -1):
        end = int(np.searchsorted(-cosines, -(at[step] - ROUNDING), side="right"))
        labels = _joined(labels, first[begin:end], second[begin:end])
        sizes = np.bincount(labels[labels >= 0])
        found[step] = len(sizes), np.count_nonzero(sizes > 1), sizes.max(initial=0)
        begin = end
    return Growth(at, found[:, 0], found[:, 1], found[:, 2])


def _joined(labels: NDArray[np.int64], first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int64]:
    """The components of units, numbered from 0 (−1: none), after these edges joined some of them."""
    one, other = labels[first], labels[second]
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    count = int(labels.max(initial=-1)) + 1
    into, _ = components(np.ones(count, np.bool_), low.astype(np.int32), high.astype(np.int32))
    found: NDArray[np.int64] = np.where(labels >= 0, into.astype(np.int64)[labels], -1) if count else labels
    return found
