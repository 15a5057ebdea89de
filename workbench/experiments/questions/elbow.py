"""Does the rank elbow follow the number of classes? Class subsets × weight decay × seeds, four estimators."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.analysis.low_rank import ELBOWS
from workbench.cached import cached_property
from workbench.evaluation.questions import low_rank
from workbench.experiments.questions.regression import Slope, slope
from workbench.runs.saying import counted
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

CLASSES = (2, 3, 4, 5, 6, 8, 10)
DECAYS = (0.0, 1e-3, 1e-2)
REPEATS = 3
ITERATIONS = 600  # the same for every number of classes: about 26 epochs of ten
LAYERS = ("fc1", "fc2")
ONE = 1.0  # class: the elbow is said to equal their number where no training's is farther from it on average
QUESTION = "Does the rank elbow follow the number of classes?"
REPORT = (
    "“It is curious that irrespective of the model, the elbow value for the rank k of the approximation is 10 for all "
    "first fully connected layers. 10 is also the number of classes in the CIFAR-10 dataset, and it would be "
    "interesting to check whether this also applies to a different number of classes.” (section 3.3)"
)
COLUMNS = ("layer", "estimator", "classes", "weight_decay", "seed", "elbow", "test_accuracy")


def specifications(repeats: int = REPEATS, iterations: int | None = None) -> Iterator[RunSpec]:
    """The trainings: LeNet on the digits of a random subset of the classes, another one for each seed."""
    base = recipe("digits-lenet")
    for seed in range(repeats):
        for classes in CLASSES:
            drawn = np.random.default_rng((seed, classes)).permutation(10)[:classes]
            for decay in DECAYS:
                yield replace(
                    base,
                    data=replace(base.data, classes=tuple(sorted(map(int, drawn)))),
                    optimiser=replace(base.optimiser, weight_decay=decay),
                    iterations=iterations or ITERATIONS,
                    epochs=None,
                    snapshots="log:2",
                    seed=seed,
                    recipe=None,
                )


def file_of(folder: Path, spec: RunSpec) -> Path:
    """Where the run of a training lies."""
    classes = "".join(map(str, spec.data.classes or ()))
    return folder / f"lenet-digits-classes{classes}-wd{spec.optimiser.weight_decay:g}-seed{spec.seed}.h5"


@dataclass(frozen=True)
class Elbow:
    """What one estimator says of one layer of one training."""

    layer: str
    estimator: str
    classes: int
    decay: float
    seed: int
    rank: int | None  # None: it cannot say
    accuracy: float

    def row(self) -> tuple[object, ...]:
        """By `COLUMNS`."""
        return self.layer, self.estimator, self.classes, self.decay, self.seed, self.rank, self.accuracy


def elbows_of(run: Run) -> Iterator[Elbow]:
    """The elbows of the hidden layers of a run, by every estimator."""
    spec = run.spec
    for layer in LAYERS:
        found = low_rank(run, layer, estimators=True)
        for name, rank in found.elbows.items():
            classes, decay = len(spec.data.classes or ()), spec.optimiser.weight_decay
            yield Elbow(layer, name, classes, decay, spec.seed, rank, float(run.test_accuracy[-1]))


@dataclass(frozen=True)
class Answer:
    """What one estimator says of one layer, over all trainings or over those with one weight decay."""

    layer: str
    estimator: str
    decay: float | None  # None: all
    elbows: tuple[Elbow, ...]  # those that have a rank

    @cached_property
    def slope(self) -> Slope | None:
        """By how much the elbow grows with each class; None where it is known of too few trainings."""
        if len({each.classes for each in self.elbows}) < 2:
            return None
        ranks = [float(each.rank or 0) for each in self.elbows]
        return slope([each.classes for each in self.elbows], ranks, [each.decay for each in self.elbows])

    @property
    def distance(self) -> float:
        """The mean distance of the elbow from the number of classes."""
        return float(np.mean([abs((each.rank or 0) - each.classes) for each in self.elbows]))

    def at(self, classes: int) -> str:
        """The mean elbow of the trainings with so many classes, and its interval."""
        ranks = [float(each.rank or 0) for each in self.elbows if each.classes == classes]
        if not ranks:
            return "–"
        found = over_repeats(np.array(ranks))
        ends = f" ({found.low:.1f} to {found.high:.1f})".replace("-", "−") if len(ranks) > 1 else ""
        return f"{found.mean:.1f}{ends}"

    @property
    def verdict(self) -> str:
        """What the data allow to say."""
        found = self.slope
        if found is None or not found.known:
            return "not enough trainings"
        if found.low <= 0.0 <= found.high:
            return "no growth is seen"
        if found.high < 0.0:
            return "falls with the classes"
        return "equals the classes" if found.low <= 1.0 <= found.high and self.distance <= ONE else "grows with them"


def answers(elbows: Sequence[Elbow]) -> tuple[Answer, ...]:
    """An answer for each layer, estimator and weight decay, and for all weight decays together."""
    known = [each for each in elbows if each.rank is not None]
    return tuple(
        Answer(layer, name, decay, tuple(each for each in known if (each.layer, each.estimator) == (layer, name)
                                         and decay in (None, each.decay)))
        for layer in LAYERS
        for name in ELBOWS
        for decay in (None, *DECAYS)
    )  # fmt: skip


def verdict(found: Sequence[Answer], layer: str = LAYERS[0]) -> str:
    """The answer to the question, as far as the data support one."""
    mine = [each for each in found if each.layer == layer]
    decays = [each for each in mine if each.estimator == "Kneedle" and each.decay is not None]
    kinds = {each.verdict for each in decays}
    answer = _OF_ALL.get(next(iter(kinds)), f"Not here: {next(iter(kinds))}.")
    if len(kinds) > 1:
        answer = "It depends on the weight decay."
    parts = "; ".join(f"weight decay {each.decay:g}: {_grown(each)}, {each.verdict}" for each in decays)
    others = "; ".join(
        f"{ELBOWS[each.estimator].title}: {_grown(each)}"
        for each in mine
        if each.decay is None and each.estimator != "Kneedle"
    )
    known = {(each.classes, each.decay, each.seed) for answer_ in mine for each in answer_.elbows}
    return (
        f"{answer} Slopes in {layer} over {counted(len(known), 'training')}, by the report's estimator (Kneedle): "
        f"{parts}. By the others, over all weight decays: {others}."
    )


_OF_ALL = {
    "equals the classes": "Yes, here: by the report's estimator it equals the number of classes.",
    "grows with them": "It grows with the number of classes, but does not equal it.",
}


def _grown(answer: Answer) -> str:
    found = answer.slope
    if found is None:
        return "no slope"
    value, *ends = (f"{each:.2f}".replace("-", "−") for each in (found.value, found.low, found.high))
    return f"{value} a class ({ends[0]} to {ends[1]})" if found.known else f"{value} a class"
