"""Rows that are independent of each other, for what chance alone gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import row_norms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

_ANGLES = 1 << 17  # points of the quadrature
MOST_TILTS = 64  # that stand for those of more units
_HALVINGS = 26  # of the cosines from −1 to 1, until the one of a share is found


@dataclass(frozen=True)
class Tilted:
    """Directions with one number that is not up to chance, as that of a bias; the others point anywhere.

    A bias can be much larger than a weight, and have the same sign in most units: by chance such directions are then
    closer to each other than those that point anywhere in all of their dimensions.
    """

    free: int  # numbers that point anywhere
    tilts: tuple[float, ...]  # (T,) that number of each unit, divided by the unit's length; in −1…1, ascending

    @classmethod
    def of(cls, rows: AnyFloatArray) -> Tilted:
        """Of (m, n + 1) rows whose last number is given; rows of zeros are left out."""
        lengths = row_norms(rows)
        tilts = np.sort(rows[lengths > 0.0, -1] / lengths[lengths > 0.0]).clip(-1.0, 1.0)
        return cls(rows.shape[1] - 1, cls._standing_for(tilts, MOST_TILTS))

    @classmethod
    def joined(cls, spaces: Sequence[Tilted]) -> Tilted:
        """That of all units of several."""
        tilts = np.sort(np.concatenate([each.tilts for each in spaces]))
        return cls(max(each.free for each in spaces), cls._standing_for(tilts, MOST_TILTS))

    @staticmethod
    def _standing_for(tilts: Float64Array, count: int) -> tuple[float, ...]:
        if len(tilts) > count:
            tilts = np.quantile(tilts, np.linspace(0.0, 1.0, count))
        return tuple(tilts.tolist())

    def of_units(self, units: int) -> Float64Array:
        """Tilts of as many units, (units,)."""
        known = np.array(self.tilts)
        return known if len(known) == units else np.quantile(known, np.linspace(0.0, 1.0, units))

    def shares(self, cosine: float) -> Float64Array:
        """The probability that each two of the units have at least this cosine, (T, T)."""
        tilts = np.array(self.tilts)
        return tilted_shares(cosine, tilts[:, None], tilts, self.free)

    def pair_shares(self, cosine: float) -> Float64Array:
        """The same of each pair of different units, once; of a single one with itself."""
        tilts = np.array(self.tilts)
        first, second = np.triu_indices(len(tilts), min(len(tilts) - 1, 1))
        return tilted_shares(cosine, tilts[first], tilts[second], self.free)


def tilted_shares(cosine: float, first: Float64Array, second: Float64Array, free: int) -> Float64Array:
    """The probability that directions with these tilts, drawn in `free` dimensions, have at least this cosine."""
    rest = np.sqrt((1.0 - first**2) * (1.0 - second**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = (cosine - first * second) / rest
    needed = np.where(np.isnan(needed), -1.0, needed)  # 0/0: two that are the fixed direction reach it exactly
    shares = _share_within(np.arccos(np.abs(needed).clip(0.0, 1.0)), free)
    found: Float64Array = np.where(needed < 0.0, 1.0 - shares, shares)
    return np.where(needed <= -1.0, 1.0, np.where(needed > 1.0, 0.0, found))


Space = int | Tilted  # in how many dimensions directions point anywhere, or what else is known of them


def dimensions(space: Space) -> int:
    """The numbers of a direction."""
    return space if isinstance(space, int) else space.free + 1


def in_dimensions(space: Space) -> str:
    """ "in 256 dimensions"; what is not up to chance is said too."""
    count = dimensions(space)
    given = "" if isinstance(space, int) else ", the added one (bias or shift) as it is"
    return f"in {count:,} dimension{'' if count == 1 else 's'}{given}"


def joined(spaces: Sequence[Space]) -> Space:
    """That of the units of several layers; of the most dimensions."""
    tilted = [each for each in spaces if isinstance(each, Tilted)]
    return Tilted.joined(tilted) if tilted else max(dimensions(each) for each in spaces)


def independent_rows(units: int, inputs: Space, seed: int = 0) -> Float64Array:
    """(m, k) rows with the inner products of m rows of n independent standard normal entries; k is at most n + 1.

    Where one number is not up to chance (`Tilted`), the rows have length one, and it is their last.

    Of more inputs than units they are the triangle of Bartlett's decomposition (M. S. Bartlett 1933): X = L Lᵀ has the
    Wishart distribution if L has normal entries below its diagonal and, on it, the roots of χ² with n, n − 1, …
    degrees of freedom. So a layer of 25,088 inputs costs no more than one of as many inputs as units.
    """
    if isinstance(inputs, Tilted):
        tilts = inputs.of_units(units)
        rows = independent_rows(units, inputs.free, seed)
        rows *= (np.sqrt(1.0 - tilts**2) / row_norms(rows))[:, None]
        return np.column_stack((rows, tilts))
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
    inputs: Space
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
        return self.units * self._alone(self.cutoff)

    def _alone(self, cosine: float) -> float:
        """The probability that a unit has no other as near as this."""
        if isinstance(self.inputs, Tilted):
            shares = _of_sides(self.inputs.shares, cosine, self.sides)
            np.fill_diagonal(shares, np.nan)
            with np.errstate(divide="ignore"):
                others = np.nanmean(np.log1p(-shares), axis=1) if len(shares) > 1 else np.zeros(1)
            return float(np.mean(np.exp((self.units - 1) * others)))
        return float((1.0 - share_beyond(cosine, self.inputs, self.sides)) ** (self.units - 1))

    def nearest_cosine(self, quantile: float = 0.5) -> float:
        """The quantile of the cosine of a unit with its nearest one; NaN of a single unit."""
        if self.units < 2:
            return float("nan")
        if isinstance(self.inputs, Tilted):
            return where_falling(lambda cosine: 1.0 - self._alone(cosine), 1.0 - quantile, self.sides)
        return cosine_of_share(1.0 - quantile ** (1.0 / (self.units - 1)), self.inputs, self.sides)

    @property
    def cosine_within(self) -> float:
        """The size of the cosine with a given direction that 95 % of independent ones stay below."""
        return cosine_of_share(0.025, dimensions(self.inputs))

    @property
    def potential_share(self) -> float:
        """The expected part of a unit in the frame potential: all have the same."""
        return 1.0 / self.units


def share_beyond(cosine: float, inputs: Space, sides: int = 1) -> float:
    """The probability that two independent directions in `inputs` dimensions have at least this cosine.

    With two `sides`: that their cosine has at least this size, whatever its sign. Of `Tilted` ones: the mean over the
    pairs of units.
    """
    if isinstance(inputs, Tilted):
        return float(_of_sides(inputs.pair_shares, cosine, sides).mean()) if inputs.tilts else 0.0
    if sides == 2:
        return 1.0 if cosine <= 0.0 else 2.0 * share_beyond(cosine, inputs)
    if inputs == 1:
        return 1.0 if cosine <= -1.0 else 0.5
    if cosine < 0.0:
        return 1.0 - share_beyond(-cosine, inputs)
    angles, shares = _angles(inputs)
    return float(np.interp(np.arccos(min(cosine, 1.0)), angles, shares))


def cosine_of_share(share: float, inputs: Space, sides: int = 1) -> float:
    """The cosine that this share of pairs of independent directions reaches: the inverse of `share_beyond`."""
    if isinstance(inputs, Tilted):
        return _cosine_of_share(share, inputs, sides)
    if sides == 2:
        return cosine_of_share(share / 2.0, inputs)
    if share > 0.5:
        return -cosine_of_share(1.0 - share, inputs)
    if inputs == 1:
        return 1.0
    angles, shares = _angles(inputs)
    return float(np.cos(np.interp(share, shares, angles)))


@lru_cache(maxsize=256)
def _cosine_of_share(share: float, space: Tilted, sides: int) -> float:
    return where_falling(lambda cosine: share_beyond(cosine, space, sides), share, sides)


def where_falling(falls: Callable[[float], float], level: float, sides: int = 1) -> float:
    """The cosine, or its size, at which a share that falls comes down to a level."""
    low, high = (-1.0 if sides == 1 else 0.0), 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if falls(middle) > level else (low, middle)
    return high


def _of_sides(shares: Callable[[float], Float64Array], cosine: float, sides: int) -> Float64Array:
    """Of one side, or of both: at least this size."""
    if sides == 1:
        return shares(cosine)
    both: Float64Array = np.minimum(shares(cosine) + 1.0 - shares(-cosine), 1.0)
    return np.ones_like(both) if cosine <= 0.0 else both


def _share_within(angles: Float64Array, inputs: int) -> Float64Array:
    """The share of independent pairs within angles of at most π/2."""
    if inputs == 1:
        return np.full_like(angles, 0.5)
    known, shares = _angles(inputs)
    return np.interp(angles, known, shares)


@lru_cache(maxsize=16)
def _angles(inputs: int) -> tuple[Float64Array, Float64Array]:
    """Angles from 0 to π/2, and the share of independent pairs that lie within each."""
    # By quadrature, to seven digits: the window does not wait for scipy.special, which is slow to load.
    angles = np.linspace(0.0, np.pi / 2.0, _ANGLES)
    density = np.sin(angles) ** (inputs - 2)
    below = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)))
    return angles, below / (2.0 * below[-1])
