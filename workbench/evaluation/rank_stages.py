"""A rank curve that is soon there: some ranks on few images, then on all of them, then the ranks between."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.evaluation import of_run
from workbench.evaluation.approximated import WEIGHTS
from workbench.evaluation.kept_curves import rank_curves
from workbench.evaluation.results import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike
    from pathlib import Path

    from workbench.evaluation.approximated import Approximated
    from workbench.evaluation.factors import Factors
    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Curve
    from workbench.runs.run import Run

    Tell = Callable[[float, float | None], None]  # how much is done, 0…1, and the seconds that are left

LOW = 16  # ranks up to here are all among the first: elbows are there
BLOCK = 64  # ranks measured together: between two blocks, and two chunks of images, work can be given up


@dataclass(frozen=True, eq=False)
class Stage:
    """How far a curve is."""

    curve: Curve  # the best so far, at the ranks that it has
    images: int  # N, of the whole part
    ranks: int  # r + 1, all there are
    done: float  # 0…1 of the work; 1: the curve is exact at every rank
    seconds_left: float | None  # None: nothing was measured yet from which it would follow


def coarse_ranks(full: int) -> list[int]:
    """Return ranks 0…full that give a curve its shape: every low one, then a fifth apart or more."""
    ranks = list(range(min(LOW, full) + 1))
    while ranks[-1] < full:
        ranks.append(min(ranks[-1] + max(ranks[-1] // 5, 1), full))
    return ranks


def rank_blocks(full: int) -> list[list[int]]:
    """Return the ranks 0…full in the order in which they are measured, block by block: the coarse ones first."""
    first = coarse_ranks(full)
    others = [rank for rank in range(full + 1) if rank not in set(first)]
    return [first, *(others[at : at + BLOCK] for at in range(0, len(others), BLOCK))]


def rank_stages(
    run: Run,
    layer: str,
    snapshot: int = -1,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    where: Path | None = None,
    about: Approximated = WEIGHTS,
    factors: Factors | None = None,
) -> Iterator[Stage]:
    """Yield ever better stages of the accuracy at every rank of a layer's matrix; the last one is exact.

    Blocks that were measured before are found again (see `kept_curves.rank_curves`, which `where` and `factors` are
    handed to). Errors as there.
    """
    full, data = about.full_rank(run.layer(layer)), of_run.data_of(run, part, root)
    best: Curve | None = None
    clock, finished, images = _Clock(), 0, len(data)
    for block in rank_blocks(full):
        curves = rank_curves(run, layer, block, about.name, snapshot, part, root, where, about, factors)
        begun = 0
        while (curve := clock.next_of(curves)) is not None:
            clock.count(len(block) * (curve.images - begun), was_kept=curve.exact and not begun)
            begun = curve.images
            if of_run.data_of(run, part, root).digest != data.digest:  # replaced meanwhile: no curve mixes both
                yield from rank_stages(run, layer, snapshot, part, root, where, about, factors)
                return
            if curve.exact:
                best = curve if best is None or not best.exact else joined(best, curve)
            elif best is None or not best.exact:
                best = curve
            done = finished + len(block) * curve.images
            left = (full + 1) * images - done
            yield Stage(best, images, full + 1, done / ((full + 1) * images), clock.seconds_for(left))
        finished += len(block) * begun


def exact_curve(stages: Iterator[Stage], tell: Tell | None = None) -> Curve:
    """Return the last, exact curve; `tell` hears how much is done and how many seconds are left."""
    for stage in stages:
        if tell is not None:
            tell(stage.done, stage.seconds_left)
    return stage.curve


class _Clock:
    """Measures how long a unit of work takes, while it is done and not while others are waited for."""

    def __init__(self) -> None:
        self._seconds, self._work, self._last = 0.0, 0, 0.0

    def next_of(self, curves: Iterator[Curve]) -> Curve | None:
        """Return the next curve, None behind the last one."""
        begun = time.monotonic()
        curve = next(curves, None)
        self._last = time.monotonic() - begun
        return curve

    def count(self, work: int, was_kept: bool) -> None:
        """Count the work of the last curve, unless it was found and not made."""
        if not was_kept:
            self._seconds, self._work = self._seconds + self._last, self._work + work

    def seconds_for(self, work: int) -> float | None:
        """Return how long so much work will take; None where none was measured."""
        if not work:
            return 0.0
        return self._seconds * work / self._work if self._work else None
