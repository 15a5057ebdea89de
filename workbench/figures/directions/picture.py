"""What the directions panel shows: histograms of the angles to the centres and of the norms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.directions.layer import directions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.figures.directions.layer import LayerDirections
    from workbench.figures.settings import Clusters
    from workbench.runs.place import Key, Place

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

ANGLE_BIN = 3.0  # degrees
NORM_BINS = 40


@dataclass(frozen=True)
class Question:
    """Which layer, and in how many clusters. A run that has grown asks the same about a snapshot it had before."""

    place: Place = field(compare=False)
    clusters: Clusters
    key: Key = field(init=False, repr=False)  # of the place

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.place.key)

    @property
    def k(self) -> int | None:
        """The number of clusters; None: it is to be chosen. Never more than there are units with a direction."""
        if self.clusters == "auto":
            return None
        return min(int(self.clusters), int(np.count_nonzero(self.place.layer_view.present(self.place.snapshot))))


@dataclass(frozen=True, eq=False)
class Histogram:
    """Units in equal bins."""

    edges: Float64  # (bins + 1,)
    values: Float64  # (m,) of each unit; NaN: it has none

    @property
    def counts(self) -> Int64:
        """The units in each bin, (bins,)."""
        return self.counts_of(np.ones(len(self.values), np.bool_))

    def counts_of(self, which: NDArray[np.bool_]) -> Int64:
        """Those of the units that are chosen, (m,) bool, in each bin."""
        values = self.values[which & ~np.isnan(self.values)]
        counts: Int64 = np.histogram(values, self.edges)[0].astype(np.int64)
        return counts

    def units_in(self, number: int) -> Int64:
        """The units in a bin, ascending; the last bin includes its end."""
        low, high = self.edges[number : number + 2]
        last = number == len(self.edges) - 2
        with np.errstate(invalid="ignore"):
            inside = (self.values >= low) & ((self.values <= high) if last else (self.values < high))
        return np.flatnonzero(inside).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Picture:
    """Both histograms, with what chance and the initialisation give."""

    question: Question
    found: LayerDirections
    angles: Histogram
    start: Int64 | Float64 | None  # (bins,) units by their angle at initialisation
    chance: Int64 | Float64  # (bins,) independent directions by theirs
    norms: Histogram
    place: str  # words
    line: str  # what is shown and found


def picture_of(question: Question) -> Picture | None:
    """The picture that answers `question`; None where no unit has a direction.

    RunError where weights are not finite or cannot be read; ValueError: too few units to choose a number of clusters.
    """
    if question.k == 0:
        return None
    if question.place.group is not None:
        from workbench.figures.directions.group import group_picture

        return group_picture(question)
    found = directions_of(question.place, question.k)
    return picture_in(*edges_of([found]), found, question)


def edges_of(founds: Sequence[LayerDirections]) -> tuple[Float64, Float64]:
    """The bins of angles and of norms that hold all units of these, with what they are compared to."""
    every = [
        each.angles for found in founds for each in (found.clusters, found.start, found.chance) if each is not None
    ]
    most = max(float(np.nanmax(each)) for each in every)
    edges = np.arange(0.0, max(np.ceil(most / ANGLE_BIN), 1.0) + 1.0) * ANGLE_BIN
    top = max(float(found.norms.max()) for found in founds) * 1.000001  # the largest norm lies in the last bin
    return edges, np.linspace(0.0, top, NORM_BINS + 1)


def picture_in(edges: Float64, norm_edges: Float64, found: LayerDirections, question: Question) -> Picture:
    """The picture of a single run in these bins."""
    return Picture(
        question=question,
        found=found,
        angles=Histogram(edges, found.clusters.angles),
        start=None if found.start is None else Histogram(edges, found.start.angles).counts,
        chance=Histogram(edges, found.chance.angles).counts,
        norms=Histogram(norm_edges, np.where(found.norms > 0.0, found.norms, np.nan)),
        place=question.place.words,
        line=f"{question.place.words}: {found.finding}",
    )
