"""Whether two ways of grouping the same units agree, and what chance would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64Array = NDArray[np.int64]

_SHUFFLES = 1000


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far two groupings agree: 1 for equal groups, about 0 for unrelated ones."""

    index: float  # the adjusted Rand index
    chance: float  # what 95 % of 1,000 shuffled groupings stay below
    shared: Int64Array  # (groups of the one, groups of the other) units they have in common

    @property
    def beyond_chance(self) -> bool:
        """Whether the groupings agree more than shuffled ones do."""
        return self.index > self.chance


def agreement(one: NDArray[np.integer], other: NDArray[np.integer], seed: int = 0) -> Agreement:
    """The adjusted Rand index (L. Hubert, P. Arabie 1985) of two groupings of the same units, (m,) labels each.

    `chance` comes from shuffling the second labels, by `seed`. ValueError: other lengths, or no unit.
    """
    if one.ndim != 1 or one.shape != other.shape or not len(one):
        raise ValueError(f"{one.shape} and {other.shape}: two groupings of the same units are compared")
    first, second = (np.unique(each, return_inverse=True)[1].astype(np.int64) for each in (one, other))
    shared = _contingency(first, second)
    random = np.random.default_rng(seed)
    shuffled = [_index(_contingency(first, random.permutation(second))) for _ in range(_SHUFFLES)]
    return Agreement(_index(shared), float(np.percentile(shuffled, 95)), shared)


def _contingency(first: Int64Array, second: Int64Array) -> Int64Array:
    columns = int(second.max()) + 1
    counts = np.bincount(first * columns + second, minlength=(int(first.max()) + 1) * columns)
    return counts.reshape(-1, columns).astype(np.int64)


def _index(shared: Int64Array) -> float:
    pairs = _pairs(shared).sum()
    first, second = _pairs(shared.sum(axis=1)).sum(), _pairs(shared.sum(axis=0)).sum()
    expected = first * second / max(_pairs(shared.sum()), 1.0)
    most = (first + second) / 2.0
    return 1.0 if most == expected else float((pairs - expected) / (most - expected))


def _pairs(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = counts * (counts - 1.0) / 2.0
    return found
