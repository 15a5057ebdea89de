"""What the timeline shows: tracks, marks on them, and the stretches that a rule holds for."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.timeline.time_axis import TimeAxis

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Track:
    """One track: its curves over the snapshots, (T,) each with NaN where there is no number, and how they are read."""

    name: str
    title: str
    curves: Mapping[str, Floats]  # by part of the data or name of the track; the first one is read
    write: Callable[[float], str]
    from_zero: bool = True
    reason: str = ""  # why there is no curve
    runs: Mapping[str, Trainings] = field(default_factory=dict)  # of a group: a curve of each run, by the same names

    @cached_property
    def scale(self) -> tuple[float, float]:
        """The values at the foot and at the top of the track, which hold the curve of every run."""
        every = [*self.curves.values(), *(each.values.ravel() for each in self.runs.values())]
        known = np.concatenate([values[np.isfinite(values)] for values in every])
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
        if self.from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        return (low, high) if high > low else (low - (not self.from_zero), low + 1.0)

    @property
    def main(self) -> Floats:
        """The curve that is read next to the track."""
        return next(iter(self.curves.values()))

    def reading(self, snapshot: int) -> str:
        """The number at a snapshot, of a group with the interval of its mean; "–" where there is none."""
        value = float(self.main[snapshot])
        if not np.isfinite(value):
            return "–"
        runs = self.runs.get(next(iter(self.curves)))
        if runs is None or not np.isfinite(runs.over.low[snapshot]):
            return self.write(value)
        low, high = (self.write(float(each[snapshot])) for each in (runs.over.low, runs.over.high))
        return f"{self.write(value)} ({low} to {high})"


def inside(scale: tuple[float, float], runs: Trainings) -> tuple[Floats, Floats]:
    """The interval of a track, cut off where the track ends."""
    return np.clip(runs.over.low, *scale), np.clip(runs.over.high, *scale)


@dataclass(frozen=True)
class Mark:
    """Something that happened, on the track that it belongs to."""

    snapshot: int
    track: str
    words: str
    units: tuple[int, ...] = ()
    diamond: bool = False  # clusters merge or split


@dataclass(frozen=True, eq=False)
class Shown:
    """All that is shown of a run."""

    time: TimeAxis
    tracks: tuple[Track, ...] = ()
    marks: tuple[Mark, ...] = ()
    held: Bools | None = None  # (T,) the snapshots at which the rule holds


def stretches(time: TimeAxis, held: Bools) -> Iterator[tuple[float, float]]:
    """From where to where snapshots lie next to each other at which a rule holds."""
    order = np.argsort(time.places, kind="stable")
    places, holds = time.places[order], held[order]
    borders = [time.ends()[0], *((left + right) / 2 for left, right in pairwise(places.tolist())), time.ends()[1]]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]])))
    for first, end in edges.reshape(-1, 2).tolist():
        yield float(borders[first]), float(borders[end])
