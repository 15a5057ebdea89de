"""The rank-k row space of a weight matrix: the directions that carry most of it, and whether they are well defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import finite_matrix

if TYPE_CHECKING:
    from workbench.analysis.matrices import AnyFloatArray, Float64Array

NEAR = 0.02  # singular values that differ by less than this share of the larger one are nearly equal
_LARGEST_SVD = 2048  # rows or columns, whichever are fewer, of which a singular value decomposition is made


@dataclass(frozen=True, eq=False)
class RowSpace:
    """The span of the leading right singular vectors of an m × n matrix."""

    basis: Float64Array  # (n, k) orthonormal columns
    singular_values: Float64Array  # all min(m, n), descending
    near: float = NEAR

    @property
    def rank(self) -> int:
        """The dimension k."""
        return len(self.basis.T)

    @property
    def block(self) -> tuple[int, int] | None:
        """The nearly equal singular values that the cut falls between: the first and the last, counted from 1.

        Each differs from the next by less than the share `near`. The vectors of such a block can turn into each other
        at the smallest change, so that a space that holds only some of them is not well defined. None: the cut falls
        into a gap.
        """
        values = self.singular_values
        gaps = values[:-1] - values[1:] > self.near * values[:-1]  # gaps[i]: between the values i and i + 1
        if self.rank >= len(values) or gaps[self.rank - 1]:
            return None
        before, after = np.flatnonzero(gaps[: self.rank - 1]), np.flatnonzero(gaps[self.rank :])
        first = int(before[-1]) + 2 if len(before) else 1
        return first, self.rank + int(after[0]) + 1 if len(after) else len(values)

    @property
    def energy(self) -> float:
        """The share of ‖W‖²_F that lies in the space, 0…1."""
        squares = np.square(self.singular_values)
        return float(squares[: self.rank].sum() / squares.sum())

    @property
    def doubt(self) -> str:
        """Why the space is not well defined, as a sentence without its end; "" where it is."""
        if self.block is None:
            return ""
        (first, last), rank = self.block, self.rank
        whole = [str(each) for each in (first - 1, last) if each]
        return (
            f"rank {rank} cuts through a block of nearly equal singular values, numbers {first} to {last}: only whole "
            f"blocks span a definite space, here at rank {' or '.join(whole)}"
        )


def blocks(values: Float64Array, near: float = NEAR) -> tuple[tuple[int, int], ...]:
    """The stretches of nearly equal singular values, given descending: the first and last of each, counted from 1.

    Each differs from the next by at most the share `near`; what stands alone is no block.
    """
    gaps = np.flatnonzero(values[:-1] - values[1:] > near * values[:-1])
    firsts, lasts = [0, *(gaps + 1).tolist()], [*gaps.tolist(), len(values) - 1]
    return tuple((first + 1, last + 1) for first, last in zip(firsts, lasts, strict=True) if last > first)


def row_space(weights: AnyFloatArray, rank: int, near: float = NEAR) -> RowSpace:
    """The row space of the best rank-k approximation of an m × n matrix.

    ValueError: the matrix is not finite, or has no such rank.
    """
    matrix = finite_matrix(weights, "the weight matrix")
    most = min(matrix.shape)
    if not 1 <= rank <= most:
        raise ValueError(f"a matrix of {matrix.shape[0]} × {matrix.shape[1]} has the ranks 1 to {most}, not {rank}")
    values, vectors = _decomposed(matrix, rank)
    there = int(np.count_nonzero(values > values[0] * max(matrix.shape) * np.finfo(np.float64).eps))
    if there < rank:
        raise ValueError(f"the weights have only rank {there}: choose a rank up to that, not {rank}")
    return RowSpace(vectors, values, near)


def _decomposed(matrix: Float64Array, rank: int) -> tuple[Float64Array, Float64Array]:
    """All singular values, and the `rank` leading right singular vectors as columns."""
    if min(matrix.shape) <= _LARGEST_SVD:
        _, values, rows = np.linalg.svd(matrix, full_matrices=False)
        return values, np.ascontiguousarray(rows[:rank].T)
    return _by_gram(matrix, rank)


def _by_gram(matrix: Float64Array, rank: int) -> tuple[Float64Array, Float64Array]:
    """The same from the Gram matrix of the shorter side, much faster; small singular values are less exact."""
    wide = matrix.shape[0] <= matrix.shape[1]
    squares, vectors = np.linalg.eigh(matrix @ matrix.T if wide else matrix.T @ matrix)
    values = np.sqrt(np.maximum(squares[::-1], 0.0))
    leading = vectors[:, ::-1][:, :rank]
    return values, np.linalg.qr(matrix.T @ leading if wide else leading)[0]
