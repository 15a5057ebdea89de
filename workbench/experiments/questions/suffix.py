"""Does what a layer learns depend on its suffix? The suffix drawn again × the order of the batches, against nulls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.experiments.making import Again, Training
from workbench.runs.saying import counted
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.runs.run import Run

QUESTION = "Does what a layer learns depend on what comes after it?"
REPORT = (
    "“We are saying that, based on our observations, the learned representations of a layer depend only on its "
    "initialization, and maybe on the initializations of the preceding layers, but not on the initialization of the "
    "subsequent layers.” (section 3.2)"
)
REPEATS = 4
AFTER = "conv2"  # the last layer that begins alike; all behind it are drawn again
LAYERS = ("conv1", "conv2")
CONDITIONS = {  # name -> what is different from the first training
    "redrawn": "other suffix, same batches",
    "reordered": "same suffix, other order of the batches",
    "both": "other suffix, other order",
    "stranger": "null: other seed, other start",
}
COLUMNS = ("layer", "condition", "seed", "cosine_of_changes", "median_cosine_to_twin", "median_cosine_to_start")


def trainings(repeats: int, folder: Path, iterations: int | None = None) -> Iterator[Training]:
    """The runs: for each seed one, and its three twins; the next seed is its stranger."""
    base = replace(recipe("digits-conv"), snapshots="log:2", recipe=None)
    if iterations is not None:
        base = base.changed(iterations=iterations, epochs=None)
    for seed in range(repeats):
        first = folder / f"digits-seed{seed}.h5"
        yield Training("first", first, f"seed {seed}", base.changed(seed=seed))
        yield Training("redrawn", folder / f"digits-seed{seed}-redrawn.h5", f"seed {seed}, other suffix",
                       Again(first, _after))  # fmt: skip
        yield Training("reordered", folder / f"digits-seed{seed}-reordered.h5", f"seed {seed}, other order",
                       Again(first, None, "changed"))  # fmt: skip
        yield Training("both", folder / f"digits-seed{seed}-both.h5", f"seed {seed}, other suffix and order",
                       Again(first, _after, "changed"))  # fmt: skip


def _after(_run: Run) -> str:
    return AFTER


@dataclass(frozen=True)
class Likeness:
    """How alike a layer of two trainings is."""

    layer: str
    condition: str
    seed: int
    changes: float  # cosine of W − W₀ and W′ − W₀′
    twins: float  # median cosine of units of one number
    start: float  # median cosine of the first training's units to their own start

    def row(self) -> tuple[object, ...]:
        """By `COLUMNS`."""
        return self.layer, self.condition, self.seed, self.changes, self.twins, self.start


def likeness(condition: str, one: Run, other: Run) -> Iterator[Likeness]:
    """The layers before the suffix of two trainings."""
    from workbench.experiments.report.graphs import same_change, same_units

    for layer in LAYERS:
        numbers = same_change(one, other, layer), same_units(one, other, layer), same_units(one, one, layer, 0)
        yield Likeness(layer, condition, one.spec.seed, *numbers)


def found(runs: dict[str, tuple[Run, ...]]) -> tuple[Likeness, ...]:
    """All pairs of trainings, by condition."""
    first = runs["first"]
    pairs = [(name, one, other) for name in ("redrawn", "reordered", "both")
             for one, other in zip(first, runs[name], strict=True)]  # fmt: skip
    if len(first) > 1:
        pairs += [("stranger", one, other) for one, other in zip(first, (*first[1:], first[0]), strict=True)]
    return tuple(each for name, one, other in pairs for each in likeness(name, one, other))


@dataclass(frozen=True)
class Contrast:
    """How much less alike the changes of a layer are for one difference than for another, over the seeds."""

    layer: str
    value: float
    low: float
    high: float


def contrast(all_of_them: Sequence[Likeness], layer: str, first: str, second: str) -> Contrast:
    """The mean over seeds of the cosine of changes under `first` less that under `second`, of the same seed."""
    by_seed = {(each.condition, each.seed): each.changes for each in all_of_them if each.layer == layer}
    seeds = sorted({seed for _, seed in by_seed})
    over = over_repeats(np.array([by_seed[first, seed] - by_seed[second, seed] for seed in seeds]))
    return Contrast(layer, float(over.mean), float(over.low), float(over.high))


def _null(means: dict[str, float]) -> str:
    return f", {means['stranger']:.2f} with another seed" if "stranger" in means else ""


def verdict(all_of_them: Sequence[Likeness]) -> str:
    """The answer, as far as the data support one."""
    parts = []
    for layer in LAYERS:
        changes: dict[str, list[float]] = {}
        for each in all_of_them:
            if each.layer == layer:
                changes.setdefault(each.condition, []).append(each.changes)
        means = {name: float(np.mean(values)) for name, values in changes.items()}
        found_ = contrast(all_of_them, layer, "reordered", "redrawn")
        if not np.isfinite(found_.low):
            said = "one seed gives no interval"
        elif found_.low > 0.0:
            said = "the suffix matters more than the order of the batches"
        elif found_.high < 0.0:
            said = "the order of the batches matters more than the suffix"
        else:
            said = "the suffix matters no more than the order of the batches, as far as can be seen"
        parts.append(
            f"in {layer} the changes have a cosine of {means['redrawn']:.2f} with another suffix and "
            f"{means['reordered']:.2f} with another order (difference {found_.value:+.2f}, {found_.low:+.2f} to "
            f"{found_.high:+.2f}){_null(means)}: {said}"
        )
    seeds = counted(len({each.seed for each in all_of_them}), "seed")
    start = np.mean([each.start for each in all_of_them if each.condition == "redrawn"])
    said = "; ".join(parts).replace("-0", "−0")
    return f"Over {seeds}, {said}. The units kept a cosine of {start:.2f} with their own start."
