"""Where the snapshots of a run lie on a time axis: in equal steps, by epoch, by iteration, or logarithmically."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.figures.zoom import FARTHEST
from workbench.runs.collection.naming import moments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run

    Floats = NDArray[np.float64]

Scale = Literal["steps", "epochs", "iterations", "log"]
SCALES = {"steps": "Equal steps", "epochs": "Epochs", "iterations": "Iterations", "log": "Iterations, logarithmic"}
MARGIN = 0.015  # of the width, before the first and after the last snapshot


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """An axis over the snapshots of a run, and what it says of itself."""

    words: str  # what its numbers are: "epoch, equal steps", "iteration", "iteration, log"
    places: Floats  # (T,) where each snapshot lies
    numbers: Floats  # (T,) what each snapshot is labelled with
    kind: Literal["steps", "linear", "log"]
    unit: float = 1.0  # the smallest number above 0; on a logarithmic axis it lies log10(2) from 0
    problem: str = ""  # why it is not the one that was asked for, a clause

    def nearest(self, place: float) -> int:
        """The snapshot that lies nearest to a place on the axis."""
        return int(np.abs(self.places - place).argmin())

    def ends(self) -> tuple[float, float]:
        """What is to be seen: all snapshots, with a little room around them."""
        low, high = float(self.places.min()), float(self.places.max())
        beside = 0.5 if self.kind == "steps" or high == low else MARGIN * (high - low)
        return low - beside, high + beside

    def ticks(self) -> Iterator[tuple[float, float]]:
        """(place, number) of round numbers on a logarithmic axis, those to label first come first."""
        last = float(self.numbers.max(initial=0.0))
        yield 0.0, 0.0
        if last <= 0.0:
            return
        decades = range(floor(log10(self.unit)), ceil(log10(last)) + 1)
        for digit in (1, 5, 2):
            for number in (digit * 10.0**decade for decade in decades):
                if self.unit <= number <= last:
                    yield log10(1.0 + number / self.unit), number


def time_axis(source: Run | RunGroup, scale: Scale) -> TimeAxis:
    """The axis of this scale over the snapshots; in equal steps where the run does not record what it needs."""
    if scale == "steps":
        return _in_steps(source)
    wanted = "epoch" if scale == "epochs" else "iteration"
    numbers = np.asarray(source.history(wanted), np.float64)
    if not (np.abs(numbers) <= FARTHEST).all():
        return _in_steps(source, f"no {wanted}s are recorded, so snapshots are in equal steps")
    if scale != "log":
        return TimeAxis(wanted, numbers, numbers, "linear")
    numbers = np.maximum(numbers, 0.0)
    unit = float(numbers[numbers > 0.0].min()) if (numbers > 0.0).any() else 1.0
    return TimeAxis(f"{wanted}, log", np.log10(1.0 + numbers / unit), numbers, "log", unit)


def _in_steps(source: Run | RunGroup, problem: str = "") -> TimeAxis:
    counted, numbers = moments(source)
    return TimeAxis(
        f"{counted}, equal steps", np.arange(len(numbers), dtype=np.float64), numbers, "steps", 1.0, problem
    )
