"""The curves and costs that the pruning panel draws, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.curves import area_under, winners, winners_in_words
from workbench.analysis.intervals import over_repeats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.intervals import Repeats

    Float64 = NDArray[np.float64]

Quantity = Literal["accuracy", "loss", "potential"]

RANDOM = "random"
POINT = 1.0  # a curve stays within this of what it was with nothing removed …
LOSS_SHARE = 0.1  # … or, a loss, within this share of it
TITLES: dict[Quantity, str] = {"accuracy": "accuracy (%)", "loss": "loss (nats)", "potential": "frame potential"}
_STAYS: dict[Quantity, str] = {
    "accuracy": "stays within 1 point up to {} of {} removed",
    "loss": "stays within 10 % of the loss up to {} of {} removed",
    "potential": "halves it after {} of {} removed",
}
_SLACK = 1e-9  # of a percentage that is one count over another


@dataclass(frozen=True, eq=False)
class Line:
    """One curve of the plot: (repeats, m + 1) values; on how many of all images they were measured (0: on none)."""

    name: str
    values: Float64
    images: int = 0
    total: int = 0

    @cached_property
    def over_seeds(self) -> Repeats:
        """Mean and 95 % interval at every number of removed units."""
        return over_repeats(self.values)

    @property
    def mean(self) -> Float64:
        """(m + 1,)"""
        return self.over_seeds.mean


@dataclass(frozen=True, eq=False)
class Ablation:
    """What removing `count` chosen units does, beside random draws of as many."""

    count: int
    start: float  # nothing removed
    value: float  # the units removed
    random: Float64  # (5,) or still empty
    images: int = 0
    total: int = 0


@dataclass(frozen=True, eq=False)
class Drawn:
    """The curves that have come so far."""

    quantity: Quantity
    units: int  # m
    lines: tuple[Line, ...]
    whole_unit: Line | None  # the first order with whole units set to zero, where the others keep biases
    ablation: Ablation | None

    @property
    def images(self) -> tuple[int, int]:
        """How many images stand behind the coarsest line, and how many there are; (0, 0) where none were needed."""
        measured = [*self.lines, *(() if self.ablation is None else (self.ablation,))]
        return min(((each.images, each.total) for each in measured), default=(0, 0))

    @property
    def heights(self) -> tuple[float, float]:
        """The lowest and the highest curve's end; (NaN, NaN) without curves."""
        ends = [(float(line.mean.min()), float(line.mean.max())) for line in self.lines] or [(np.nan, np.nan)]
        return min(low for low, _ in ends), max(high for _, high in ends)


def value_in_words(value: float, quantity: Quantity) -> str:
    """A number of the y axis, with as many digits as mean something and its unit."""
    return f"{_digits(value, quantity)} %" if quantity == "accuracy" else _digits(value, quantity)


def reading(line: Line, level: int, quantity: Quantity) -> str:
    """A curve at a number of removed units, in the axis' unit, with the half width of its interval where it has one."""
    text = f"{line.name} {_digits(float(line.mean[level]), quantity)}"
    if len(line.values) == 1:
        return text
    return f"{text} ± {_digits(float(line.over_seeds.high[level] - line.mean[level]), quantity)}"


def reach(values: Float64, quantity: Quantity) -> int:
    """How many units can go before the curve first leaves its start by too much; for a potential: until it halves."""
    start = values[0]
    bad = {
        "accuracy": values < start - POINT - _SLACK,
        "loss": values > start * (1.0 + LOSS_SHARE),
        "potential": values <= start / 2,
    }[quantity]
    first = int(np.argmax(bad)) if bad.any() else len(values)
    return first if quantity == "potential" else first - 1


def details(picture: Drawn, known: float) -> Iterator[str]:
    """What the tool tip adds: areas, the best order of each range; `known` is stored for nothing removed, or NaN."""
    quantity = picture.quantity
    if not picture.lines:
        return
    yield f"Mean {TITLES[quantity]} over 0 to {picture.units} removed: " + ", ".join(
        _area(line, quantity) for line in picture.lines
    )
    if len(picture.lines) > 1 and quantity == "accuracy":
        yield _best(picture)
    if any(line.name == RANDOM for line in picture.lines):
        yield "random: the mean of 5 orders and its 95 % interval (Student's t)"
    if picture.ablation is not None:
        yield f"“{picture.ablation.count} random”: five draws, ± their standard deviation"
    if picture.whole_unit is not None:
        yield f"With whole units set to zero: {_reaches(picture.whole_unit, picture)}"
    measured = picture.lines[0].mean[0]
    if isfinite(known):
        same = f"{value_in_words(float(measured), quantity)} measured, {value_in_words(known, quantity)} stored"
        yield f"With nothing removed: {same}"


def _digits(value: float, quantity: Quantity) -> str:
    return {"accuracy": f"{value:.1f}", "loss": f"{value:.3f}", "potential": f"{value:,.1f}"}[quantity]


def _area(line: Line, quantity: Quantity) -> str:
    whole = line.images == line.total and quantity == "accuracy"
    area = area_under(line.values, images=line.images if whole else None)
    digits = 2 if quantity == "accuracy" else 3
    interval = f" ({area.low:.{digits}f} to {area.high:.{digits}f})" if isfinite(area.low) else ""
    return f"{line.name} {area.mean:.{digits}f}{interval}"


def _best(picture: Drawn) -> str:
    ranges = winners({line.name: line.mean for line in picture.lines}, POINT + _SLACK)
    if len(ranges[0].names) == len(picture.lines) and len(ranges) == 1:
        return "No order is better than another by more than a point"
    return f"{winners_in_words(ranges)} (or within a point of the best)"


def findings(picture: Drawn) -> Iterator[str]:
    """How far each order goes, order by order."""
    quantity = picture.quantity
    if quantity == "potential" and picture.lines:
        start = value_in_words(float(picture.lines[0].mean[0]), quantity)
        yield f"frame potential {start}, {picture.units} if all units were orthogonal"
    for number, line in enumerate(picture.lines):
        level = reach(line.mean, quantity)
        if number:
            yield f"{line.name} {'up to ' if number == 1 and quantity != 'potential' else ''}{level}"
            continue
        whole = level if picture.whole_unit is None else reach(picture.whole_unit.mean, quantity)
        yield _reaches(line, picture) + (f" (whole units {whole})" if whole != level else "")
    if not picture.lines:
        yield "no order is chosen"


def _reaches(line: Line, picture: Drawn) -> str:
    quantity = picture.quantity
    return f"{line.name} {_STAYS[quantity].format(reach(line.mean, quantity), picture.units)}"


def cost(ablation: Ablation, quantity: Quantity) -> str:
    """What the chosen units cost, beside as many random ones."""
    value = value_in_words(ablation.value, quantity)
    change = ablation.value - ablation.start
    sign = "−" if change < 0 else "+"
    text = f"{ablation.count} selected units removed: {value} ({sign}{_digits(abs(change), quantity)})"
    if not len(ablation.random):
        return text
    mean = _digits(float(ablation.random.mean()), quantity)
    spread = value_in_words(float(ablation.random.std(ddof=1)), quantity)
    return f"{text}; {ablation.count} random: {mean} ± {spread}"
