"""The questions, one row each: what is trained, what is measured, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from workbench.analysis.low_rank import ELBOWS
from workbench.experiments.making import Training
from workbench.experiments.questions import clusters, elbow, suffix
from workbench.experiments.questions.elbow_figure import ElbowFigure
from workbench.figures.figure import Table
from workbench.reports.blocks import Grid, Picture, Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from workbench.experiments.questions.clusters import Clustered
    from workbench.experiments.questions.elbow import Answer
    from workbench.experiments.questions.regression import Slope
    from workbench.experiments.questions.suffix import Likeness
    from workbench.reports.blocks import Block
    from workbench.runs.run import Run

    Runs = Mapping[str, tuple[Run, ...]]
    Measuring = Generator[float, None, "Answered"]  # yields which part is measured

Measured = TypeVar("Measured")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Answered:
    """What was found."""

    verdict: str
    blocks: tuple[Block, ...]
    table: Table


@dataclass(frozen=True)
class Question:
    """One open question."""

    report: str  # what the report says
    method: str  # factors, controls, what is measured
    trainings: Callable[[int, Path, int | None], Iterator[Training]]  # repeats, folder, iterations
    answer: Callable[[Runs], Measuring]
    seconds: tuple[float, float]  # about: of measuring for each training, and of drawing all pictures


def _each(
    things: Sequence[Measured], measure: Callable[[Measured], Iterable[Found]]
) -> Generator[float, None, tuple[Found, ...]]:
    """What is found of all things; yields after each of them which part is measured."""
    found: list[Found] = []
    for number, each in enumerate(things, 1):
        found += measure(each)
        yield number / len(things)
    return tuple(found)


def _elbow_trainings(repeats: int, folder: Path, iterations: int | None) -> Iterator[Training]:
    for spec in elbow.specifications(repeats, iterations):
        classes, decay = len(spec.data.classes or ()), spec.optimiser.weight_decay
        title = f"{classes} classes, weight decay {decay:g}, seed {spec.seed}"
        yield Training("lenet", elbow.file_of(folder, spec), title, spec)


def _elbow(runs: Runs) -> Measuring:
    elbows = yield from _each(runs["lenet"], elbow.elbows_of)
    found = elbow.answers(elbows)
    known = [each for each in elbows if each.rank is not None]
    pictures = tuple(
        Picture(
            ElbowFigure(
                f"{layer}, {name}", name,
                tuple(each for each in known if (each.layer, each.estimator) == (layer, name)),
            ),
            f"{layer}: the elbow by {ELBOWS[name].title}, a dot for each training.", f"elbow-{layer}-{name}",
        )
        for layer in elbow.LAYERS for name in ELBOWS
    )  # fmt: skip
    columns = ("layer, estimator", "weight decay", "trainings", "elbow at 2 classes", "at 5", "at 10",
               "slope (95 %)", "R²", "distance", "verdict")  # fmt: skip
    grid = Grid(columns, tuple(map(_elbow_row, found)), "Slopes are ranks for each class, with a level of their own "
                "for each weight decay; the distance is the mean of |elbow − classes|.")  # fmt: skip
    table = Table(elbow.COLUMNS, tuple(each.row() for each in elbows))  # type: ignore[misc]
    return Answered(elbow.verdict(found), (grid, Pictures(pictures)), table)


def _elbow_row(answer: Answer) -> tuple[str, ...]:
    found = answer.slope
    grown = "–" if found is None else f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})".replace("-", "−")
    decay = "all" if answer.decay is None else f"{answer.decay:g}"
    ends = tuple(answer.at(classes) for classes in (2, 5, 10))
    explained = "–" if found is None else f"{found.explained:.2f}"
    distance = f"{answer.distance:.1f}" if answer.elbows else "–"
    return (f"{answer.layer}, {answer.estimator}", decay, str(len(answer.elbows)), *ends, grown, explained, distance,
            answer.verdict)  # fmt: skip


def _cluster_trainings(repeats: int, folder: Path, iterations: int | None) -> Iterator[Training]:
    for spec in clusters.specifications(repeats, iterations):
        path = clusters.file_of(folder, spec)
        yield Training("lenet", path, path.stem, spec)


def _clusters(runs: Runs) -> Measuring:
    found = yield from _each(runs["lenet"], clusters.clustered)
    effects = _effects(
        found, "repeated", "Least squares, all other factors alike, with 95 % intervals, each by itself."
    )
    of_dead = _effects(found, "dead", "The same for units that are dead: above zero on none of the validation images.")
    splits = [(clusters.FACTORS[by], {layer: clusters.parted(found, layer, "decay", by) for layer in clusters.LAYERS})
              for by in clusters.FACTORS if by != "decay"]  # fmt: skip
    parts = Grid(
        ("effect of weight decay", *clusters.LAYERS.values()),
        tuple((level, *(_effect(both[side]) for both in by_layer.values()))
              for factor, by_layer in splits for side, level in enumerate((factor.off, factor.on))),
        "The effect on repeated units in half of the trainings each: on what that of weight decay depends.",
    )  # fmt: skip
    grid = Grid(("layer, training", "repeated (%)", "dead (%)", "test accuracy (%)"), tuple(_cells(found)),
                "Means over seeds.")  # fmt: skip
    table = Table(clusters.COLUMNS, tuple(each.row() for each in found))  # type: ignore[misc]
    return Answered(clusters.verdict(found), (effects, parts, of_dead, grid), table)


def _effects(found: tuple[Clustered, ...], of: str, caption: str) -> Grid:
    rows = tuple(
        (factor.step, *(_effect(clusters.effect(found, layer, name, of)) for layer in clusters.LAYERS))
        for name, factor in clusters.FACTORS.items()
    )
    return Grid((f"effect on {of} units (%)", *clusters.LAYERS.values()), rows, caption)


def _cells(found: tuple[Clustered, ...]) -> Iterator[tuple[str, ...]]:
    """A row for each layer and each combination of the factors, in the order of the trainings."""
    for layer, levels in dict.fromkeys((each.layer, each.levels()) for each in sorted(found, key=_order)):
        words = (factor.on if on else factor.off for factor, on in zip(clusters.FACTORS.values(), levels, strict=True))
        mine = [each for each in found if (each.layer, each.levels()) == (layer, levels)]
        numbers = (_mean([getattr(each, name) for each in mine]) for name in ("repeated", "dead", "accuracy"))
        yield (f"{layer}, {', '.join(words)}", *numbers)


def _order(each: Clustered) -> tuple[object, ...]:
    return each.layer, each.levels()


def _effect(found: Slope) -> str:
    ends = f" ({found.low:+.1f} to {found.high:+.1f})" if found.known else ""
    return f"{found.value:+.1f}{ends}".replace("-", "−")


def _suffix(runs: Runs) -> Measuring:
    found = yield from _each(suffix.pairs(runs), lambda pair: suffix.likeness(*pair))
    rows = tuple(_suffix_row(found, layer, name) for layer in suffix.LAYERS for name in suffix.CONDITIONS)
    columns = ("layer", "condition", "pairs", "cosine of changes", "cosine to twin", "cosine to start")
    grid = Grid(
        columns, rows, "To the first training of each seed: means over seeds with 95 % intervals, each by itself."
    )
    table = Table(suffix.COLUMNS, tuple(each.row() for each in found))  # type: ignore[misc]
    return Answered(suffix.verdict(found), (grid,), table)


def _suffix_row(found: tuple[Likeness, ...], layer: str, condition: str) -> tuple[str, ...]:
    mine = [each for each in found if (each.layer, each.condition) == (layer, condition)]
    cells = (_mean([getattr(each, name) for each in mine]) for name in ("changes", "twins", "start"))
    return (layer, suffix.CONDITIONS[condition], str(len(mine)), *cells)


def _mean(values: list[float]) -> str:
    from workbench.experiments.report.numbers import over

    if not values:
        return "–"
    ours = over(values)
    ends = f" ({ours.low:.2f} to {ours.high:.2f})" if ours.known else ""
    return f"{ours.value:.2f}{ends}".replace("-", "−")


QUESTIONS: Mapping[str, Question] = {
    "elbow": Question(
        elbow.REPORT,
        "LeNet 300-100 on the bundled digits, on random subsets of 2, 3, 4, 5, 6, 8 and 10 classes (other ones for "
        "each seed), with weight decays 0, 0.001 and 0.01 and otherwise the recipe digits-lenet, for 600 iterations "
        "whatever the number of classes. The elbow of both hidden layers is read by four estimators: Kneedle (the "
        "report's), the widest gap, the Marchenko–Pastur edge, and the smallest rank within a point of validation "
        "accuracy. Slopes are by least squares with a level of its own for each weight decay.",
        _elbow_trainings,
        _elbow,
        (0.7, 6.0),
    ),
    "clusters": Question(
        clusters.REPORT,
        "Fully connected networks on the bundled digits, with the recipe digits-lenet for 1,200 iterations: weight "
        "decays of 0 and 0.01, with and without a batch norm behind each hidden layer, a constant or a cosine learning "
        "rate, hidden layers of 300 and 100 or of 75 and 25 units, two hidden layers or four (the last three alike), "
        "all 32 combinations for each seed. Counted are the units of the first and the last hidden layer whose nearest "
        "unit has a cosine of at least .95.",
        _cluster_trainings,
        _clusters,
        (0.03, 1.0),
    ),
    "suffix": Question(
        suffix.REPORT,
        "The small convolutional network on the bundled digits, 40 epochs. Each training has nine twins that begin "
        "with the same weights up to the last convolution. The suffix, all layers behind it, is drawn again; or "
        "permuted: it keeps its weights, but each filter of the last convolution is read by those of another one; or "
        "frozen: it keeps the weights it began with, its own or those drawn again, and does not train. Each of these "
        "with the same batches and with the batches in another order, and the other order alone. What is compared is "
        "what training did, W − W₀, by the cosine of the whole change: two runs that both hardly move are alike "
        "whatever they learn. The nulls are the other order of the batches and a training of another seed.",
        suffix.trainings,
        _suffix,
        (0.02, 1.0),
    ),
}  # fmt: skip
