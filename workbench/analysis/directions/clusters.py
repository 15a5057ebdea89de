"""K-means of directions: which units point the same way, and how near they are to the centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import finite_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

    Int64Array = NDArray[np.int64]

CLUSTERS = 4  # as Brutzkus and Globerson 2019 choose for MNIST
MOST_CHOSEN = 10  # clusters that are tried where the number is not given
_STARTS = 10  # of which the best result counts
_STEPS = 300
_NO_CLUSTER = -1


@dataclass(frozen=True, eq=False)
class DirectionClusters:
    """The units of a layer in clusters of directions, the largest cluster first."""

    cluster: Int64Array  # (m,) of each unit; −1: its weights are all zero, so it has no direction
    centres: Float64Array  # (k, n) rows of length 1: the mean directions
    angles: Float64Array  # (m,) degrees between each unit and the centre of its cluster; NaN: no direction
    seed: int

    @property
    def k(self) -> int:
        """How many clusters there are."""
        return len(self.centres)

    @property
    def sizes(self) -> Int64Array:
        """The units of each cluster, (k,), descending."""
        counts: Int64Array = np.bincount(self.cluster[self.cluster >= 0], minlength=self.k).astype(np.int64)
        return counts

    @property
    def median_angle(self) -> float:
        """The median over the units, in degrees."""
        return float(np.nanmedian(self.angles))


def cluster_directions(weights: AnyFloatArray, k: int | None = CLUSTERS, seed: int = 0) -> DirectionClusters:
    """The rows of an m × n matrix in `k` clusters of directions, by spherical k-means.

    It maximises Σᵢ⟨ŵᵢ, c⟩, where c is the centre of the unit's cluster and has length 1 (I. Dhillon, D. Modha 2001);
    the best of ten starts by k-means++ counts, drawn from `seed`. Brutzkus and Globerson 2019 compare the angles to
    the centres with those at initialisation. `k` None tries 2 to 10 clusters and takes the number with the largest
    mean silhouette. ValueError: the matrix is not finite, or fewer than `k` units have a direction.
    """
    matrix = finite_matrix(weights, "the weight matrix")
    lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    pointing = np.flatnonzero(lengths > 0.0)
    rows = matrix[pointing] / lengths[pointing, None]
    if k is not None and not 1 <= k <= len(rows):
        raise ValueError(f"{len(rows)} units have a direction; choose from 1 to {len(rows)} clusters, not {k}")
    points = _in_their_span(rows)
    assigned = _best_k(points, seed) if k is None else _best_of_starts(points, k, seed)
    return _placed(len(matrix), pointing, rows, assigned, seed)


def random_directions(units: int, inputs: int, seed: int = 0) -> Float64Array:
    """`units` independent directions, uniform on the sphere: (units, inputs) rows of length 1."""
    rows = np.random.default_rng(seed).standard_normal((units, inputs))
    found: Float64Array = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found


def _in_their_span(rows: Float64Array) -> Float64Array:
    """Rows (m, n) with the same inner products in at most m dimensions: a layer may have 60 times as many inputs."""
    if rows.shape[1] <= len(rows):
        return rows
    triangle: Float64Array = np.asarray(np.linalg.qr(rows.T, mode="r"))
    return triangle.T


def _placed(units: int, pointing: Int64Array, rows: Float64Array, assigned: Int64Array, seed: int) -> DirectionClusters:
    """The clusters of the `pointing` units as those of all units, the largest first; of equals that of a lower unit."""
    _, first, counts = np.unique(assigned, return_index=True, return_counts=True)
    rank = np.argsort(np.lexsort((first, -counts)))[assigned]
    centres = _means(rows, rank, rows[np.unique(rank, return_index=True)[1]])
    cluster, angles = np.full(units, _NO_CLUSTER, np.int64), np.full(units, np.nan)
    cluster[pointing] = rank
    angles[pointing] = _angles(rows, centres[rank])
    return DirectionClusters(cluster, centres, angles, seed)


def _angles(rows: Float64Array, centres: Float64Array) -> Float64Array:
    """Between unit vectors row by row, in degrees; exact for small angles, where the arc cosine is not."""
    apart, together = np.linalg.norm(rows - centres, axis=1), np.linalg.norm(rows + centres, axis=1)
    angles: Float64Array = np.degrees(2.0 * np.arctan2(apart, together))
    return angles


def _best_of_starts(rows: Float64Array, k: int, seed: int) -> Int64Array:
    random = np.random.default_rng(seed)
    found = [_settled(rows, _first_centres(rows, k, random)) for _ in range(_STARTS)]
    return max(found, key=lambda each: each[1])[0]


def _first_centres(rows: Float64Array, k: int, random: np.random.Generator) -> Float64Array:
    """K-means++: each next centre is a unit, drawn by its squared distance 2(1 − cos) to the nearest one so far."""
    chosen = [int(random.integers(len(rows)))]
    distance = np.full(len(rows), np.inf)
    while len(chosen) < k:
        distance = np.minimum(distance, np.maximum(1.0 - rows @ rows[chosen[-1]], 0.0))
        distance[chosen] = 0.0
        total = distance.sum()
        free = np.setdiff1d(np.arange(len(rows)), chosen)
        chosen.append(int(random.choice(len(rows), p=distance / total) if total > 0.0 else free[0]))
    return rows[chosen]


def _settled(rows: Float64Array, centres: Float64Array) -> tuple[Int64Array, float]:
    """Lloyd's steps until no unit changes its cluster: the clusters, and Σ⟨ŵᵢ, c⟩."""
    assigned = np.full(len(rows), -1, np.int64)
    for _ in range(_STEPS):
        cosines = rows @ centres.T
        nearest = np.argmax(cosines, axis=1)
        _fill_empty(nearest, cosines, len(centres))
        if np.array_equal(nearest, assigned):
            break
        assigned = nearest
        centres = _means(rows, assigned, centres)
    return assigned, float(np.einsum("ij,ij->", rows, centres[assigned]))


def _fill_empty(assigned: Int64Array, cosines: Float64Array, k: int) -> None:
    """Give each empty cluster the unit that is farthest from its own centre, of a cluster that has another."""
    for empty in np.setdiff1d(np.arange(k), assigned):
        shared = np.bincount(assigned, minlength=k)[assigned] > 1
        own = np.where(shared, cosines[np.arange(len(assigned)), assigned], np.inf)
        assigned[int(np.argmin(own))] = empty


def _means(rows: Float64Array, assigned: Int64Array, before: Float64Array) -> Float64Array:
    """The mean direction of each cluster; where the units cancel out, the centre stays."""
    sums = np.zeros_like(before)
    np.add.at(sums, assigned, rows)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(lengths > 0.0, sums / np.where(lengths > 0.0, lengths, 1.0), before)


def _best_k(rows: Float64Array, seed: int) -> Int64Array:
    """The clusters with the largest mean silhouette (P. Rousseeuw 1987), with 1 − cos as the distance."""
    if len(rows) < 3:
        raise ValueError(f"{len(rows)} units have a direction, too few to choose a number of clusters: name it")
    tried = [_best_of_starts(rows, k, seed) for k in range(2, min(MOST_CHOSEN, len(rows) - 1) + 1)]
    return max(tried, key=lambda each: silhouette(rows, each))


def silhouette(rows: Float64Array, assigned: Int64Array) -> float:
    """The mean silhouette of unit rows (m, n) in clusters (m,), from −1 to 1; a unit alone in its cluster counts 0.

    The mean distance of a unit to a cluster is 1 − ⟨ŵ, mean of the cluster⟩, so no m × m matrix is needed.
    """
    k = int(assigned.max()) + 1
    counts = np.bincount(assigned, minlength=k).astype(np.float64)
    sums = np.zeros((k, rows.shape[1]))
    np.add.at(sums, assigned, rows)
    total = counts - rows @ sums.T  # (m, k) summed distances; that of a unit to itself is 0
    every = np.arange(len(rows))
    others = counts[assigned] - 1.0
    own = total[every, assigned] / np.maximum(others, 1.0)
    means = total / np.maximum(counts, 1.0)
    means[every, assigned] = np.inf
    means[:, counts == 0.0] = np.inf
    near = means.min(axis=1)
    larger = np.maximum(own, near)
    scores = np.divide(near - own, larger, out=np.zeros_like(near), where=(larger > 0.0) & (others > 0.0))
    return float(scores.mean())
