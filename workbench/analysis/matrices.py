"""What follows from a layer's weight matrix alone: Gram matrix, eigenvalues, norms, cosines, frame potential."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.greedy import UnitArray

Float64Array: TypeAlias = "NDArray[np.float64]"
AnyFloatArray: TypeAlias = "NDArray[np.floating]"

LARGEST_SQUARE = 1 << 30  # bytes of the largest m × m matrix that is made: 11,585 units


class TooManyUnits(ValueError):
    """An m × m matrix would take more memory than `LARGEST_SQUARE`."""


def fits(units: int) -> bool:
    """Whether a matrix of units × units float64 numbers may be made."""
    return units * units * 8 <= LARGEST_SQUARE


def check_square(units: int) -> None:
    """Raise TooManyUnits where a matrix of units × units float64 numbers would be too large, before it is made."""
    size = units * units * 8
    if not fits(units):
        raise TooManyUnits(
            f"this compares every unit with every other: a matrix of {units:,} × {units:,} numbers, "
            f"{size / 1e9:.1f} GB (at most {LARGEST_SQUARE / 1e9:.1f} GB is made); choose a layer with fewer units"
        )


def gram(weights: AnyFloatArray) -> Float64Array:
    """The Gram matrix ``weights @ weights.T`` as (m, m) float64, exactly symmetric.

    ``weights`` is m × n, one row per unit, of any float type; products are formed in float64 because in
    float32 the smallest eigenvalues of a nearly square layer are lost. Raises ValueError for anything but a
    finite matrix, and TooManyUnits where the result would be too large.
    """
    rows = finite_matrix(weights, "the weight matrix")
    check_square(len(rows))
    return rows @ rows.T


def shuffled(weights: AnyFloatArray, seed: int = 0) -> Float64Array:
    """The same entries, (m, n) float64, at places drawn by `seed`: chance with just these entries."""
    values = np.asarray(weights, dtype=np.float64)
    drawn: Float64Array = np.random.default_rng(seed).permutation(values.ravel()).reshape(values.shape)
    return drawn


def row_norms(weights: AnyFloatArray) -> Float64Array:
    """The Euclidean norm of every row of ``weights``, (m,) float64; no copy of the weights is made."""
    squares: Float64Array = np.einsum("ij,ij->i", weights, weights, dtype=np.float64)
    return np.sqrt(squares)


def eigenvalues(weights: AnyFloatArray) -> Float64Array:
    """The min(m, n) eigenvalues of ``weights @ weights.T`` that need not be zero: float64, descending, ≥ 0.

    They are the squared singular values of the m × n ``weights``, taken from the Gram matrix of the shorter
    side (ten times as fast as a singular value decomposition, and exact to about 1e-15 of the largest).
    Raises ValueError for anything but a finite matrix.
    """
    rows = finite_matrix(weights, "the weight matrix")
    shorter = rows @ rows.T if rows.shape[0] <= rows.shape[1] else rows.T @ rows
    return _descending(shorter)


def eigenvalues_of_gram(gram: Float64Array, count: int | None = None) -> Float64Array:
    """The ``count`` largest eigenvalues of an (m, m) Gram matrix: float64, descending, ≥ 0.

    ``count`` is min(m, n) for a layer of m units with n inputs, because the other m − n are exactly zero and
    would only be rounding noise; without it all m are returned. Raises ValueError for a matrix that is not
    square or not finite, and for a count outside 0…m.
    """
    square = _finite_square(gram)
    units = square.shape[0]
    wanted = units if count is None else count
    if not 0 <= wanted <= units:
        raise ValueError(f"a Gram matrix of {units} units has 0 to {units} eigenvalues, not {wanted}")
    return _descending(square)[:wanted]


def left_vectors(weights: AnyFloatArray) -> Float64Array:
    """The min(m, n) leading left singular vectors of an m × n matrix, one column each, descending.

    They are the eigenvectors of the Gram matrix (ten times as fast); where that would be too large, of a thin singular
    value decomposition. Raises ValueError for anything but a finite matrix.
    """
    rows = finite_matrix(weights, "the weight matrix")
    if not fits(len(rows)):
        thin: Float64Array = np.linalg.svd(rows, full_matrices=False)[0]
        return thin
    vectors: Float64Array = np.linalg.eigh(rows @ rows.T)[1][:, ::-1][:, : min(rows.shape)]
    return vectors


def norms(gram: Float64Array) -> Float64Array:
    """The Euclidean norm of every unit's weights, (m,) float64, from their (m, m) Gram matrix."""
    return np.sqrt(np.maximum(np.diagonal(_finite_square(gram)), 0.0))


def cosines(gram: Float64Array) -> Float64Array:
    """The cosine between every two units, (m, m) float64 in [−1, 1], from their (m, m) Gram matrix.

    The diagonal is 1, except for a unit whose weights are all zero: its row and column, diagonal included,
    are 0, as the report's normalised rows leave a zero row zero.
    """
    square = _finite_square(gram)
    lengths = norms(square)
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
    angles = square * inverse[:, None]
    angles *= inverse
    np.clip(angles, -1.0, 1.0, out=angles)
    np.fill_diagonal(angles, np.where(lengths > 0.0, 1.0, 0.0))
    return angles


def _descending(symmetric: Float64Array) -> Float64Array:
    descending: Float64Array = np.maximum(np.linalg.eigvalsh(symmetric)[::-1], 0.0)
    return descending


def _finite_square(gram: Float64Array) -> Float64Array:
    square = finite_matrix(gram, "the Gram matrix")
    if square.shape[0] != square.shape[1]:
        raise ValueError(f"a Gram matrix is square, one row and one column per unit; this one is {square.shape}")
    return square


def finite_matrix(values: AnyFloatArray, what: str) -> Float64Array:
    """The values as float64. ValueError, which calls them `what`: they are no matrix, empty, or not finite."""
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{what} must have rows and columns (one row per unit), but its shape is {matrix.shape}")
    need_finite(matrix, what)
    return matrix


def need_finite(values: AnyFloatArray, what: str) -> None:
    """Raise ValueError, which calls the values `what`, where one of them is not finite."""
    bad = values.size - int(np.count_nonzero(np.isfinite(values)))
    if bad:
        raise ValueError(
            f"{what} has {bad} of {values.size} entries that are NaN or infinite: "
            "the training diverged; choose an earlier snapshot"
        )


def frame_potential(gram: Float64Array) -> float:
    """The frame potential Σᵢⱼ⟨ŵᵢ,ŵⱼ⟩² = ‖ŴŴᵀ‖²_F of the normalised rows, from the (m, m) Gram matrix W Wᵀ.

    A zero row stays zero. With n inputs it lies between r²/n and r² for r rows that are not zero, and is r for
    orthogonal ones. Raises ValueError for a matrix that is not square and finite.
    """
    cosine = cosines(gram)
    return float(np.vdot(cosine, cosine))


def potential_parts(gram: Float64Array) -> Float64Array:
    """The part Σⱼ⟨ŵᵢ,ŵⱼ⟩² of each unit in the frame potential, (m,) float64, from the (m, m) Gram matrix W Wᵀ.

    They add up to the frame potential; 0 for a zero row. Raises ValueError for a matrix that is not square and finite.
    """
    parts: Float64Array = np.square(cosines(gram)).sum(axis=1)
    return parts


def potential_parts_of_weights(weights: AnyFloatArray) -> Float64Array:
    """The same from the m × n weights; only the smaller of W Wᵀ and Wᵀ W is made."""
    rows = finite_matrix(weights, "the weight matrix")
    lengths = row_norms(rows)
    directions = rows / np.where(lengths > 0.0, lengths, 1.0)[:, None]
    if len(rows) <= rows.shape[1]:
        return np.asarray(np.square(directions @ directions.T).sum(axis=1))
    return np.asarray(np.einsum("ij,ij->i", directions @ (directions.T @ directions), directions))


def mean_square_cosine(weights: AnyFloatArray) -> float:
    """The frame potential of the rows of an m × n matrix over m², in [0, 1]: comparable between widths.

    Rows that are all zero are left out of m; 0 where all are. Only the smaller of W Wᵀ and Wᵀ W is made. Raises
    ValueError for anything but a finite matrix.
    """
    rows = finite_matrix(weights, "the weight matrix")
    lengths = row_norms(rows)
    there = lengths > 0.0
    if not there.any():
        return 0.0
    directions = rows[there] / lengths[there, None]
    square = directions @ directions.T if len(directions) <= rows.shape[1] else directions.T @ directions
    return float(np.vdot(square, square)) / len(directions) ** 2


def frame_potential_curve(gram: Float64Array, order: UnitArray) -> Float64Array:
    """The frame potential of what is left after 0…m removals in `order`, (m + 1,) float64, ending at 0.

    Raises ValueError for an order that is not a permutation of the units.
    """
    squares = np.square(cosines(gram))
    if not np.array_equal(np.sort(order), np.arange(len(squares))):
        raise ValueError(f"an order of {len(squares)} units names each of them once")
    steps = enumerate(order.tolist())
    # Row and column of the unit go, the diagonal only once; added up from the end nothing cancels.
    drops = [2.0 * squares[unit, order[step:]].sum() - squares[unit, unit] for step, unit in steps]
    return np.append(np.cumsum(drops[::-1])[::-1], 0.0)


def mean_distance_of_rows(weights: AnyFloatArray) -> float:
    """The mean of d = (1 − cosine)/2 over all pairs of rows that are not zero, without an m × m matrix.

    The cosines of all rows with all, themselves too, add up to the squared length of the sum of their directions.
    ValueError: fewer than two such rows, or entries that are not finite.
    """
    rows = np.array(finite_matrix(weights, "the weight matrix"))
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    there = lengths > 0.0
    count = int(np.count_nonzero(there))
    if count < 2:
        raise ValueError("a mean distance needs at least two units")
    total = (rows[there] / lengths[there, None]).sum(axis=0)
    return float(1.0 - (total @ total - count) / (count * (count - 1))) / 2.0
