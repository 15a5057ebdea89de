"""The cosines of all pairs of a layer's units in order, found by blocks of rows: never as an m × m array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.close_pairs import pair_cosines
from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.matrices import Float64Array

BINS = 1 << 16  # of cosines from −1 to 1; a power of two, so that their borders are exact
_AT_ONCE = 1 << 22  # cosines that are sorted: 32 MiB
_NARROWEST = 2.0**-47  # of a bin: no two numbers 1 + cosine of float64 are nearer to each other and differ


@dataclass(frozen=True, eq=False)
class PairCosines:
    """How many pairs of different units have which cosine."""

    counts: NDArray[np.int64]  # (BINS,) pairs in each of as many bins of equal width from −1 to 1

    @cached_property
    def pairs(self) -> int:
        """All pairs of units that point anywhere."""
        return int(self.counts.sum())

    @cached_property
    def _from(self) -> Float64Array:
        """(BINS + 1,) pairs from each border of a bin on."""
        return np.append(np.cumsum(self.counts[::-1])[::-1], 0).astype(np.float64)

    def count_from(self, cosine: float) -> float:
        """About how many pairs have at least this cosine: exact at the border of a bin, even inside one."""
        return float(np.interp((cosine + 1.0) * BINS / 2.0, np.arange(BINS + 1), self._from))

    def border_of(self, most: int) -> float:
        """The lowest border of a bin that at most so many pairs reach, a cosine; −1 where these are all pairs."""
        return float(np.argmax(self._from <= most)) * 2.0 / BINS - 1.0

    def counts_in(self, bins: int) -> NDArray[np.int64]:
        """The same in fewer bins from −1 to 1, (bins,). ValueError: `bins` does not divide `BINS`."""
        if BINS % bins:
            raise ValueError(f"{bins} bins do not divide {BINS}")
        counts: NDArray[np.int64] = self.counts.reshape(bins, -1).sum(axis=1)
        return counts


def count_pairs(directions: Directions) -> PairCosines:
    """The distribution of the cosines of all pairs of units. ValueError: comparing all units takes too long."""
    return PairCosines(_counts(directions, 0.0, 2.0))


def cosine_of_rank(directions: Directions, rank: int, counted: PairCosines | None = None) -> float:
    """The `rank`-th largest cosine of two units, exactly; 1 is that of the nearest pair.

    `counted` is what `count_pairs` gives, where it is known. ValueError: there are not as many pairs, or comparing all
    units takes too long.
    """
    counted = counted or count_pairs(directions)
    if not 1 <= rank <= counted.pairs:
        raise ValueError(f"there are {counted.pairs:,} pairs of units, so none of rank {rank:,}")
    low, width, counts, above = 0.0, 2.0, counted.counts, 0
    while True:
        reached = above + np.cumsum(counts[::-1])
        at = int(np.searchsorted(reached, rank))
        above = int(reached[at] - counts[-1 - at])
        width /= BINS
        low += (BINS - 1 - at) * width
        if counts[-1 - at] <= _AT_ONCE or width <= _NARROWEST:
            break
        counts = _counts(directions, low, width)
    return _ranked(directions, low, low + width, rank - above)


def percentile(directions: Directions, percent: float, counted: PairCosines | None = None) -> float:
    """The cosine that `percent` % of all pairs of units stay below, as `np.percentile` interpolates it between two.

    `counted` is what `count_pairs` gives, where it is known. ValueError: not 0 to 100, no pair of units, or comparing
    all units takes too long.
    """
    known = counted or count_pairs(directions)
    return interpolated(percent, known.pairs, lambda rank: cosine_of_rank(directions, rank, known))


def interpolated(percent: float, pairs: int, cosine_of: Callable[[int], float]) -> float:
    """`percentile` of so many pairs, of which `cosine_of` gives the cosine by rank. ValueError: as there."""
    if not 0.0 <= percent <= 100.0:
        raise ValueError(f"a percentile is a number from 0 to 100, not {percent:g}")
    place = percent / 100.0 * (pairs - 1)
    below = int(np.floor(place))
    low = cosine_of(pairs - below)
    if place == below:
        return low
    return float(low + (cosine_of(pairs - below - 1) - low) * (place - below))


def _counts(directions: Directions, low: float, width: float) -> NDArray[np.int64]:
    """(BINS,) how many numbers 1 + cosine lie in each part of this range; 2 lies in the last."""
    counts = np.zeros(BINS, np.int64)
    for cosines in pair_cosines(directions):
        shifted = cosines + 1.0
        if width < 2.0:
            shifted = shifted[(shifted >= low) & ((shifted < low + width) | (low + width >= 2.0))]
        places = ((shifted - low) * (BINS / width)).astype(np.int64)
        counts += np.bincount(np.minimum(places, BINS - 1), minlength=BINS)
    return counts


def _ranked(directions: Directions, low: float, high: float, rank: int) -> float:
    """The `rank`-th largest cosine of those whose number 1 + cosine lies in this range."""
    found, count = [np.zeros(0)], 0
    for cosines in pair_cosines(directions):
        shifted = cosines + 1.0
        inside = cosines[(shifted >= low) & ((shifted < high) | (high >= 2.0))]
        if count + len(inside) > _AT_ONCE:  # a bin so narrow that all of them are equal
            return float(inside[0])
        found.append(inside)
        count += len(inside)
    values = np.concatenate(found)
    return float(np.partition(values, len(values) - rank)[len(values) - rank])
