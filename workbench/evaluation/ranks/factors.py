"""Low-rank approximations of a weight matrix as factors that act on the layer's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.matrices import left_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Factors:
    """W_k = base + L_k R_kᵀ (W − base), with L_k and R_k the first k columns of `left` and `right`.

    The layer's own output without bias then is z_k = z_base + L_k R_kᵀ (z − z_base): no weight matrix is needed.
    """

    left: Float64  # (m, r)
    right: Float64  # (m, r)
    base: NDArray[np.floating] | None = None  # (m, n); None: zero
    kept: tuple[int, ...] = ()  # units that are not approximated

    @property
    def ranks(self) -> int:
        """r, the largest rank."""
        return int(self.left.shape[1])


def factors_of(
    weights: NDArray[np.floating],
    base: NDArray[np.floating] | None = None,
    units: Sequence[int] | None = None,
    normalised: bool = False,
    scale: Float64 | None = None,
) -> Factors:
    """The factors of the best rank-k approximations (Eckart and Young) of W, k = 0…min(m, n).

    With `base` (for example the initial weights) W − base is approximated and base added again. With `units` only
    these rows are, the others stay. `normalised` approximates the rows scaled to length one (zero rows stay zero)
    and scales back; `scale` (m,) does so with any factors, of which 0 gives a zero row. W is m × n.
    """
    matrix = np.asarray(weights, dtype=np.float64)
    matrix = matrix if base is None else matrix - base
    rows = np.arange(len(matrix)) if units is None else np.unique(np.asarray(units, dtype=np.int64))
    chosen = matrix[rows]
    lengths = np.linalg.norm(chosen, axis=1) if normalised else np.ones(len(rows))
    if scale is not None:
        chosen = np.where(scale[rows, None] != 0.0, chosen, 0.0)
        lengths = 1.0 / np.where(scale[rows] != 0.0, scale[rows], 1.0)
    lengths[lengths == 0] = 1.0
    scaled = chosen / lengths[:, None]
    vectors = left_vectors(scaled)
    left, right = (np.zeros((len(matrix), vectors.shape[1])) for _ in range(2))
    left[rows], right[rows] = vectors * lengths[:, None], vectors / lengths[:, None]
    others = np.setdiff1d(np.arange(len(matrix)), rows)
    return Factors(left, right, base, tuple(others.tolist()))
