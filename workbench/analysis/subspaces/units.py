"""Where each unit of a layer lies with respect to a space: how much of it is outside, and how it turned inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import row_norms

if TYPE_CHECKING:
    from workbench.analysis.matrices import AnyFloatArray, Float64Array


@dataclass(frozen=True, eq=False)
class UnitsInSpace:
    """What is measured of each unit, (m,); NaN where a unit has no direction."""

    norm: Float64Array  # ‖w‖
    similarity: Float64Array  # the cosine between w and the unit's initial weights
    residual: Float64Array  # ‖w − Pw‖/‖w‖, P the projection onto the space: the sine of the angle to it, 0…1
    inside: Float64Array  # the cosine between Pw and Pw₀: the similarity within the space

    def largest(self, count: int) -> list[int]:
        """The units of the largest norm, descending; of equal ones the lowest number first."""
        order = np.argsort(-self.norm, kind="stable")
        return [int(unit) for unit in order[: min(count, int(np.count_nonzero(self.norm)))]]

    def correlations(self, count: int | None = None) -> dict[str, float]:
        """Pearson's correlation of the norm with each other column, over the `count` largest units (None: all).

        NaN where there are fewer than three units or a column does not vary.
        """
        units = self.largest(len(self.norm) if count is None else count)
        return {
            name: _correlation(self.norm[units], getattr(self, name)[units])
            for name in ("similarity", "residual", "inside")
        }


def units_in_space(weights: AnyFloatArray, initial: AnyFloatArray, basis: Float64Array) -> UnitsInSpace:
    """The units of m × n `weights`, that began as `initial`, and the space spanned by (n, k) orthonormal columns."""
    rows, start = np.asarray(weights, np.float64), np.asarray(initial, np.float64)
    norms, inside, inside_start = row_norms(rows), rows @ basis, start @ basis
    return UnitsInSpace(
        norms,
        _cosines(rows, start),
        distances(rows, basis),
        _cosines(inside, inside_start),
    )


def distances(weights: AnyFloatArray, basis: Float64Array) -> Float64Array:
    """The distance of each unit's direction from a space, ‖ŵ − Pŵ‖, (m,) in [0, 1]; NaN where all weights are zero."""
    rows = np.asarray(weights, np.float64)
    outside = row_norms(rows - (rows @ basis) @ basis.T)  # not √(1 − ‖Pŵ‖²), which loses small distances
    return _divided(outside, row_norms(rows))


def _cosines(first: Float64Array, second: Float64Array) -> Float64Array:
    products: Float64Array = np.einsum("ij,ij->i", first, second)
    cosines: Float64Array = np.clip(_divided(products, row_norms(first) * row_norms(second)), -1.0, 1.0)
    return cosines


def _divided(values: Float64Array, by: Float64Array) -> Float64Array:
    quotients: Float64Array = np.divide(values, by, out=np.full(len(values), np.nan), where=by > 0.0)
    return quotients


def _correlation(first: Float64Array, second: Float64Array) -> float:
    known = np.isfinite(first) & np.isfinite(second)
    one, two = first[known], second[known]
    if len(one) < 3 or np.ptp(one) == 0.0 or np.ptp(two) == 0.0:
        return float("nan")
    return float(np.corrcoef(one, two)[0, 1])
