"""A removal curve at as few levels as its fall needs: each one up to there, where all take long, and some beyond."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.cached_curves import removal_curves
from workbench.evaluation.removal.coarse import coarse_levels
from workbench.evaluation.results import joined
from workbench.evaluation.run_evaluators import evaluator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.evaluation.results import Curve, Removed
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place

SOME = 16  # steps between the levels that each curve has
FALL = 1.0  # points of accuracy
_SLACK = 1e-9  # of a percentage that is one count over another


def falling_curve(
    place: Place,
    order: NDArray[np.int64],
    removed: Removed = "bias",
    name: str = "",
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    where: Path | None = None,
    exact_fall: bool = True,
) -> Iterator[Curve]:
    """Ever better: the curve at some levels, then also at each one before the first that has lost more than a point.

    So how many units go within a point is exact, whatever the curve does; without `exact_fall` it stays at some levels.
    Where all levels do not take long, the curve has them all. Arguments and errors as of `removal_curves`.
    """
    asked = place, order, removed, name, part, root, where
    if not evaluator(place, part, root).takes_long(len(order)):
        yield from removal_curves(*asked)
        return
    for curve in removal_curves(*asked, at=some_levels(len(order))):
        if not curve.exact:
            yield curve
    between = levels_before_fall(curve) if exact_fall else ()
    if between:
        for more in removal_curves(*asked, at=between):
            if not more.exact:
                yield replace(curve, exact=False)
        curve = joined(curve, more)
    yield curve


def some_levels(removed: int) -> tuple[int, ...]:
    """At most 17 numbers of removed units, from 0 to `removed`, more at the start."""
    return tuple(coarse_levels(removed, SOME).tolist())


def levels_before_fall(curve: Curve, points: float = FALL) -> tuple[int, ...]:
    """The levels that a curve lacks before its first one that has lost more than so many points; else before its last.

    Ascending; none where it has them all.
    """
    fallen = np.flatnonzero(~(curve.accuracy >= curve.accuracy[0] - points - _SLACK))
    end = int(curve.levels[fallen[0] if len(fallen) else -1])
    return tuple(np.setdiff1d(np.arange(end), curve.levels).tolist())
