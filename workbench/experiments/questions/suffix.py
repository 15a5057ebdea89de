"""Does what a layer learns depend on its suffix? Drawn again, permuted, frozen × the order of the batches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.experiments.making import Again, Training
from workbench.runs.saying import counted
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.training.resampling import Order, Suffix

QUESTION = "Does what a layer learns depend on what comes after it?"
REPORT = (
    "“We are saying that, based on our observations, the learned representations of a layer depend only on its "
    "initialization, and maybe on the initializations of the preceding layers, but not on the initialization of the "
    "subsequent layers.” (section 3.2)"
)
REPEATS = 4
AFTER = "conv2"  # the last layer that begins alike; all behind it are the suffix
LAYERS = ("conv1", "conv2")


@dataclass(frozen=True)
class Twin:
    """A training that begins as another one did up to `AFTER`, and what is different behind it, or in the batches."""

    title: str
    suffix: Suffix = "kept"
    frozen: bool = False
    order: Order = "kept"


TWINS: Mapping[str, Twin] = {
    "redrawn": Twin("drawn again, same batches", "redrawn"),
    "both": Twin("drawn again, other order", "redrawn", order="changed"),
    "permuted": Twin("permuted, same batches", "permuted"),
    "permuted-reordered": Twin("permuted, other order", "permuted", order="changed"),
    "frozen": Twin("frozen as it began, same batches", frozen=True),
    "frozen-reordered": Twin("frozen as it began, other order", frozen=True, order="changed"),
    "frozen-redrawn": Twin("drawn again and frozen, same batches", "redrawn", frozen=True),
    "frozen-redrawn-reordered": Twin("drawn again and frozen, other order", "redrawn", frozen=True, order="changed"),
    "reordered": Twin("null: same suffix, other order of the batches", order="changed"),
}
CONDITIONS = {name: twin.title for name, twin in TWINS.items()} | {"stranger": "null: other seed, other start"}
CHANGED = {  # what is done to the suffix alone, in the words of the verdict
    "redrawn": "drawn again", "permuted": "permuted", "frozen": "frozen as it began",
    "frozen-redrawn": "drawn again and frozen",
}  # fmt: skip
COLUMNS = ("layer", "condition", "seed", "cosine_of_changes", "median_cosine_to_twin", "median_cosine_to_start")


def trainings(repeats: int, folder: Path, iterations: int | None = None) -> Iterator[Training]:
    """The runs: for each seed one, and its twins; the next seed is its stranger."""
    base = replace(recipe("digits-conv"), snapshots="log:2", recipe=None)
    if iterations is not None:
        base = base.changed(iterations=iterations, epochs=None)
    for seed in range(repeats):
        first = folder / f"digits-seed{seed}.h5"
        yield Training("first", first, f"seed {seed}", base.changed(seed=seed))
        for name, twin in TWINS.items():
            after = None if (twin.suffix, twin.frozen) == ("kept", False) else _after
            what = Again(first, after, twin.order, twin.suffix, twin.frozen)
            yield Training(name, folder / f"digits-seed{seed}-{name}.h5", f"seed {seed}, {twin.title}", what)


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


def pairs(runs: Mapping[str, tuple[Run, ...]]) -> list[tuple[str, Run, Run]]:
    """All pairs of trainings, with their conditions."""
    first = runs["first"]
    found = [(name, one, other) for name in TWINS for one, other in zip(first, runs[name], strict=True)]
    if len(first) > 1:
        found += [("stranger", one, other) for one, other in zip(first, (*first[1:], first[0]), strict=True)]
    return found


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


def verdict(all_of_them: Sequence[Likeness]) -> str:
    """The answer, as far as the data support one."""
    seeds = counted(len({each.seed for each in all_of_them}), "seed")
    kept = np.mean([each.start for each in all_of_them if each.condition == "reordered"])
    parts = " ".join(f"In {layer}: {_of_layer(all_of_them, layer)}." for layer in LAYERS)
    return (
        f"Over {seeds}, by the cosine of what training did. {parts} The units kept a cosine of {kept:.2f} with their "
        "own start."
    ).replace("-0", "−0")


def _of_layer(all_of_them: Sequence[Likeness], layer: str) -> str:
    def mean(condition: str) -> float:
        mine = [each.changes for each in all_of_them if (each.layer, each.condition) == (layer, condition)]
        return float(np.mean(mine))

    known = {each.condition for each in all_of_them}
    stranger = f", {mean('stranger'):.2f} with another seed" if "stranger" in known else ""
    groups: dict[str, list[str]] = {}
    for name, words in CHANGED.items():
        found_ = contrast(all_of_them, layer, "reordered", name)
        groups.setdefault(_weighed(found_), []).append(f"{words} {mean(name):.2f} ({_ends(found_)})")
    said = "; ".join(f"{how}: {', '.join(each)}" for how, each in groups.items())
    nulls = f"{mean('reordered'):.2f} with another order of the batches{stranger}"
    return f"{nulls}. The suffix matters {said}"


def _weighed(found_: Contrast) -> str:
    if not np.isfinite(found_.low):
        return "by an amount for which one seed gives no interval"
    if found_.low > 0.0:
        return "more than the order of the batches"
    return "less than the order" if found_.high < 0.0 else "no more than the order, as far as can be seen"


def _ends(found_: Contrast) -> str:
    less = f"{found_.value:+.2f}"
    ends = f", {found_.low:+.2f} to {found_.high:+.2f}" if np.isfinite(found_.low) else ""
    return f"difference {less}{ends}"
