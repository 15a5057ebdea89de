"""A rank curve that is soon there: some ranks on few images, then on all of them, then the ranks between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.evaluation import run_evaluators
from workbench.evaluation.cached_curves import rank_curves
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.evaluation.results import joined
from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path

    from workbench.evaluation.paced import Tell
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.factors import Factors
    from workbench.evaluation.results import Curve
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.pace import Estimate
    from workbench.runs.place import Place

LOW = 16  # ranks up to here are all among the first: elbows are there
RANKS = "ranks"  # the kind of work: a rank on an image
BLOCK = 64  # ranks measured together: between two blocks, and two chunks of images, work can be given up


@dataclass(frozen=True, eq=False)
class Stage:
    """How far a curve is."""

    curve: Curve  # the best so far, at the ranks that it has
    images: int  # N, of the whole part
    ranks: int  # r + 1, all there are
    done: float  # 0…1 of the work; 1: the curve is exact at every rank
    estimate: Estimate  # of the whole work that its pace measures


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
    place: Place,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    where: Path | None = None,
    about: Approximated = WEIGHTS,
    factors: Factors | None = None,
    pace: Pace | None = None,
) -> Iterator[Stage]:
    """Yield ever better stages of the accuracy at every rank of a layer's matrix; the last one is exact.

    Blocks that were measured before are found again (see `cached_curves.rank_curves`, which `where` and `factors` are
    handed to). `pace` measures the work, which `expect_ranks` plans; None: a pace of its own. Errors as in
    `rank_curves`.
    """
    if pace is None:
        pace = Pace(enough=0.0)
        expect_ranks(pace, place, part, root, about)
    full, data = about.full_rank(place), run_evaluators.data_of(place.run, part, root)
    best: Curve | None = None
    finished, images = 0, len(data)
    for block in rank_blocks(full):
        curves = rank_curves(place, block, about.name, part, root, where, about, factors)
        begun = 0
        while (curve := _next_of(curves, pace)) is not None:
            work = len(block) * (curve.images - begun)
            if curve.exact and not begun:  # found, not measured
                pace.skip(RANKS, work)
            else:
                pace.count(work)
            pace.enter(None)  # others work now
            begun = curve.images
            done = finished + len(block) * begun
            if run_evaluators.data_of(place.run, part, root).digest != data.digest:
                # Replaced meanwhile: no curve mixes both.
                pace.skip(RANKS, (full + 1) * images - done)
                expect_ranks(pace, place, part, root, about)
                yield from rank_stages(place, part, root, where, about, factors, pace)
                return
            if curve.exact:
                best = curve if best is None or not best.exact else joined(best, curve)
            elif best is None or not best.exact:
                best = curve
            yield Stage(best, images, full + 1, done / ((full + 1) * images), pace.estimate())
        finished += len(block) * begun


def expect_ranks(
    pace: Pace,
    place: Place,
    part: PartName,
    root: str | PathLike[str] | None = None,
    about: Approximated = WEIGHTS,
) -> None:
    """Plan the work of `rank_stages` on a part of the data."""
    levels = about.full_rank(place) + 1
    pace.expect(RANKS, levels * len(run_evaluators.data_of(place.run, part, root)))


def exact_curve(stages: Iterator[Stage], tell: Tell | None = None) -> Curve:
    """Return the last, exact curve; `tell` hears how far the work is."""
    for stage in stages:
        if tell is not None:
            tell(stage.estimate)
    return stage.curve


def _next_of(curves: Iterator[Curve], pace: Pace) -> Curve | None:
    """Return the next curve, None behind the last one."""
    pace.enter(RANKS)
    return next(curves, None)
