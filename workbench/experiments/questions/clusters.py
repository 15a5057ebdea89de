"""Why do the units of some layers fall together? Weight decay × schedule × width × seeds, in two layers."""

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

DECAYS = (0.0, 3e-3, 1e-2)
SCHEDULES = ("constant", "cosine")
WIDTHS = ((300, 100), (75, 25))
ITERATIONS = 1_200
LAYERS = ("fc1", "fc2")
FACTORS = {  # field of `Clustered` -> what it is, and the step whose effect is given
    "decay": "weight decay, from 0 to 0.01",
    "cosine": "cosine schedule instead of a constant rate",
    "wide": "four times as wide",
}
COLUMNS = ("layer", "weight_decay", "cosine_schedule", "wide", "seed", "repeated_percent", "dead_percent",
           "test_accuracy")  # fmt: skip
REPORT = (
    "“Why do the weight vectors of some layers perfectly cluster around just a few directions, whereas in other layers "
    "this doesn’t happen?” (section 4)"
)


def specifications(repeats: int, iterations: int | None = None) -> Iterator[RunSpec]:
    """The trainings: every combination of weight decay, schedule and width, with consecutive seeds."""
    base = recipe("digits-lenet")
    for seed in range(repeats):
        for decay, schedule, widths in product(DECAYS, SCHEDULES, WIDTHS):
            yield replace(
                base,
                net=replace(base.net, widths=widths),
                optimiser=replace(base.optimiser, weight_decay=decay, schedule=schedule),
                iterations=iterations or ITERATIONS,
                epochs=None,
                snapshots="log:2",
                seed=seed,
                recipe=None,
            )


def file_of(folder: Path, spec: RunSpec) -> Path:
    """Where the run of a training lies."""
    optimiser, (first, *_) = spec.optimiser, spec.net.widths or (0,)
    return folder / f"lenet{first}-wd{optimiser.weight_decay:g}-{optimiser.schedule}-seed{spec.seed}.h5"


@dataclass(frozen=True)
class Clustered:
    """How many units of a layer repeat another one after a training."""

    layer: str
    decay: float
    cosine: bool
    wide: bool
    seed: int
    repeated: float  # percent of the units that have a nearest unit at a cosine of at least .95
    dead: float  # percent
    accuracy: float

    def row(self) -> tuple[object, ...]:
        """By `COLUMNS`."""
        about = self.layer, self.decay, int(self.cosine), int(self.wide), self.seed
        return *about, self.repeated, self.dead, self.accuracy

    def level(self, factor: str) -> float:
        """The factor on a scale on which its step is 1."""
        return self.decay / DECAYS[-1] if factor == "decay" else float(getattr(self, factor))

    def others(self, factor: str) -> tuple[object, ...]:
        """What the training has of the other factors."""
        return tuple(getattr(self, name) for name in FACTORS if name != factor)


def clustered(run: Run) -> Iterator[Clustered]:
    """The layers of a run."""
    spec = run.spec
    for layer in LAYERS:
        found = overview_of(place_in(run, layer))
        repeated, dead = (100.0 * (count or 0) / found.units for count in (found.repeated, found.dead))
        yield Clustered(
            layer,
            spec.optimiser.weight_decay,
            spec.optimiser.schedule == "cosine",
            (spec.net.widths or WIDTHS[0]) == WIDTHS[0],
            spec.seed,
            repeated,
            dead,
            float(run.test_accuracy[-1]),
        )


def effect(found: Sequence[Clustered], layer: str, factor: str) -> Slope:
    """By how many percent of the units the step of a factor changes the repeated ones, the other factors alike."""
    mine = [each for each in found if each.layer == layer]
    return slope([each.level(factor) for each in mine], [each.repeated for each in mine],
                 [each.others(factor) for each in mine])  # fmt: skip


def verdict(found: Sequence[Clustered]) -> str:
    """The answer, as far as the data support one."""
    parts = []
    for layer in LAYERS:
        effects = {name: effect(found, layer, name) for name in FACTORS}
        seen = {name: each for name, each in effects.items() if each.known and not each.low <= 0.0 <= each.high}
        largest = sorted(seen, key=lambda name: -abs(seen[name].value))
        said = ", ".join(f"{FACTORS[name]}: {_signed(seen[name])}" for name in largest)
        parts.append(f"in {layer}, {said or 'no factor has an effect that the interval tells from none'}")
    trainings = counted(len({(each.decay, each.cosine, each.wide, each.seed) for each in found}), "training")
    return (
        f"Effects on the percentage of units that repeat another one (cosine at least {REPEATED_COSINE:g}), over "
        f"{trainings}: {'; '.join(parts)}. Batch norm and depth were not varied."
    )


def _signed(found: Slope) -> str:
    return f"{found.value:+.0f} points ({found.low:+.0f} to {found.high:+.0f})".replace("-", "−")
