"""The plane of the two principal directions of the rows of a matrix: a map of its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

FEW = 512  # rows or columns, of which all eigenvalues are found; of larger ones the first two by Lanczos' method


@dataclass(frozen=True, eq=False)
class Plane:
    """Principal directions of rows around their mean."""

    points: Float64Array  # (m, 2) each row in these directions; that of a zero row is NaN
    shares: tuple[float, float]  # of the variance, 0…1
    mean: Float64Array  # (n,)
    directions: Float64Array  # (2, n) of length one; the second is zero where there is none

    def points_of(self, rows: AnyFloatArray) -> Float64Array:
        """Where other rows lie in the same plane, (k, 2); NaN of a zero row."""
        there = np.any(rows != 0.0, axis=1)
        points: Float64Array = (rows.astype(np.float64) - self.mean) @ self.directions.T
        points[~there] = np.nan
        return points


def principal_plane(rows: AnyFloatArray) -> Plane | None:
    """The first two principal directions of the rows that are not zero (principal component analysis).

    The third moment of the points along each direction is not negative, so that the same rows always have the same
    map. None: fewer than two rows are not zero, or all are equal.
    """
    there = np.any(rows != 0.0, axis=1)
    used = rows[there].astype(np.float64)
    if len(used) < 2:
        return None
    mean: Float64Array = used.mean(axis=0)
    used -= mean
    total = float(np.einsum("ij,ij->", used, used))
    if not total > 0.0:
        return None
    directions = _first_two(used)
    points = used @ directions.T
    directions *= np.where((points**3).sum(axis=0) < 0.0, -1.0, 1.0)[:, None]
    variances = np.square(points).sum(axis=0) / total
    found = np.full((len(rows), 2), np.nan)
    found[there] = used @ directions.T
    return Plane(found, (float(variances[0]), float(variances[1])), mean, directions)


def _first_two(rows: Float64Array) -> Float64Array:
    """(2, n) of length one; zero where the rows have fewer directions."""
    units, inputs = rows.shape
    directions = np.zeros((2, inputs))
    if min(units, inputs) <= FEW:
        wide = inputs > units
        values, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
        first = vectors[:, ::-1][:, :2]
        found = (rows.T @ first).T if wide else first.T
        found = found[values[::-1][: len(found)] > 1e-12 * values[-1]]
    else:
        found = _by_lanczos(rows)
    lengths = np.linalg.norm(found, axis=1)
    found = found[lengths > 0.0] / lengths[lengths > 0.0, None]
    directions[: len(found)] = found
    return directions


def _by_lanczos(rows: Float64Array) -> NDArray[np.float64]:
    from scipy.sparse.linalg import LinearOperator, eigsh

    inputs = rows.shape[1]
    product = LinearOperator((inputs, inputs), matvec=lambda x: rows.T @ (rows @ x), dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(inputs)  # the same each time
    values, vectors = eigsh(product, k=2, v0=start, tol=1e-8)
    found: NDArray[np.float64] = vectors[:, np.argsort(-values)].T
    return found
