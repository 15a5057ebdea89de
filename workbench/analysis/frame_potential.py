"""The frame potential: how clustered the directions of a layer's units are (report, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import AnyFloatArray, Float64Array, cosines, finite_matrix, row_norms

if TYPE_CHECKING:
    from workbench.analysis.greedy import UnitArray


def frame_potential(gram: Float64Array) -> float:
    """The frame potential Σᵢⱼ⟨ŵᵢ,ŵⱼ⟩² = ‖ŴŴᵀ‖²_F of the normalised rows, from the (m, m) Gram matrix W Wᵀ.

    A zero row stays zero. With n inputs it lies between r²/n and r² for r rows that are not zero, and is r for
    orthogonal ones. Raises ValueError for a matrix that is not square and finite.
    """
    cosine = cosines(gram)
    return float(np.vdot(cosine, cosine))


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
