"""What the low-rank panel shows: residuals and elbows from eigenvalues, and accuracies from the network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.ranks.approximated import Approximated
from workbench.figures.pruning.guessing import guess_of
from workbench.runs.pace import span
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.low_rank import LowRank
    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Coming, Curves
    from workbench.runs.place import Key, Place

    Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """Which matrix is approximated. A run that has grown asks the same about a snapshot it had before."""

    place: Place = field(compare=False)
    matrix: Matrix
    units: tuple[int, ...] = ()  # ascending: only their rows; none: every unit
    key: Key = field(init=False, repr=False)  # of the place

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.place.key)

    @property
    def approximated(self) -> Approximated:
        """The matrix itself."""
        return Approximated(self.matrix, self.units)

    @property
    def axes(self) -> str:
        """Which axes it is drawn on, for what is zoomed to."""
        return f"{self.place.run.run_id} {self.place.layer} {self.matrix}"

    @property
    def name(self) -> str:
        """How a sentence calls the matrix."""
        return self.approximated.name


@dataclass(frozen=True, eq=False)
class Picture:
    """What the eigenvalues alone tell."""

    question: Question
    result: LowRank
    lost: Float64  # (r + 1,) residual in percent of ‖W‖²_F

    def stored(self, part: PartName) -> float:
        """The accuracy with nothing changed as the run holds it, in percent; NaN where it was not measured."""
        return float(self.question.place.run.history(f"{part}_accuracy")[self.question.place.snapshot])


def picture_of(question: Question) -> Picture:
    """The picture that answers `question`. RunError where weights are not finite or cannot be read."""
    result = question.approximated.spectrum(question.place)
    return Picture(question, result, 100.0 * result.residuals / (result.residuals[0] or 1.0))


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
    coming: Coming | None = None,
) -> str:
    """What makes it doubtful, what is shown and found, and what is still to come, in one line."""
    question, result = picture.question, picture.result
    of = "" if question.matrix == "weights" else f" of {question.name}"
    found = f"rank {rank} of {result.ranks}{of} keeps {result.norm_percent[rank]:.1f} % of the norm"
    if result.residuals[0] == 0.0:
        found = f"{question.name} is zero, so every rank keeps all of it"
    warned = "".join(f"{warning} " for warning in warnings)
    measured = "" if coming is None else f"{coming_words(coming)}; "
    guess = guess_of(question.place.run, picture.stored(part))
    said = [f"{question.place.words}: {warned}{measured}{f'{guess}; ' if guess else ''}{found}"]
    if accuracy is not None:
        said.append(accuracy_words(accuracy, picture.stored(part), part))
    elbows = ", ".join(f"{name} {at}" for name, at in proposed.items() if at is not None)
    return "; ".join([*said, f"elbows: {elbows}"] if elbows else said)


def accuracy_words(accuracy: Accuracy, stored: float, part: PartName) -> str:
    """The accuracy, and by how much it differs from the stored one where that is known."""
    name = "accuracy" if part == "test" else f"{part} accuracy"
    about = "" if accuracy.exact else "≈ "
    change = f" ({_signed(accuracy.accuracy - stored)})" if np.isfinite(stored) else ""
    return f"{name} {about}{accuracy.accuracy:.1f} %{change}"


def coming_words(coming: Coming) -> str:
    """What the curve is from, and when it will be exact: "curve from 1,000 of 10,000 images, exact in about 3 min"."""
    seen = f"curve from {coming.seen:,} of {coming.images:,} images"
    if coming.seen == coming.images:
        seen = f"curve exact at {coming.known} of {counted(coming.ranks, 'rank')}"
    if coming.seconds_left is None:
        return f"{seen}, more to come"
    if coming.given_up:
        return f"{seen}, the exact curve would take {span(coming.seconds_left)}: run workbench lowrank"
    return f"{seen}, exact in {span(coming.seconds_left)}"


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
