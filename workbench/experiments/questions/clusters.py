"""Why do the units of some layers fall together? Weight decay × batch norm × schedule × width × depth × seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from workbench.analysis.merging import REPEATED_COSINE
from workbench.experiments.questions.regression import Slope, slope
from workbench.figures.overview.layer import overview_of
from workbench.runs.place import place_in
from workbench.runs.saying import counted
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

ITERATIONS = 1_200
LAYERS = {"first": "first layer", "last": "last hidden layer"}
FEW = 5.0  # percent of the units: that so few repeat is said
LEARNED = 50.0  # percent of the test images: below it, a training has failed


@dataclass(frozen=True)
class Factor:
    """One of the factors; each has two levels."""

    name: str
    step: str  # what its effect is that of
    off: str  # the two levels, in a few words
    on: str


FACTORS = {  # the fields of `Clustered` -> what they are
    "decay": Factor("weight decay", "weight decay, from 0 to 0.01", "no weight decay", "weight decay 0.01"),
    "norm": Factor("batch norm", "batch norm behind each hidden layer", "no batch norm", "batch norm"),
    "cosine": Factor("the schedule", "cosine schedule instead of a constant rate", "constant rate", "cosine schedule"),
    "wide": Factor("the width", "four times as wide", "75 to 25 units a layer", "300 to 100 units a layer"),
    "deep": Factor("the depth", "four hidden layers instead of two", "two hidden layers", "four hidden layers"),
}
DECAY = 1e-2
COLUMNS = ("layer", "weight_decay", "batch_norm", "cosine_schedule", "wide", "deep", "seed", "repeated_percent",
           "dead_percent", "test_accuracy")  # fmt: skip
REPORT = (
    "“Why do the weight vectors of some layers perfectly cluster around just a few directions, whereas in other layers "
    "this doesn’t happen?” (section 4)"
)


def specifications(repeats: int, iterations: int | None = None) -> Iterator[RunSpec]:
    """The trainings: every combination of the factors' levels, with consecutive seeds."""
    base = recipe("digits-lenet")
    for seed in range(repeats):
        for decay, norm, cosine, wide, deep in product((False, True), repeat=len(FACTORS)):
            yield replace(
                base,
                net=replace(base.net, name="lenet_bn" if norm else "lenet", widths=widths(wide, deep)),
                optimiser=replace(
                    base.optimiser,
                    weight_decay=DECAY if decay else 0.0,
                    schedule="cosine" if cosine else "constant",
                ),
                iterations=iterations or ITERATIONS,
                epochs=None,
                snapshots="log:2",
                seed=seed,
                recipe=None,
            )


def widths(wide: bool, deep: bool) -> tuple[int, ...]:
    """The units of the hidden layers: the first and the last one have as many whatever the depth."""
    first, last = (300, 100) if wide else (75, 25)
    return (first, *([last] * (3 if deep else 1)))


def file_of(folder: Path, spec: RunSpec) -> Path:
    """Where the run of a training lies."""
    optimiser, units = spec.optimiser, "-".join(map(str, spec.net.widths or ()))
    return folder / f"{spec.net.name}-{units}-wd{optimiser.weight_decay:g}-{optimiser.schedule}-seed{spec.seed}.h5"


@dataclass(frozen=True)
class Clustered:
    """How many units of a layer repeat another one after a training."""

    layer: str  # of `LAYERS`
    decay: bool
    norm: bool
    cosine: bool
    wide: bool
    deep: bool
    seed: int
    repeated: float  # percent of the units that have a nearest unit at a cosine of at least .95
    dead: float  # percent
    accuracy: float

    def row(self) -> tuple[object, ...]:
        """By `COLUMNS`."""
        decay, *others = self.levels()
        return self.layer, DECAY * decay, *map(int, others), self.seed, self.repeated, self.dead, self.accuracy

    def levels(self, *but: str) -> tuple[bool, ...]:
        """What the training has of the factors, in their order, without these."""
        return tuple(getattr(self, name) for name in FACTORS if name not in but)


def clustered(run: Run) -> Iterator[Clustered]:
    """The layers of a run."""
    spec, hidden = run.spec, [layer.name for layer in run.layers[:-1]]
    levels = (
        spec.optimiser.weight_decay > 0.0,
        spec.net.name == "lenet_bn",
        spec.optimiser.schedule == "cosine",
        run.layers[0].units == widths(True, False)[0],
        len(hidden) > len(widths(True, False)),
    )
    for layer, name in zip(LAYERS, (hidden[0], hidden[-1]), strict=True):
        found = overview_of(place_in(run, name))
        repeated, dead = (100.0 * (count or 0) / found.units for count in (found.repeated, found.dead))
        yield Clustered(layer, *levels, spec.seed, repeated, dead, float(run.test_accuracy[-1]))


def effect(found: Sequence[Clustered], layer: str, factor: str, of: str = "repeated") -> Slope:
    """By how many percent of the units the step of a factor changes the repeated (or dead) ones, all others alike."""
    mine = [each for each in found if each.layer == layer]
    return slope([float(getattr(each, factor)) for each in mine], [getattr(each, of) for each in mine],
                 [each.levels(factor) for each in mine])  # fmt: skip


def parted(found: Sequence[Clustered], layer: str, factor: str, by: str) -> tuple[Slope, Slope]:
    """The effect of a factor where another one is off, and where it is on."""
    off, on = ([each for each in found if getattr(each, by) == level] for level in (False, True))
    return effect(off, layer, factor), effect(on, layer, factor)


def verdict(found: Sequence[Clustered]) -> str:
    """The answer, as far as the data support one."""
    trainings = {(*each.levels(), each.seed): each.accuracy for each in found}
    failed = sum(accuracy < LEARNED for accuracy in trainings.values())
    parts = " ".join(f"In the {LAYERS[layer]}: {_of_layer(found, layer)}." for layer in LAYERS)
    return (
        f"Effects on the percentage of units that repeat another one (cosine at least {REPEATED_COSINE:g}), over "
        f"{counted(len(trainings), 'training')}. {parts} "
        + (f"These include {counted(failed, 'training')} that did not learn (below {LEARNED:g} %)." if failed
           else f"All learned: {min(trainings.values()):.0f} to {max(trainings.values()):.0f} % of the test images.")
    )  # fmt: skip


def _of_layer(found: Sequence[Clustered], layer: str) -> str:
    effects = {name: effect(found, layer, name) for name in FACTORS}
    seen = {name: each for name, each in effects.items() if _differs(each)}
    if not seen:
        return "no factor has an effect that the interval tells from none"
    largest = sorted(seen, key=lambda name: -abs(seen[name].value))
    said = ", ".join(f"{FACTORS[name].step}: {signed(seen[name])}" for name in largest)
    return f"{said}{_only(found, layer, largest[0])}{_depends(found, layer, largest[0])}"


def _only(found: Sequence[Clustered], layer: str, factor: str) -> str:
    """Whether next to nothing is repeated at a level of the largest factor."""
    for level, words in enumerate((FACTORS[factor].off, FACTORS[factor].on)):
        most = max(each.repeated for each in found if each.layer == layer and getattr(each, factor) == bool(level))
        if most <= FEW:
            return f". With {words} at most {most:.1f} % repeat in any training"
    return ""


def _depends(found: Sequence[Clustered], layer: str, factor: str) -> str:
    """On what the largest effect depends: the other factors of which its two intervals do not overlap."""
    parts = []
    for by in (name for name in FACTORS if name != factor):
        off, on = parted(found, layer, factor, by)
        if off.known and on.known and (off.high < on.low or on.high < off.low):
            levels = f"{FACTORS[by].off}: {signed(off)}, {FACTORS[by].on}: {signed(on)}"
            parts.append(f"on {FACTORS[by].name} ({levels})")
    return f". The effect of {FACTORS[factor].name} depends {' and '.join(parts)}" if parts else ""


def _differs(found: Slope) -> bool:
    return found.known and not found.low <= 0.0 <= found.high


def signed(found: Slope) -> str:
    """An effect in percentage points, with its interval."""
    ends = f" ({found.low:+.1f} to {found.high:+.1f})" if found.known else ""
    return f"{found.value:+.1f} points{ends}".replace("-", "−")
