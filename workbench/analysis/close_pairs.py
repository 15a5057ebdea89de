"""The pairs of a layer's units that point nearly the same way, found by blocks of rows: never as an m × m array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import AnyFloatArray, Float64Array, finite_matrix, norms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Int32Array = NDArray[np.int32]

MOST_PAIRS = 1 << 21  # that are kept: all pairs of 2,048 units
MOST_WORK = 1e12  # multiply-adds of all products: a minute or two
ROUNDING = 1e-12  # of a float64 cosine: two equal units are still joined at a cut-off of exactly 1
_BLOCK = 1 << 22  # cosines at once: 32 MiB
_NO_PAIR = -2.0  # in the place of a cosine
_DIGITS = range(3, 12)  # of a raised cut-off: as few as will do


@dataclass(frozen=True, eq=False)
class Directions:
    """Where a layer's units point: the cosines are asked for block by block."""

    lengths: Float64Array  # (m,) norms; 0: the unit points nowhere
    block: Callable[[int, int], Float64Array]  # (start, stop) -> cosines of these units with those from `start` on
    work: float  # multiply-adds of all blocks

    @property
    def pointing(self) -> NDArray[np.bool_]:
        """The units whose weights are not all zero, (m,)."""
        return self.lengths > 0.0


@dataclass(frozen=True, eq=False)
class ClosePairs:
    """All pairs of different units whose cosine is at least the cut-off, row by row."""

    cutoff: float  # as asked for, or raised until there are at most so many
    first: Int32Array  # (E,) the lower unit
    second: Int32Array  # (E,)
    cosines: Float64Array  # (E,)


@dataclass(frozen=True, eq=False)
class Nearest:
    """The unit that points most nearly the same way as each unit, and the cosine with it."""

    units: NDArray[np.int64]  # (m,) ties: the lowest; −1: the unit is removed, or there is no other
    cosines: Float64Array  # (m,) NaN where there is no other


def directions_of_gram(gram: Float64Array) -> Directions:
    """The directions of the units of an (m, m) Gram matrix. ValueError: it is not square and finite."""
    lengths = norms(gram)
    inverse = _inverse(lengths)

    def block(start: int, stop: int) -> Float64Array:
        angles = gram[start:stop, start:] * inverse[start:stop, None]
        angles *= inverse[start:]
        return angles

    return Directions(lengths, block, 0.0)


def directions_of_weights(weights: AnyFloatArray) -> Directions:
    """The directions of the rows of an m × n weight matrix. ValueError: it is no finite matrix."""
    rows = np.array(finite_matrix(weights, "the weight matrix"))  # a copy, which is scaled
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows *= _inverse(lengths)[:, None]
    units, inputs = rows.shape
    return Directions(lengths, lambda start, stop: rows[start:stop] @ rows[start:].T, units * units / 2.0 * inputs)


def close_pairs(directions: Directions, cutoff: float, most: int = MOST_PAIRS) -> ClosePairs:
    """The pairs of units at or above the cut-off; it is raised to a round number that leaves at most `most` of them.

    ValueError: comparing all units takes too long, or more pairs than that point exactly the same way.
    """
    _check_work(directions)
    found, count = [ClosePairs(cutoff, *_none())], 0
    for start, angles in _blocks(directions):
        rows, columns = np.nonzero(angles >= found[-1].cutoff - ROUNDING)
        block = (rows + start).astype(np.int32), (columns + start).astype(np.int32), angles[rows, columns]
        found.append(ClosePairs(found[-1].cutoff, *block))
        count += len(rows)
        if count > most + most // 4:
            found = [_raised(_joined(found), most)]
            count = len(found[0].cosines)
    return _raised(_joined(found), most)


def nearest_units(directions: Directions) -> Nearest:
    """Each unit's nearest other unit, block by block. ValueError: comparing all units takes too long."""
    _check_work(directions)
    units = len(directions.lengths)
    nearest, closest = np.full(units, -1, np.int64), np.full(units, _NO_PAIR)
    for start, angles in _blocks(directions):
        stop = start + len(angles)
        above = angles.max(axis=0)  # of each unit with those before it
        better = np.flatnonzero(above > closest[start:])
        closest[start + better] = above[better]
        nearest[start + better] = start + angles[:, better].argmax(axis=0)
        after = angles.max(axis=1)  # of each unit with those after it
        better = np.flatnonzero(after > closest[start:stop])
        closest[start + better] = after[better]
        nearest[start + better] = start + angles[better].argmax(axis=1)
    return Nearest(nearest, np.where(nearest < 0, np.nan, closest))


def _check_work(directions: Directions) -> None:
    units = len(directions.lengths)
    if directions.work > MOST_WORK:
        pairs = units * (units - 1) // 2
        raise ValueError(
            f"a graph of {units:,} units compares {pairs:,} pairs, {directions.work:.1e} multiplications "
            f"(at most {MOST_WORK:.0e}): choose a smaller layer"
        )


def _blocks(directions: Directions) -> Iterator[tuple[int, Float64Array]]:
    """(first unit, cosines of some units with all from the first on); `_NO_PAIR` where no pair i < j points."""
    units, pointing = len(directions.lengths), directions.pointing
    start = 0
    while start < units:
        stop = min(units, start + max(1, _BLOCK // (units - start)))
        angles = directions.block(start, stop)
        np.clip(angles, -1.0, 1.0, out=angles)
        angles[np.tri(stop - start, units - start, dtype=np.bool_)] = _NO_PAIR
        angles[~pointing[start:stop]] = _NO_PAIR
        angles[:, ~pointing[start:]] = _NO_PAIR
        yield start, angles
        start = stop


def _joined(parts: list[ClosePairs]) -> ClosePairs:
    names = ("first", "second", "cosines")
    return ClosePairs(parts[-1].cutoff, *(np.concatenate([getattr(each, name) for each in parts]) for name in names))


def _raised(found: ClosePairs, most: int) -> ClosePairs:
    """The pairs above a higher cut-off where there are more than `most`."""
    if len(found.cosines) <= most:
        return found
    cutoff = _raised_cutoff(found.cosines, most)
    there = found.cosines >= cutoff - ROUNDING
    return ClosePairs(cutoff, found.first[there], found.second[there], found.cosines[there])


def _raised_cutoff(cosines: Float64Array, most: int) -> float:
    """A number with few digits that at most `most` of these (more) cosines reach, and no fewer than half of that.

    Where many are equal it may be fewer. ValueError: too many of them are 1.
    """
    last = len(cosines) - most - 1
    above = float(np.partition(cosines, last)[last]) + 2.0 * ROUNDING  # the cut-off is higher than this
    cutoff = 2.0
    for digits in _DIGITS:
        step = 10.0**-digits
        cutoff = float(round((np.floor(above / step) + 1.0) * step, digits))
        if 2 * np.count_nonzero(cosines >= cutoff - ROUNDING) >= most:
            return cutoff
    if cutoff > 1.0:
        raise ValueError(f"more than {most:,} pairs of units point exactly the same way: merge these units first")
    return cutoff


def _none() -> tuple[Int32Array, Int32Array, Float64Array]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)


def _inverse(lengths: Float64Array) -> Float64Array:
    return np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
