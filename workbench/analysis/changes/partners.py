"""Which unit of one layer is which unit of another: matched by their directions, against chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.graph import null_cutoff
from workbench.analysis.matrices import finite_matrix, fits, row_norms
from workbench.analysis.units import HARDLY_MOVED_COSINE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

    Int64 = NDArray[np.int64]

MOST_UNITS = 4096  # in a layer that is matched: the work grows with the third power


@dataclass(frozen=True, eq=False)
class Partners:
    """The best one-to-one matching of two layers' units (Hungarian method), by the sum of cosines."""

    first: Int64  # (p,) units of the first layer, ascending; units without weights have no partner
    second: Int64  # (p,) the partner of each
    cosines: Float64Array  # (p,) of each pair
    chance: float  # independent directions reach this cosine in one of all pairs only once in 20 layers

    @property
    def beyond_chance(self) -> NDArray[np.bool_]:
        """(p,) which pairs are more alike than chance makes any of them."""
        return self.cosines > self.chance

    @property
    def matched(self) -> int:
        """How many pairs are more alike than chance makes any of them."""
        return int(np.count_nonzero(self.beyond_chance))

    @property
    def typical(self) -> float:
        """The median cosine of all pairs; NaN where there is none."""
        return float(np.median(self.cosines)) if len(self.cosines) else float("nan")

    @property
    def copied(self) -> int:
        """How many units point nearly where one of another number does in the second layer (cosine above .95)."""
        return int(np.count_nonzero((self.cosines > HARDLY_MOVED_COSINE) & (self.first != self.second)))

    @property
    def renumbered(self) -> int:
        """How many of these have another number in the second layer."""
        return int(np.count_nonzero(self.beyond_chance & (self.first != self.second)))


@dataclass(frozen=True)
class UnitChanges:
    """What became of the units of a layer."""

    removed: int  # units with weights that the second layer has without, or that are too many in it
    new: int  # the same the other way round
    unchanged: int  # of those in both (under their number; where there are fewer now, matched): the same weights
    moved: int  # of these: the cosine is at most .95
    matched: int | None  # None: there are too many units to match
    renumbered: int | None


def partners(before: AnyFloatArray, after: AnyFloatArray) -> Partners:
    """The matching of the units of (m₁, n) and (m₂, n) weights. ValueError: the inputs differ, or are not finite."""
    from scipy.optimize import linear_sum_assignment

    first, second = finite_matrix(before, "the first matrix"), finite_matrix(after, "the second matrix")
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"units of {first.shape[1]} and {second.shape[1]} inputs cannot be matched")
    there, others = (np.flatnonzero(each.any(axis=1)) for each in (first, second))
    if not len(there) or not len(others):
        empty = np.zeros(0, np.int64)
        return Partners(empty, empty, np.zeros(0), 1.0)
    cosines = _directions(first[there]) @ _directions(second[others]).T
    rows, columns = linear_sum_assignment(cosines, maximize=True)
    used = int(np.count_nonzero(first.any(axis=0) | second.any(axis=0)))
    return Partners(there[rows], others[columns], cosines[rows, columns], chance_cosine(len(there) * len(others), used))


def unit_changes(before: AnyFloatArray, after: AnyFloatArray) -> tuple[UnitChanges, Partners | None]:
    """What became of each unit, and the matching behind it. The same errors as `partners`."""
    first, second = finite_matrix(before, "the first matrix"), finite_matrix(after, "the second matrix")
    found = None
    if max(len(first), len(second)) <= MOST_UNITS and fits(max(len(first), len(second))):
        found = partners(first, second)
    if len(first) == len(second):
        return _in_place(first, second, found), found
    removed, new = int(first.any(axis=1).sum()), int(second.any(axis=1).sum())
    if found is None:
        return UnitChanges(removed, new, 0, 0, None, None), None
    alike = found.beyond_chance
    equal = (first[found.first[alike]] == second[found.second[alike]]).all(axis=1)
    moved = found.cosines[alike] <= HARDLY_MOVED_COSINE
    counts = int(equal.sum()), int(moved.sum()), found.matched, found.renumbered
    return UnitChanges(removed - found.matched, new - found.matched, *counts), found


def _in_place(first: Float64Array, second: Float64Array, found: Partners | None) -> UnitChanges:
    """What became of each unit under its own number, in layers of as many units."""
    there, others = first.any(axis=1), second.any(axis=1)
    both = there & others
    equal = (first[both] == second[both]).all(axis=1)
    cosines = np.einsum("ij,ij->i", _directions(first[both]), _directions(second[both]))
    counts = (there & ~others).sum(), (others & ~there).sum(), equal.sum(), (cosines <= HARDLY_MOVED_COSINE).sum()
    matching = (None, None) if found is None else (found.matched, found.renumbered)
    return UnitChanges(*map(int, counts), *matching)


def chance_cosine(pairs: int, inputs: int) -> float:
    """The cosine that no pair exceeds at 95 % among so many of independent directions."""
    return null_cutoff(ceil((1 + sqrt(1 + 8 * pairs)) / 2), inputs)


def _directions(rows: Float64Array) -> Float64Array:
    lengths = row_norms(rows)
    directions: Float64Array = rows / np.where(lengths > 0.0, lengths, 1.0)[:, None]
    return directions
