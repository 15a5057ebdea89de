"""The curves and costs that the pruning panel draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.cached import cached_property
from workbench.evaluation.results import FIRST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.intervals import Repeats
    from workbench.evaluation.results import Quantity
    from workbench.evaluation.smaller.merging import MergePoint, Merging

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

RANDOM = "random"
MANY = 2_000  # images; with fewer, the text says what one image is worth
POINT = 1.0  # a curve stays within this of what it was with nothing removed …
LOSS_SHARE = 0.1  # … or, a loss, within this share of it
TITLES: dict[Quantity, str] = {
    "accuracy": "accuracy (%)",
    "loss": "loss (nats)",
    "potential": "frame potential",
    "class": "accuracy by class (%)",
}
SLACK = 1e-9  # of a percentage that is one count over another


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of the plot: values (repeats, M + 1); on how many of all images they were measured (0: on none)."""

    name: str
    values: Float64
    images: int = 0
    total: int = 0
    steps: Float64 | None = None  # (M + 1,) where along the plot they lie; None: at the number of removed units
    levels: Int64 | None = None  # the numbers of removed units that were measured; None: each

    @property
    def provisional(self) -> bool:
        """Whether it rests on some of the images so far."""
        return self.images < self.total

    @property
    def first(self) -> int:
        """How many images it is drawn from first, unless even these take long."""
        return min(FIRST, self.total)

    @cached_property
    def over_seeds(self) -> Repeats:
        """Mean and 95 % interval at every number of removed units."""
        return over_repeats(self.values)

    @property
    def mean(self) -> Float64:
        """(M + 1,)"""
        return self.over_seeds.mean

    @property
    def across(self) -> Float64:
        """Where along the plot the values lie, (M + 1,)."""
        return np.arange(self.values.shape[1], dtype=np.float64) if self.steps is None else self.steps

    def at(self, position: float) -> tuple[float, float]:
        """Mean and half the width of its interval at a place along the plot."""
        mean, half = self.over_seeds.mean, self.over_seeds.high - self.over_seeds.mean
        return float(np.interp(position, self.across, mean)), float(np.interp(position, self.across, half))


def drawn_line(name: str, values: Float64, levels: Int64, steps: Sequence[Float64], images: int, total: int) -> Line:
    """The curve with a value for each number of removed units, from those measured at `levels`, (repeats, L).

    `steps` says for each repeat where along the plot its levels lie, (M + 1,). Where that differs between repeats
    (several layers lose units in other orders), all are read at the same places, straight between their own.
    """
    every = np.arange(len(steps[0]), dtype=np.float64)
    whole = np.stack([np.interp(every, levels, each) for each in values])
    common: Float64 = np.mean(steps, axis=0)
    if any(not np.array_equal(each, common) for each in steps):
        whole = np.stack([np.interp(common, own, each) for own, each in zip(steps, whole, strict=True)])
    return Line(name, whole, images, total, common, levels)


@dataclass(frozen=True, eq=False)
class Ablation:
    """What removing `count` chosen units does, beside random draws of as many."""

    count: int
    start: float  # nothing removed
    value: float  # the units removed
    random: Float64  # (5,) or still empty
    images: int = 0
    total: int = 0
    random_images: int = 0  # that the draws rest on, where these are others; 0: the same

    @property
    def mixed(self) -> bool:
        """Whether the two rest on different numbers of images."""
        return len(self.random) > 0 and self.random_images not in (0, self.images)

    @property
    def fewest(self) -> int:
        """How many images stand behind the coarser of both."""
        return min(self.images, self.random_images) if self.mixed else self.images


@dataclass(frozen=True, eq=False)
class Drawn:
    """The curves that have come so far."""

    quantity: Quantity
    units: int  # M: all that can be removed
    lines: tuple[Line, ...]
    whole_unit: Line | None  # the first order with whole units set to zero, where the others keep biases
    ablation: Ablation | None
    merging: Merging | None  # the merging curve as far as it is there
    progress: str  # of what is still searched or measured; "" where nothing is
    dead_starts: Mapping[str, int] = field(default_factory=dict, kw_only=True)  # of each curve that is drawn and has
    # one order, where the dead units are known: how many units go before the first that is not dead
    dead: int = field(default=0, kw_only=True)  # units that can be removed and are dead
    guess: str = field(default="", kw_only=True)  # that the network only guesses, so that nothing costs anything

    @property
    def images(self) -> tuple[int, int]:
        """How many images stand behind the coarsest line, and how many there are; (0, 0) where none were needed."""
        of_units = [] if self.ablation is None else [(self.ablation.fewest, self.ablation.total)]
        return min([*((line.images, line.total) for line in self.lines), *of_units], default=(0, 0))

    @property
    def heights(self) -> tuple[float, float]:
        """The lowest and the highest curve's end; (NaN, NaN) without curves."""
        ends = [(float(line.mean.min()), float(line.mean.max())) for line in self.lines] or [(np.nan, np.nan)]
        return min(low for low, _ in ends), max(high for _, high in ends)


def reach(values: Float64, quantity: Quantity, tolerance: float = POINT) -> int:
    """How many units can be removed before the curve leaves its start by too much; of a potential: until it halves.

    `tolerance` is how many points of accuracy are not too much.
    """
    start = values[0]
    bad = {
        "accuracy": values < start - tolerance - SLACK,
        "class": values < start - tolerance - SLACK,
        "loss": values > start * (1.0 + LOSS_SHARE),
        "potential": values <= start / 2,
    }[quantity]
    bad |= ~np.isfinite(values)  # of a network that has diverged nothing can be said
    first = int(np.argmax(bad)) if bad.any() else len(values)
    return first if quantity == "potential" else max(first - 1, 0)


def reach_of(line: Line, quantity: Quantity, tolerance: float = POINT) -> int:
    """The same of a curve, at the numbers of removed units that were measured."""
    if line.levels is None:
        return reach(line.mean, quantity, tolerance)
    return int(line.levels[reach(line.mean[line.levels], quantity, tolerance)])


def worth(images: int) -> str:
    """What one of so many images is worth: "0.28 points each"."""
    return f"{float(f'{100 / images:.2g}'):g} points each"


def last_within(points: Sequence[MergePoint], start: float, tolerance: float = POINT) -> MergePoint | None:
    """The last of the merges, ever more units of them, before the accuracy first falls by too much; None: not one."""
    kept = None
    for point in points:
        if not point.accuracy.accuracy >= start - tolerance - SLACK:
            break
        kept = point
    return kept
