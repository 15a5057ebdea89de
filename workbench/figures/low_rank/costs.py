"""What low ranks cost the network: ever better accuracies for the low-rank panel, its figure and the report."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.analysis.low_rank import smallest_rank_within
from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.ranks.factors import Factors
    from workbench.evaluation.ranks.stages import Stage
    from workbench.evaluation.results import Accuracy, Curve
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.picture import Question

_QUICK_WORK = 2e11  # floating-point operations of a curve: a few seconds of a processor
_QUICK_STEPS = 5  # between the ranks that are measured then
LONGEST = 1800.0  # seconds: what takes longer to measure exactly is left to the command


@dataclass(frozen=True)
class Cost:
    """The question what rank `rank` costs on a part of the data; None asks for all ranks."""

    about: Question
    part: PartName
    rank: int | None = None


def anywhere(cost: Cost) -> Cost:
    """The same question without its snapshot."""
    return replace(cost, about=replace(cost.about, place=cost.about.place.at(0)))


@dataclass(frozen=True)
class Coming:
    """How far the curve that is shown is from being exact at every rank."""

    seen: int  # images it is from
    images: int  # of the whole part
    known: int  # ranks it has
    ranks: int  # there are
    seconds_left: float | None  # until validation is exact too; None: not known yet
    given_up: bool = False  # it takes too long, and is left to the command
    done: float = 0.0  # 0…1 of the work


@dataclass(frozen=True, eq=False)
class Curves:
    """Accuracy against rank on the part that is shown, and on the validation part, which chooses the rank."""

    shown: Curve
    validation: Curve | None
    coming: Coming | None = None  # None: both are exact at every rank
    warnings: tuple[str, ...] = ()  # why they are doubtful, once they are exact

    def at(self, rank: int) -> Accuracy | None:
        """The reading at a rank; None where the curve is still too coarse for it."""
        return self.shown.at(rank) if rank in self.shown.levels else None

    def tolerated(self, tolerance: float) -> int | None:
        """The smallest rank known to be within so many points of full rank on validation; None while that is not."""
        if self.validation is None:
            return None
        return smallest_rank_within(self.validation.accuracy, tolerance, self.validation.levels.tolist())


class Costs:
    """Asks the network. For worker threads; torch is loaded with the first question."""

    def __init__(self) -> None:
        self._factors: tuple[Question, Factors | None] | None = None  # of the last question

    def curves(self, cost: Cost, longest: float = math.inf) -> Iterator[Curves]:
        """Yield ever better accuracies on the part asked for and on validation: few images, some ranks, at last all.

        What would take more than `longest` seconds from the first answer on is left undone, and the last one says so.
        """
        question, factors = cost.about, self._factors_for(cost.about)
        parts: list[PartName] = [cost.part]
        if cost.part != "validation" and question.place.run.spec.data.validation > 0:
            parts.append("validation")
        pace = Pace(enough=0.0)
        for part in parts:
            _expect(pace, question, part)
        sweeps = {part: _stages(question, part, factors, pace) for part in parts}
        found: dict[PartName, Stage] = {}
        for enough in (_first, _some_exact, _all_exact):
            for part, sweep in sweeps.items():
                while not (part in found and enough(found[part])):
                    found[part] = next(sweep)
                    yield _curves(question, found, cost.part, pace)
            left = _coming(found, cost.part, pace)
            if left is not None and (left.seconds_left or 0.0) > longest:
                yield replace(_curves(question, found, cost.part, pace), coming=replace(left, given_up=True))
                return

    def quick(self, cost: Cost, rank: int) -> Iterator[Curves]:
        """Ever better accuracies on the part asked for alone; at a few ranks and at `rank` where all take long."""
        from workbench.evaluation.cached_curves import rank_curves
        from workbench.evaluation.removal.coarse import coarse_levels

        question, place = cost.about, cost.about.place
        about, factors = question.approximated, self._factors_for(question)
        engine, full = _evaluator(question, cost.part), question.approximated.full_rank(place)
        images, ranks = len(engine.data), list(range(full + 1))
        if engine.work(full + 1) > _QUICK_WORK:
            ranks = sorted({*coarse_levels(full, _QUICK_STEPS).tolist(), rank})
        for curve in rank_curves(place, ranks, about.name, cost.part, about=about, factors=factors):
            coming = Coming(curve.images, images, len(ranks), full + 1, None, done=curve.images / images)
            yield Curves(curve, None, None if curve.exact else coming, _warnings(question, cost.part, curve))

    def accuracies(self, cost: Cost) -> Iterator[Accuracy]:
        """Ever better: the accuracy at one rank."""
        assert cost.rank is not None
        yield from _evaluator(cost.about, cost.part).low_ranks(cost.rank, self._factors_for(cost.about))

    def _factors_for(self, question: Question) -> Factors | None:
        """None for W itself, whose factors the evaluator keeps."""
        cached = self._factors
        if cached is None or cached[0] != question:
            cached = self._factors = (question, question.approximated.factors(question.place))
        return cached[1]


def _evaluator(question: Question, part: PartName) -> Evaluator:
    from workbench.evaluation.run_evaluators import evaluator

    return evaluator(question.place, part)


def _expect(pace: Pace, question: Question, part: PartName) -> None:
    from workbench.evaluation.ranks.stages import expect_ranks

    about = question.approximated
    expect_ranks(pace, question.place, part, about=about)


def _stages(question: Question, part: PartName, factors: Factors | None, pace: Pace) -> Iterator[Stage]:
    from workbench.evaluation.ranks.stages import rank_stages

    return rank_stages(question.place, part, about=question.approximated, factors=factors, pace=pace)


def _first(_stage: Stage) -> bool:
    return True


def _some_exact(stage: Stage) -> bool:
    return stage.curve.exact


def _all_exact(stage: Stage) -> bool:
    return stage.done >= 1.0


def _curves(question: Question, found: Mapping[PartName, Stage], part: PartName, pace: Pace) -> Curves:
    on_validation = found["validation"].curve if "validation" in found else None
    warnings = (warning for of, stage in found.items() for warning in _warnings(question, of, stage.curve))
    return Curves(found[part].curve, on_validation, _coming(found, part, pace), tuple(dict.fromkeys(warnings)))


def _warnings(question: Question, part: PartName, curve: Curve) -> tuple[str, ...]:
    """Return why the curve is doubtful: at full rank nothing is changed."""
    from workbench.evaluation.doubts import warnings_of

    if not curve.exact:
        return ()
    return warnings_of(question.place.run, question.place.snapshot, part, None, float(curve.accuracy[-1]))


def _coming(found: Mapping[PartName, Stage], part: PartName, pace: Pace) -> Coming | None:
    if all(map(_all_exact, found.values())):
        return None
    estimate, shown = pace.estimate(), found[part]
    known = shown.curve.images, shown.images, len(shown.curve.levels), shown.ranks
    return Coming(*known, estimate.seconds, done=estimate.done)
