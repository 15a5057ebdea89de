"""The pairs of a layer's units that point nearly the same way, found by blocks of rows: never as an m × m array."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.matrices import (
    AnyFloatArray,
    Float64Array,
    finite_matrix,
    need_finite,
    norms,
    row_norms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Int32Array = NDArray[np.int32]

MOST_PAIRS = 1 << 21  # that are kept: all pairs of 2,048 units
MOST_WORK = 1e12  # multiply-adds of all products: a minute or two
ROUNDING = 1e-12  # of a float64 cosine: two equal units are still joined at a cut-off of exactly 1
_BLOCK = 1 << 22  # cosines at once: 32 MiB
_ROWS = 512  # at once, of many: half of the square on the diagonal is computed for nothing
_NO_PAIR = -2.0  # in the place of a cosine
_MUCH_WORK = 1e9  # multiply-adds, from which on single precision finds the pairs whose cosines are worth computing
_MANY = 1 / 32  # of the cosines of a block: from here on all of them are computed
_DIGITS = range(3, 12)  # of a raised cut-off: as few as will do


@dataclass(frozen=True, eq=False)
class Rough:
    """The cosines in single precision, which takes half the time, and exact ones of single pairs."""

    block: Callable[[int, int], NDArray[np.float32]]  # as that of `Directions`
    error: float  # that none of these cosines exceeds
    pairs: Callable[[NDArray[np.intp], NDArray[np.intp]], Float64Array]  # the cosines of units with units, (k,)


@dataclass(frozen=True, eq=False)
class Directions:
    """Where a layer's units point: the cosines are asked for block by block."""

    lengths: Float64Array  # (m,) norms; 0: the unit points nowhere
    block: Callable[[int, int], Float64Array]  # (start, stop) -> cosines of these units with those from `start` on
    work: float  # multiply-adds of all blocks
    rough: Rough | None = None  # where the work is worth it

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


def of_either_sign(directions: Directions) -> Directions:
    """The same with the sizes of the cosines in their place: two units that point opposite ways are as close."""
    signed, known = directions.block, directions.rough
    rough = None
    if known is not None:
        block, pairs = known.block, known.pairs
        rough = Rough(lambda start, stop: np.abs(block(start, stop)), known.error, lambda a, b: np.abs(pairs(a, b)))
    return Directions(directions.lengths, lambda start, stop: np.abs(signed(start, stop)), directions.work, rough)


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
    units, inputs = np.shape(weights)[:2] if np.ndim(weights) == 2 else (0, 0)
    work = units * units / 2.0 * inputs
    if work >= _MUCH_WORK and weights.dtype == np.float32:
        return _large_directions(weights, work)
    rows = np.array(finite_matrix(weights, "the weight matrix"))  # a copy, which is scaled
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    rows *= _inverse(lengths)[:, None]
    return Directions(lengths, lambda start, stop: rows[start:stop] @ rows[start:].T, work)


def _large_directions(weights: NDArray[np.float32], work: float) -> Directions:
    """The same of float32 weights, which are kept so: only what is compared exactly is float64."""
    need_finite(weights, "the weight matrix")
    lengths = row_norms(weights)
    inverse = _inverse(lengths)
    small = (weights * inverse[:, None]).astype(np.float32)

    def exact(units: slice | NDArray[np.intp]) -> Float64Array:
        rows = weights[units].astype(np.float64)
        rows *= inverse[units][:, None]
        return rows

    def block(start: int, stop: int) -> Float64Array:
        rows = exact(slice(start, None))
        return rows[: stop - start] @ rows.T

    def pairs(first: NDArray[np.intp], second: NDArray[np.intp]) -> Float64Array:
        found: Float64Array = _compiled_products()(weights, first, second) * inverse[first] * inverse[second]
        return np.clip(found, -1.0, 1.0, out=found)

    # Sums of n products of rounded numbers, in any order; Cauchy's inequality bounds the products.
    error = (weights.shape[1] + 4.0) * float(np.finfo(np.float32).eps)
    return Directions(
        lengths, block, work, Rough(lambda start, stop: small[start:stop] @ small[start:].T, error, pairs)
    )


def close_pairs(directions: Directions, cutoff: float, most: int = MOST_PAIRS) -> ClosePairs:
    """The pairs of units at or above the cut-off; it is raised to a round number that leaves at most `most` of them.

    ValueError: comparing all units takes too long, or more pairs than that point exactly the same way.
    """
    _check_work(directions)
    found, count = [ClosePairs(cutoff, *_none())], 0
    for start, stop in _parts(len(directions.lengths)):
        first, second, cosines = _above(directions, start, stop, found[-1].cutoff - ROUNDING)
        block = first.astype(np.int32), second.astype(np.int32), cosines
        found.append(ClosePairs(found[-1].cutoff, *block))
        count += len(first)
        if count > most + most // 4:
            found = [_raised(_joined(found), most)]
            count = len(found[0].cosines)
    return _raised(_joined(found), most)


def _above(
    directions: Directions, start: int, stop: int, least: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Float64Array]:
    """The pairs of the units from start to stop with later ones whose cosine is at least this, and the cosines."""
    rough, across = directions.rough, len(directions.lengths) - start
    if rough is not None:
        near = np.flatnonzero((rough.block(start, stop) >= np.float32(least - rough.error)).ravel())
        if len(near) <= _MANY * (stop - start) * across:
            first, second = (each + start for each in np.divmod(near, across))
            there = (first < second) & directions.pointing[first] & directions.pointing[second]
            first, second = first[there], second[there]
            cosines = rough.pairs(first, second)
            there = cosines >= least
            return first[there], second[there], cosines[there]
    angles = _cosines(directions, start, stop)
    rows, columns = np.nonzero(angles >= least)
    return rows + start, columns + start, angles[rows, columns]


def nearest_units(directions: Directions) -> Nearest:
    """Each unit's nearest other unit, block by block. ValueError: comparing all units takes too long."""
    _check_work(directions)
    units = len(directions.lengths)
    nearest, closest = np.full(units, -1, np.int64), np.full(units, _NO_PAIR)
    for start, stop in _parts(units):
        angles = _cosines(directions, start, stop)
        above = angles.max(axis=0)  # of each unit with those before it
        better = np.flatnonzero(above > closest[start:])
        closest[start + better] = above[better]
        nearest[start + better] = start + angles[:, better].argmax(axis=0)
        after = angles.max(axis=1)  # of each unit with those after it
        better = np.flatnonzero(after > closest[start:stop])
        closest[start + better] = after[better]
        nearest[start + better] = start + angles[better].argmax(axis=1)
    return Nearest(nearest, np.where(nearest < 0, np.nan, closest))


def pair_cosines(directions: Directions) -> Iterator[Float64Array]:
    """The cosines of all pairs of units that point anywhere, block by block. ValueError: it takes too long."""
    _check_work(directions)
    for start, stop in _parts(len(directions.lengths)):
        angles = _cosines(directions, start, stop)
        yield angles[angles > _NO_PAIR]


def _check_work(directions: Directions) -> None:
    units = len(directions.lengths)
    if directions.work > MOST_WORK:
        pairs = units * (units - 1) // 2
        raise ValueError(
            f"a graph of {units:,} units compares {pairs:,} pairs, {directions.work:.1e} multiplications "
            f"(at most {MOST_WORK:.0e}): choose a smaller layer"
        )


def _parts(units: int) -> Iterator[tuple[int, int]]:
    """From where to where the rows of each block go, of which the columns begin at the first row."""
    start = 0
    while start < units:
        stop = min(units, start + max(1, min(_ROWS, _BLOCK // (units - start))))
        yield start, stop
        start = stop


def _cosines(directions: Directions, start: int, stop: int) -> Float64Array:
    """The cosines of some units with all from the first of them on; `_NO_PAIR` where no pair i < j points."""
    units, pointing = len(directions.lengths), directions.pointing
    angles = directions.block(start, stop)
    np.clip(angles, -1.0, 1.0, out=angles)
    angles[np.tri(stop - start, units - start, dtype=np.bool_)] = _NO_PAIR
    angles[~pointing[start:stop]] = _NO_PAIR
    angles[:, ~pointing[start:]] = _NO_PAIR
    return angles


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


@cache
def _compiled_products() -> Any:
    return import_module("workbench.analysis.compiled").compiled(_products)  # not before it is needed: it loads numba


def _products(rows: Any, first: Any, second: Any) -> Any:
    """The inner products of float32 rows with rows, in float64, (k,)."""
    found = np.empty(len(first), np.float64)
    for at in range(len(first)):
        one, other, total = rows[first[at]], rows[second[at]], 0.0
        for column in range(len(one)):
            total += np.float64(one[column]) * np.float64(other[column])
        found[at] = total
    return found


def _none() -> tuple[Int32Array, Int32Array, Float64Array]:
    return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0)


def _inverse(lengths: Float64Array) -> Float64Array:
    return np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
