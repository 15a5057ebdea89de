"""What the low-rank panel shows: residuals and elbows from eigenvalues, and accuracies from the network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.low_rank import LowRank, smallest_rank_within
from workbench.evaluation.approximated import Approximated
from workbench.runs.counted import counted
from workbench.runs.naming import where

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.approximated import Matrix
    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.factors import Factors
    from workbench.evaluation.joint_ranks import JointLowRank
    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Accuracy, Curve
    from workbench.runs.descriptor import Identity
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]

LOW = 16


@dataclass(frozen=True)
class Question:
    """Which matrix is approximated. A run that has grown asks the same about a snapshot it had before."""

    run: Run = field(compare=False)
    run_id: str
    layer: str
    snapshot: int
    matrix: Matrix
    units: tuple[int, ...] = ()  # ascending: only their rows; none: every unit
    file: Identity = field(init=False, repr=False)  # a copy of the run asks something else

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", self.run.identity)

    @property
    def approximated(self) -> Approximated:
        """The matrix itself."""
        return Approximated(self.matrix, self.units)

    @property
    def axes(self) -> str:
        """Which axes it is drawn on, for what is zoomed to."""
        return f"{self.run_id} {self.layer} {self.matrix}"

    @property
    def name(self) -> str:
        """How a sentence calls the matrix."""
        return self.approximated.name


@dataclass(frozen=True)
class Cost:
    """The question what rank `rank` costs on a part of the data; None asks for all ranks."""

    about: Question
    part: PartName
    rank: int | None = None


def anywhere(cost: Cost) -> Cost:
    """The same question without its snapshot."""
    return replace(cost, about=replace(cost.about, snapshot=0))


@dataclass(frozen=True, eq=False)
class Picture:
    """What the eigenvalues alone tell."""

    question: Question
    result: LowRank
    lost: Float64  # (r + 1,) residual in percent of ‖W‖²_F

    def stored(self, part: PartName) -> float:
        """The accuracy with nothing changed as the run holds it, in percent; NaN where it was not measured."""
        return float(self.question.run.history(f"{part}_accuracy")[self.question.snapshot])


@dataclass(frozen=True, eq=False)
class Curves:
    """Accuracy against rank on the part that is shown, and on the validation part, which chooses the rank."""

    shown: Curve
    validation: Curve | None
    warnings: tuple[str, ...] = ()  # why they are doubtful, once they are exact

    def at(self, rank: int) -> Accuracy | None:
        """The reading at a rank; None where the curve is still too coarse for it."""
        return self.shown.at(rank) if rank in self.shown.levels else None

    def tolerated(self, tolerance: float) -> int | None:
        """The smallest rank known to be within so many points of full rank on validation; None while that is not."""
        if self.validation is None:
            return None
        return smallest_rank_within(self.validation.accuracy, tolerance, self.validation.levels.tolist())


def coarse_ranks(full: int) -> list[int]:
    """Ranks 0…full that give a curve its shape: every low one, where elbows are, then a fifth apart or more."""
    ranks = list(range(min(LOW, full) + 1))
    while ranks[-1] < full:
        ranks.append(min(ranks[-1] + max(ranks[-1] // 5, 1), full))
    return ranks


def picture_of(question: Question) -> Picture:
    """The picture that answers `question`. RunError where weights are not finite or cannot be read."""
    layer = question.run.layer(question.layer)
    result = question.approximated.spectrum(question.run.spec, layer, question.snapshot)
    return Picture(question, result, 100.0 * result.residuals / (result.residuals[0] or 1.0))


class Costs:
    """Asks the network. For worker threads; torch is loaded with the first question."""

    def __init__(self) -> None:
        self._factors: tuple[Question, Factors | None] | None = None  # of the last question
        self._over: tuple[object, dict[int, Accuracy | None]] | None = None  # at one rank, by snapshot

    def curves(self, cost: Cost) -> Iterator[Curves]:
        """Ever better: the accuracy at some ranks on the part asked for, on validation, then at all ranks."""
        question, factors = cost.about, self._factors_for(cost.about)
        parts: list[PartName] = [cost.part]
        if cost.part != "validation" and question.run.spec.data.validation > 0:
            parts.append("validation")
        full = question.approximated.full_rank(question.run.layer(question.layer))
        some, every = coarse_ranks(full), range(full + 1)
        best: dict[PartName, Curve] = {}
        for ranks in (some, every) if len(some) < len(every) else (every,):
            for part in parts:
                for curve in _curves(question, part, ranks, factors):
                    if curve.exact or part not in best or not best[part].exact:
                        best[part] = curve
                    warnings = tuple(warning for of in best for warning in _warnings(question, of, best[of]))
                    yield Curves(best[cost.part], best.get("validation"), tuple(dict.fromkeys(warnings)))

    def accuracies(self, cost: Cost) -> Iterator[Accuracy]:
        """Ever better: the accuracy at one rank."""
        assert cost.rank is not None
        yield from _evaluator(cost.about, cost.part).low_ranks(cost.rank, self._factors_for(cost.about))

    @staticmethod
    def joint(asked: tuple[Cost, float]) -> Iterator[JointLowRank]:
        """Ever better: what all layers within a tolerance of energy, in percent, cost together."""
        from workbench.evaluation.joint_ranks import joint_low_ranks

        cost, percent = asked
        yield from joint_low_ranks(cost.about.run, percent / 100.0, cost.about.snapshot, cost.part)

    def over_snapshots(self, cost: Cost) -> Iterator[dict[int, Accuracy | None]]:
        """Ever more: the accuracy at one rank by snapshot; what was found before for this rank is there at once."""
        from workbench.evaluation.of_run import data_of, source_of
        from workbench.evaluation.over_snapshots import over_snapshots, spread_out

        about = cost.about
        assert cost.rank is not None
        place = anywhere(cost), source_of(about.run, 0, data_of(about.run, cost.part))
        if self._over is None or self._over[0] != place:
            self._over = (place, {})
        known = self._over[1]
        yield dict(known)
        wanted = [snapshot for snapshot in spread_out(about.run.snapshots) if snapshot not in known]
        asked = about.run, about.layer, cost.rank, wanted, about.approximated, cost.part
        for snapshot, accuracy in over_snapshots(*asked):
            if accuracy is None or accuracy.exact:
                known[snapshot] = accuracy
            yield known | {snapshot: accuracy}

    def _factors_for(self, question: Question) -> Factors | None:
        """None for W itself, whose factors the evaluator keeps."""
        cached = self._factors
        if cached is None or cached[0] != question:
            layer = question.run.layer(question.layer)
            cached = self._factors = (question, question.approximated.factors(layer, question.snapshot))
        return cached[1]


def _evaluator(question: Question, part: PartName) -> Evaluator:
    from workbench.evaluation.of_run import evaluator

    return evaluator(question.run, question.layer, question.snapshot, part)


def _curves(question: Question, part: PartName, ranks: Sequence[int], factors: Factors | None) -> Iterator[Curve]:
    from workbench.evaluation.kept_curves import rank_curves

    asked = question.run, question.layer, ranks, question.name, question.snapshot, part
    return rank_curves(*asked, about=question.approximated, factors=factors)


def _warnings(question: Question, part: PartName, curve: Curve) -> tuple[str, ...]:
    """Why the curve is doubtful: at full rank nothing is changed."""
    from workbench.evaluation.doubts import warnings_of

    if not curve.exact:
        return ()
    return warnings_of(question.run, question.snapshot, part, None, float(curve.accuracy[-1]))


def stacked(ranks: list[int], lost: Float64) -> list[float]:
    """Heights for marks on the curve `lost`, each above those that stand within two hundredths of the axis."""
    near, step = max(0.02 * (len(lost) - 1), 0.5), 11.0
    return [
        float(lost[rank]) + step * sum(abs(rank - other) < near for other in ranks[:number])
        for number, rank in enumerate(ranks)
    ]


# --- in words ---


def sentence(
    picture: Picture,
    rank: int,
    accuracy: Accuracy | None,
    part: PartName,
    proposed: dict[str, int | None],
    warnings: Sequence[str] = (),
) -> str:
    """What makes it doubtful, what is shown and found, in one line."""
    question, result = picture.question, picture.result
    of = "" if question.matrix == "weights" else f" of {question.name}"
    found = f"rank {rank} of {result.ranks}{of} keeps {result.norm_percent[rank]:.1f} % of the norm"
    warned = "".join(f"{warning} " for warning in warnings)
    said = [f"{where(question.run, question.layer, question.snapshot)}: {warned}{found}"]
    if accuracy is not None:
        said.append(_accuracy(accuracy, picture.stored(part), part))
    told = ", ".join(f"{name} {at}" for name, at in proposed.items() if at is not None)
    return "; ".join([*said, f"elbows: {told}"])


def _accuracy(accuracy: Accuracy, stored: float, part: PartName) -> str:
    name = "accuracy" if part == "test" else f"{part} accuracy"
    about = "" if accuracy.exact else "≈ "
    change = f" ({_signed(accuracy.accuracy - stored)})" if np.isfinite(stored) else ""
    return f"{name} {about}{accuracy.accuracy:.1f} %{change}"


def _signed(points: float) -> str:
    rounded = round(points, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0"


def readout(picture: Picture, rank: int, accuracy: Accuracy | None) -> str:
    """What stands beside the line at the rank: short, on as many lines as there is to say."""
    energy = f"energy {picture.result.energy_percent[rank]:.1f} %"
    if accuracy is None:
        return energy
    low, high = accuracy.interval95
    seen = "" if accuracy.exact else f" on the first {accuracy.images:,}"
    return f"{accuracy.accuracy:.1f} % (95 %: {low:.1f}–{high:.1f}){seen}\nloss {accuracy.loss:.3g}, {energy}"


def pointed_at(picture: Picture, rank: int, here: Accuracy | None) -> str:
    """All that is known of a rank under the mouse."""
    result = picture.result
    parts = [
        f"residual {result.residuals[rank]:.4g} ({picture.lost[rank]:.3g} % of ‖W‖²)",
        f"norm {result.norm_percent[rank]:.4g} %",
        f"energy {result.energy_percent[rank]:.4g} %",
    ]
    if rank < result.ranks:
        parts.append(f"next λ {result.eigenvalues[rank]:.4g}")
    if here is not None:
        parts.append(f"{here.accuracy:.2f} %, loss {here.loss:.3g} on {counted(here.images, 'image')}")
    return f"rank {rank}: {', '.join(parts)}"


def joint_sentence(found: JointLowRank) -> str:
    """The ranks of all layers, and what they cost and save together."""
    ranks = ", ".join(f"{layer} {rank}" for layer, rank in found.ranks)
    cost = _accuracy(found.accuracy, found.stored, found.part)
    left = f"{100 * found.weights:.0f} % of the weights as factors"
    warned = "".join(f"{warning} " for warning in found.warnings)
    return f"{warned}all layers at tolerance {100 * found.tolerance:.4g} %: ranks {ranks}: {cost}, {left}"


def table(picture: Picture, curves: Curves | None) -> str:
    """All ranks as tab-separated text with a row of names; an accuracy that is not known yet is left empty."""
    result = picture.result
    rows = ["\t".join(("rank", "residual", "norm_percent", "energy_percent", "accuracy", "loss"))]
    for rank in range(result.ranks + 1):
        here = None if curves is None else curves.at(rank)
        known = (result.residuals[rank], result.norm_percent[rank], result.energy_percent[rank])
        numbers = [f"{number:.17g}" for number in (*known, *((here.accuracy, here.loss) if here else ()))]
        rows.append("\t".join([str(rank), *numbers, *([] if here else ["", ""])]))
    return "\n".join([*rows, ""])
