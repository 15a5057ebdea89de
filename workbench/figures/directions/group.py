"""The directions of a group: histograms as means over the trainings, with the interval in each bin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.figures.directions.layer import directions_of
from workbench.figures.directions.picture import Picture, Question, edges_of, picture_in
from workbench.figures.groups.trainings import Trainings, interval_words, mean_words
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.figures.directions.layer import LayerDirections
    from workbench.runs.collection.groups import RunGroup


@dataclass(frozen=True, eq=False)
class GroupPicture(Picture):
    """A picture in which bars and outlines are means over the runs; `found` is that of the first."""

    founds: tuple[LayerDirections, ...]  # of each run
    angle_runs: Trainings  # (runs, bins) units by their angle
    norm_runs: Trainings  # (runs, bins) units by their norm

    @property
    def group(self) -> RunGroup:
        """The group that is asked about."""
        group = self.question.place.group
        assert group is not None
        return group


def runs_of(picture: Picture) -> tuple[Trainings, Trainings] | None:
    """The bars of angles and of norms of each run of a group; None: the picture is of a single run."""
    return (picture.angle_runs, picture.norm_runs) if isinstance(picture, GroupPicture) else None


def mean_of(picture: Picture) -> str:
    """What the bars are the mean of, for a legend; "" of a single run."""
    return mean_words(picture.group) if isinstance(picture, GroupPicture) else ""


def threshold_of(picture: Picture) -> tuple[float | None, tuple[float, float] | None]:
    """Where the norms are split, with its 95 % interval; of a group the mean of the runs, where all have a split."""
    if not isinstance(picture, GroupPicture):
        return picture.found.split.threshold, picture.found.split.interval
    known = [found.split.threshold for found in picture.founds if found.split.threshold is not None]
    if len(known) < len(picture.founds):
        return None, None
    over = over_repeats(np.array(known))
    return float(over.mean), (float(over.low), float(over.high))


def group_picture(question: Question) -> GroupPicture:
    """The picture of a group. Errors as `picture_of`."""
    group, places = question.place.group, question.place.each
    assert group is not None
    founds = tuple(directions_of(place, replace(question, place=place).k) for place in places)
    edges = edges_of(founds)
    pictures = [picture_in(*edges, found, question) for found in founds]
    starts = [each.start for each in pictures if each.start is not None]
    first, where = pictures[0], question.place.words
    return GroupPicture(
        question=question,
        found=founds[0],
        angles=first.angles,
        start=_mean(starts) if len(starts) == len(pictures) else None,
        chance=_mean(each.chance for each in pictures),
        norms=first.norms,
        place=where,
        line=f"{where}: {'; '.join(_words(group, founds))}",
        founds=founds,
        angle_runs=Trainings(np.array([each.angles.counts for each in pictures], np.float64), group.columns),
        norm_runs=Trainings(np.array([each.norms.counts for each in pictures], np.float64), group.columns),
    )


def _mean(counts: Iterable[NDArray[np.float64] | NDArray[np.int64]]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.mean(list(counts), axis=0)
    return found


def _words(group: RunGroup, founds: Sequence[LayerDirections]) -> Iterator[str]:
    yield f"mean of {group.trainings}"
    parted = [int(found.split.above.sum()) for found in founds if found.split.threshold is not None]
    if len(parted) == len(founds):
        yield f"trained {_over(parted)} of {np.mean([np.count_nonzero(found.norms) for found in founds]):.0f}"
    else:
        which = f"{len(founds) - len(parted)} of {len(founds)}" if parted else "all"
        yield f"norms form one group in {which} runs"
    numbers = {found.clusters.k for found in founds}
    yield (
        counted(numbers.pop(), "cluster")
        if len(numbers) == 1
        else f"clusters {_over(found.clusters.k for found in founds)}"
    )
    near = f"angle to the centre {_over((found.clusters.median_angle for found in founds), '°')}"
    starts = [found.start.median_angle for found in founds if found.start is not None]
    beside = [f"{_over(starts, '°')} at initialisation"] if len(starts) == len(founds) else []
    yield ", ".join([near, *beside, f"{_over((found.chance.median_angle for found in founds), '°')} by chance"])


def _over(values: Iterable[float], unit: str = "") -> str:
    return interval_words(over_repeats(np.array(list(values), np.float64)), 1, unit)
