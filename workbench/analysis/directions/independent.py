"""Rows that are independent of each other, for what chance alone gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

_ANGLES = 1 << 16  # points of the quadrature


def independent_rows(units: int, inputs: int, seed: int = 0) -> Float64Array:
    """(m, min(m, n)) rows with the inner products of m rows of n independent standard normal entries.

    Of more inputs than units they are the triangle of Bartlett's decomposition (M. S. Bartlett 1933): X = L Lᵀ has the
    Wishart distribution if L has normal entries below its diagonal and, on it, the roots of χ² with n, n − 1, …
    degrees of freedom. So a layer of 25,088 inputs costs no more than one of as many inputs as units.
    """
    random = np.random.default_rng(seed)
    if inputs <= units:
        return random.standard_normal((units, inputs))
    rows = np.tril(random.standard_normal((units, units)), -1)
    rows[np.diag_indices(units)] = np.sqrt(random.chisquare(inputs - np.arange(units)))
    return rows


@dataclass(frozen=True)
class IndependentUnits:
    """What chance gives of `units` independent directions in `inputs` dimensions, without drawing any.

    The angle between two of them has the density sinⁿ⁻²θ up to a factor, and the angles of one with all the others are
    independent of each other. So the numbers of one unit, and expectations over all of them, are exact.
    """

    units: int
    inputs: int
    cutoff: float  # cosines from which on an edge joins two units
    sides: int = 1  # 2: the size of a cosine counts, whatever its sign

    @property
    def degree(self) -> float:
        """The expected edges of a unit."""
        return (self.units - 1) * share_beyond(self.cutoff, self.inputs, self.sides)

    @property
    def edges(self) -> float:
        """The expected edges."""
        return self.units * self.degree / 2.0

    @property
    def isolated(self) -> float:
        """The expected units without an edge."""
        return self.units * float((1.0 - share_beyond(self.cutoff, self.inputs, self.sides)) ** (self.units - 1))

    def nearest_cosine(self, quantile: float = 0.5) -> float:
        """The quantile of the cosine of a unit with its nearest one; NaN of a single unit."""
        if self.units < 2:
            return float("nan")
        return cosine_of_share(1.0 - quantile ** (1.0 / (self.units - 1)), self.inputs, self.sides)

    @property
    def cosine_within(self) -> float:
        """The size of the cosine with a given direction that 95 % of independent ones stay below."""
        return cosine_of_share(0.025, self.inputs)

    @property
    def potential_share(self) -> float:
        """The expected part of a unit in the frame potential: all have the same."""
        return 1.0 / self.units


def share_beyond(cosine: float, inputs: int, sides: int = 1) -> float:
    """The probability that two independent directions in `inputs` dimensions have at least this cosine.

    With two `sides`: that their cosine has at least this size, whatever its sign.
    """
    if sides == 2:
        return 1.0 if cosine <= 0.0 else 2.0 * share_beyond(cosine, inputs)
    if inputs == 1:
        return 1.0 if cosine <= -1.0 else 0.5
    if cosine < 0.0:
        return 1.0 - share_beyond(-cosine, inputs)
    angles, shares = _angles(inputs)
    return float(np.interp(np.arccos(min(cosine, 1.0)), angles, shares))


def cosine_of_share(share: float, inputs: int, sides: int = 1) -> float:
    """The cosine that this share of pairs of independent directions reaches: the inverse of `share_beyond`."""
    if sides == 2:
        return cosine_of_share(share / 2.0, inputs)
    if share > 0.5:
        return -cosine_of_share(1.0 - share, inputs)
    if inputs == 1:
        return 1.0
    angles, shares = _angles(inputs)
    return float(np.cos(np.interp(share, shares, angles)))


@lru_cache(maxsize=16)
def _angles(inputs: int) -> tuple[Float64Array, Float64Array]:
    """Angles from 0 to π/2, and the share of independent pairs that lie within each."""
    # By quadrature, as in `graph.null_cutoff`: the window does not wait for scipy.special.
    angles = np.linspace(0.0, np.pi / 2.0, _ANGLES)
    density = np.sin(angles) ** (inputs - 2)
    below = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)))
    return angles, below / (2.0 * below[-1])
