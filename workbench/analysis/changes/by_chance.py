"""What chance makes of the pairs of a stack. Of a tilted row, the last number, as a shift, stays as it is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.changes.partners import chance_cosine, partners
from workbench.analysis.directions.independent import Tilted, independent_rows, tilted_shares, where_falling
from workbench.analysis.graph import FAMILY_WISE_ERROR
from workbench.analysis.matrices import row_norms

if TYPE_CHECKING:
    from workbench.analysis.matrices import AnyFloatArray, Float64Array

DRAWS = 5  # of independent directions, whose pairs are what chance gives


def used_inputs(rows: AnyFloatArray, others: AnyFloatArray) -> int:
    """How many columns are not zero in all rows."""
    return int(np.count_nonzero(rows.any(axis=0) | others.any(axis=0)))


# --- the same unit of both layers ---


def numbered_threshold(rows: AnyFloatArray, others: AnyFloatArray, tilted: bool) -> float:
    """The cosine that, at 95 %, no pair of rows with the same number exceeds by chance; (p, n) rows without zeros.

    `tilted`: the last number of each row is kept, and the others point anywhere.
    """
    used = used_inputs(rows, others)
    if not tilted or not len(rows):
        return chance_cosine(max(len(rows), 1), used)
    first, second, free = _tilts(rows), _tilts(others), max(used_inputs(rows[:, :-1], others[:, :-1]), 1)
    level = FAMILY_WISE_ERROR / len(rows)
    return max(where_falling(lambda cosine: float(tilted_shares(cosine, first, second, free).mean()), level), 0.0)


def numbered_by_chance(rows: AnyFloatArray, others: AnyFloatArray, tilted: bool) -> Float64Array:
    """The cosines of such rows, drawn `DRAWS` times, ascending."""
    pairs, inputs = len(rows), used_inputs(rows, others)
    if tilted:
        inputs = used_inputs(rows[:, :-1], others[:, :-1])
    if not pairs or inputs < 2:
        return np.zeros(0)
    random = np.random.default_rng(0)
    first = random.standard_normal(DRAWS * pairs)
    rest = np.sqrt(random.chisquare(inputs - 1, DRAWS * pairs))
    drawn = first / np.hypot(first, rest)
    if tilted:
        one, other = (np.tile(_tilts(each), DRAWS) for each in (rows, others))
        drawn = one * other + drawn * np.sqrt((1.0 - one**2) * (1.0 - other**2))
    return np.sort(drawn)


# --- units that are matched ---


def matched_threshold(first: Tilted, second: Tilted, pairs: int) -> float:
    """The cosine that, at 95 %, none of so many `pairs` of a unit of either layer exceeds by chance."""
    one, other = np.array(first.tilts)[:, None], np.array(second.tilts)
    free, level = max(first.free, 1), FAMILY_WISE_ERROR / max(pairs, 1)
    return max(where_falling(lambda cosine: float(tilted_shares(cosine, one, other, free).mean()), level), 0.0)


@lru_cache(maxsize=16)
def matched_by_chance(units: int, others: int, inputs: int, tilts: tuple[Tilted, Tilted] | None = None) -> Float64Array:
    """The cosines of the matched pairs of independent directions, `DRAWS` times, ascending.

    With `tilts`, those of both layers, `inputs` are the numbers that point anywhere, besides the tilt.
    """
    if not units or not others or not inputs:
        return np.zeros(0)
    drawn = []
    for seed in range(DRAWS):
        rows = independent_rows(units + others, inputs, seed)
        if tilts is not None:
            kept = np.concatenate([tilts[0].of_units(units), tilts[1].of_units(others)])
            rows = np.column_stack((rows * (np.sqrt(1.0 - kept**2) / row_norms(rows))[:, None], kept))
        drawn.append(partners(rows[:units], rows[units:]).cosines)
    return np.sort(np.concatenate(drawn))


def tilted_pair(rows: AnyFloatArray, others: AnyFloatArray) -> tuple[Tilted, Tilted]:
    """The tilts of both layers, of rows whose last number is no matter of chance; zero columns point nowhere."""
    free = used_inputs(rows[:, :-1], others[:, :-1])
    first, second = Tilted.of(rows), Tilted.of(others)
    return Tilted(free, first.tilts), Tilted(free, second.tilts)


def _tilts(rows: AnyFloatArray) -> Float64Array:
    tilts: Float64Array = (rows[:, -1] / row_norms(rows)).clip(-1.0, 1.0)
    return tilts
