"""How the tracks of the timeline are made from what is known, and how their numbers are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.groups.trainings import Trainings
from workbench.figures.overview.history import ACCURACY, TRACKS, UPDATE
from workbench.figures.timeline.time_axis import time_axis
from workbench.figures.timeline.tracks import Mark, Shown, Track
from workbench.runs.collection.groups import RunGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.figures.timeline.answers import Known
    from workbench.figures.timeline.time_axis import Scale
    from workbench.runs.place import Place
    from workbench.runs.run import Run

PARTS = ("test", "validation", "train")
COMPUTING = "computing…"
_WRITTEN: Mapping[str, Callable[[float], str]] = {
    **dict.fromkeys(("stable_rank", "entropy_rank", "participation_ratio"), lambda value: f"{value:.1f}"),
    **dict.fromkeys(("spectral_norm", "frobenius_norm", "nuclear_norm"), lambda value: f"{value:.3g}"),
    "tail_exponent": lambda value: f"{value:.2f}",
    UPDATE: lambda value: f"{value:.2g}",
    ACCURACY: lambda value: f"{value:.1f} %",
}


def written(name: str, mean: bool = False) -> Callable[[float], str]:
    """How the numbers of a track are written; the mean of a count has a digit more."""
    return _WRITTEN.get(name, lambda value: f"{value:,.{int(mean)}f}")


def accuracy_track(source: Run | RunGroup) -> Track:
    """The accuracies that a run stores; of a group their means, with those of each run."""
    curves = {part: np.asarray(source.history(f"{part}_accuracy"), np.float64) for part in PARTS}
    known = {part: values for part, values in curves.items() if np.isfinite(values).any()}
    reason = "" if known else "this run stores no accuracies"
    runs = {}
    if isinstance(source, RunGroup):
        runs = {part: Trainings(source.histories(f"{part}_accuracy"), source.columns) for part in known}
    # The number next to the track is that of the first curve.
    return Track(ACCURACY, "accuracy", known or {"test": curves["test"]}, written(ACCURACY), False, reason, runs)


def track_of(name: str, source: Run | RunGroup, known: Known | None, reason: str) -> Track:
    """A track of a layer, as far as it is known; `reason` is why nothing can be."""
    snapshots, runs = source.snapshots, {}
    values = np.full(snapshots, np.nan)
    found = None if known is None else known.curves.get(name)
    if found is not None and known is not None:
        length = min(len(found), snapshots)
        values[:length] = found[:length]  # the run may have grown since
        if not np.isfinite(values).any() and known.complete:
            reason = reason or known.missing.get(name, "no snapshot has this number")
        if isinstance(source, RunGroup) and name in known.runs:
            each = np.full((len(known.runs[name]), snapshots), np.nan)
            each[:, :length] = known.runs[name][:, :length]
            runs = {name: Trainings(each, source.columns[: len(each)])}
    if not np.isfinite(values).any():
        reason = reason or COMPUTING
    write = written(name, isinstance(source, RunGroup))
    return Track(name, TRACKS[name].title, {name: values}, write, True, reason, runs)


def unknowable(place: Place) -> str:
    """Why nothing can be known of a layer, as a clause; "" where it can."""
    return "" if place.layer else "this run has no layer with a weight matrix"


def held_by(rule: str, known: Known | None, snapshots: int) -> NDArray[np.bool_] | None:
    """Where a rule holds, (T,); None: that is not known, or there is no rule."""
    if known is None or known.held is None or known.question.rule != rule:
        return None
    held = np.zeros(snapshots, np.bool_)
    length = min(snapshots, len(known.held))
    held[:length] = known.held[:length]  # the run may have grown since
    return held


def shown_of(
    source: Run | RunGroup, tracks: Sequence[str], scale: Scale, rule: str, known: Known | None, reason: str
) -> Shown:
    """What the timeline shows of a run or group; `known` is what is known of its layer, `reason` why nothing can be."""
    made = tuple(
        accuracy_track(source) if name == ACCURACY else track_of(name, source, known, reason) for name in tracks
    )
    marks: tuple[Mark, ...] = () if known is None else known.marks
    marks = tuple(mark for mark in marks if mark.track in tracks and mark.snapshot < source.snapshots)
    return Shown(time_axis(source, scale), made, marks, held_by(rule, known, source.snapshots))
