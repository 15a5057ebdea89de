"""What a change of a layer costs the network: pruning, low rank, merging; as the panels measure it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.curves import Area, area_under
from workbench.analysis.low_rank import elbows
from workbench.evaluation.removal.orders import orders_of, seeds_of
from workbench.figures.low_rank.costs import Cost
from workbench.figures.low_rank.costs import Costs as RankCosts
from workbench.figures.low_rank.figure import LowRankFigure, low_rank_figure
from workbench.figures.low_rank.picture import Question as RankQuestion
from workbench.figures.low_rank.picture import picture_of as rank_picture
from workbench.figures.low_rank.picture import sentence
from workbench.figures.overview.costs import LayerCosts, removal, with_merges
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.figure import PruningFigure, pruning_figure
from workbench.figures.pruning.lines import POINT, RANDOM, Line, last_within, reach_of
from workbench.figures.pruning.question import Question

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from workbench.evaluation.results import Accuracy, Removed
    from workbench.evaluation.smaller.merging import MergePoint
    from workbench.figures.low_rank.costs import Curves
    from workbench.figures.pruning.picture import Picture
    from workbench.runs.place import Place

ORDERS = ("max_mag", "max_fp", "random")
REMOVED: Removed = "bias"  # the report's meaning of "removed"


@dataclass(frozen=True)
class Pruned:
    """What an order of removal costs."""

    order: str
    area: Area  # the mean accuracy over the whole curve, percent
    removable: int  # units that can be removed before the test accuracy has fallen by more than a point
    chosen: int | None  # the same on the validation images; None: there are none
    chosen_accuracy: float | None  # on the test images, with so many removed; percent
    flat: str = ""  # what its flat start is, as a clause, where dead units are among it


@dataclass(frozen=True, eq=False)
class Costs:
    """What changes of one layer cost on the test images."""

    images: int
    start: float  # accuracy with nothing changed, percent
    pruned: tuple[Pruned, ...]
    merges: tuple[MergePoint, ...]  # with ever more units merged
    refused: str  # why units are not merged; "" where they are
    rank: int  # the elbow by Kneedle
    rank_accuracy: Accuracy | None  # at that rank
    tolerated: int | None  # the smallest rank within a point on validation; None: no validation images
    tolerated_accuracy: Accuracy | None
    pruning_words: str
    rank_words: str
    pruning_figure: PruningFigure
    rank_figure: LowRankFigure
    warnings: tuple[str, ...]  # why all this is doubtful
    overview: LayerCosts  # the same for the finding
    measured_at: str = ""  # a sentence, where not every number of units or every rank was measured

    @property
    def merged(self) -> MergePoint | None:
        """The last of the merges before the accuracy has first fallen by more than a point; None: not one."""
        return last_within(self.merges, self.start)


@dataclass(frozen=True)
class Step:
    """News of what is being measured; there may be many of one step."""

    name: str
    done: float = 0.0  # 0…1 of it, where that is known


def costs_of(place: Place, quick: bool = False) -> Iterator[Step | Costs]:
    """What is being measured, again and again, and at last the costs; `quick` leaves out what takes long.

    ValueError: the network cannot be evaluated; DataMissing: the images are not on this machine.
    """
    question = Question(place, ORDERS, REMOVED, "test", "accuracy", merged=True, quick=quick, sparse=not quick)
    question = replace(question, dead_first=True)
    picture = yield from _pruning("pruning", question)
    on_validation = None
    if not quick and place.run.spec.data.validation > 0:
        shown = tuple(line.name for line in picture.lines)
        on_images = replace(question, orders=shown, part="validation", merged=False, whole_units=False)
        on_validation = yield from _pruning("choosing on validation", on_images)
    about = RankQuestion(place, "weights")
    ranks = rank_picture(about)
    rank, cost = ranks.result.kneedle, Cost(about, "test")
    curves = yield from _low_ranks(RankCosts().quick(cost, rank) if quick else RankCosts().curves(cost))
    tolerated = curves.tolerated(POINT)
    points = () if picture.merging is None else picture.merging.points
    at_rank = curves.at(rank)
    known = LayerCosts(place, rank=rank, rank_accuracy=None if at_rank is None else at_rank.accuracy)
    *_, found = removal(known, at="few" if quick else "fall")
    if picture.merging is not None:
        found = with_merges(found, points)
    yield Costs(
        images=picture.images[1],
        start=float(picture.lines[0].mean[0]),
        pruned=tuple(_pruned(line, picture, on_validation, found) for line in picture.lines),
        merges=points,
        refused=picture.refused.get("merged", ""),
        rank=rank,
        rank_accuracy=at_rank,
        tolerated=tolerated,
        tolerated_accuracy=None if tolerated is None else curves.at(tolerated),
        pruning_words=picture.words,
        rank_words=sentence(ranks, rank, at_rank, "test", elbows(ranks.result, tolerated)),
        pruning_figure=pruning_figure(picture),
        rank_figure=low_rank_figure(ranks, "test", curves, rank, at_rank, POINT),
        warnings=tuple(dict.fromkeys((*picture.warnings, *curves.warnings))),
        overview=replace(found, complete=True),
        measured_at=measured_at(picture.lines, curves.shown.levels.size, ranks.result.ranks + 1, falls=not quick),
    )


def _pruning(name: str, question: Question) -> Generator[Step, None, Picture]:
    yield Step(name)
    for newest in PruningCurves().pictures(question):
        picture = newest
        yield Step(name, _done(picture, question))
    return picture


def _done(picture: Picture, question: Question) -> float:
    """How much of the work behind a picture is done, 0…1: a random order for each seed, and the whole-unit curve."""
    weights = {RANDOM: len(seeds_of(RANDOM))}
    lines = [*picture.lines, *([] if picture.whole_unit is None else [picture.whole_unit])]
    done = sum(weights.get(line.name, 1) * line.images / line.total for line in lines if line.total)
    return min(done / (len(seeds_of(RANDOM)) + max(len(question.orders), len(picture.question.orders))), 1.0)


def measured_at(lines: Sequence[Line], ranks: int, all_ranks: int, falls: bool) -> str:
    """What was left out, in a sentence or two; "" where nothing was.

    `falls`: every order but "random" was measured at each number before its first fall by more than a point.
    """
    every = len(lines[0].mean)
    counts = {line.name: every if line.levels is None else len(line.levels) for line in lines}
    least, at_ranks = min(counts.values()), f"{ranks} of {all_ranks:,} ranks"
    fewer = (
        f" ({counts[RANDOM]} for random orders)" if RANDOM in counts and counts[RANDOM] < max(counts.values()) else ""
    )
    left = [f"{max(counts.values())} of {every:,} numbers of removed units{fewer}"] if least < every else []
    if not left or not falls:
        left += [at_ranks] if ranks < all_ranks else []
        return f"Measured at {' and at '.join(left)}; there may be better ones between them." if left else ""
    shares = ", ".join(f"{name} at {count}" for name, count in counts.items())
    said = (
        f"Measured of {every:,} numbers of removed units: {shares}; curves and means are straight between them. "
        "No number was left out before an order first loses more than a point, except for random."
    )
    return f"{said} Measured at {at_ranks}." if ranks < all_ranks else said


def _low_ranks(found: Iterator[Curves]) -> Generator[Step, None, Curves]:
    yield Step("low ranks")
    for curves in found:
        yield Step("low ranks", 1.0 if curves.coming is None else curves.coming.done)
    return curves


def _pruned(line: Line, picture: Picture, on_validation: Picture | None, found: LayerCosts) -> Pruned:
    area = area_under(line.values, images=line.images)
    chosen = None
    if on_validation is not None:
        other = next(each for each in on_validation.lines if each.name == line.name)
        chosen = reach_of(other, "accuracy")
    accuracy = None if chosen is None else _accuracy_at(chosen, line, picture)
    flat = picture.flat[line.name].words if line.name in picture.flat else ""
    # All dead units at once can be more than the curve says: it may not have been measured there.
    removable = found.removable if line.name == found.order else None
    return Pruned(line.name, area, removable or reach_of(line, "accuracy"), chosen, accuracy, flat)


def _accuracy_at(level: int, line: Line, picture: Picture) -> float:
    """The mean test accuracy with so many units removed; measured where the curve was not there."""
    from workbench.evaluation.evaluator import exact
    from workbench.evaluation.questions import removal_curve

    if line.levels is None or level in line.levels:
        return float(line.mean[level])
    place = picture.question.place
    about = place.run, (place.layer,), place.snapshot
    orders = orders_of(*about, line.name, REMOVED)
    curves = (exact(removal_curve(*about, order, REMOVED, line.name, at=(level,))) for order in orders)
    return float(np.mean([curve.at(level).accuracy for curve in curves]))
