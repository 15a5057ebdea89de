"""What the tracks of the timeline show of a layer, computed off the GUI thread and ever more of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import numpy as np

from workbench.analysis.rules import RuleError
from workbench.figures.groups.trainings import over_known
from workbench.figures.overview.history import OF_ROWS, UPDATE, events, track, update_at
from workbench.figures.overview.layer import history_of
from workbench.figures.timeline.rules import Named, check, holds
from workbench.figures.timeline.tracks import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.figures.overview.history import Event
    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.place import Place

    Floats = NDArray[np.float64]

PAUSE = 0.15  # seconds between two pictures while numbers come
MARKED = {  # event -> its track
    "died": "dead", "outliers": "outliers", **dict.fromkeys(("formed", "merged", "split", "dissolved"), "clusters"),
}  # fmt: skip
NO_RULE = Named(rows=False, updates=False, dead=False)


@dataclass(frozen=True)
class Question:
    """What is asked of a layer."""

    place: Place  # of a run or group; its snapshot is the last
    tracks: tuple[str, ...]  # those that are computed
    rule: str = ""  # that marks snapshots

    @property
    def snapshots(self) -> int:
        """How many snapshots it is of."""
        return self.place.snapshot + 1


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of it so far."""

    question: Question
    curves: Mapping[str, Floats]  # by track, (T,) each; NaN where there is no number, or none yet
    missing: Mapping[str, str]  # track -> why it has no number, a clause
    marks: tuple[Mark, ...] = ()
    held: NDArray[np.bool_] | None = field(default=None)  # (T,) where the rule holds; None: there is none
    problem: str = ""  # what is wrong with the rule
    done: int = 0  # snapshots
    complete: bool = False
    runs: Mapping[str, Floats] = field(default_factory=dict)  # of a group: by track, of each run, (G, T)


class Rows(Protocol):
    """What gives the numbers of a layer: computed, or as they were cached."""

    def history(self, place: Place, snapshots: Iterable[int]) -> Iterator[LayerOverview]:
        """The rows of a layer at these snapshots, as they come."""

    def update(self, place: Place) -> float:
        """‖ΔW‖/‖W‖ at a place."""


class Computed:
    """Rows that are computed when they are asked for."""

    @staticmethod
    def history(place: Place, snapshots: Iterable[int]) -> Iterator[LayerOverview]:
        """The rows of a layer at these snapshots, as they come."""
        return history_of(place, snapshots)

    @staticmethod
    def update(place: Place) -> float:
        """‖ΔW‖/‖W‖ at a place."""
        return update_at(place)


def answers(rows: Rows, question: Question) -> Iterator[Known]:
    """The tracks of a layer, the latest snapshots first; what happened and what a rule marks in the end."""
    if question.place.group is not None:
        yield from _of_group(rows, question)
        return
    rule, problem = _understood(question.rule)
    place, found, shown = question.place, [], time.monotonic()
    of_rows = rule.rows or any(name in OF_ROWS for name in question.tracks)
    of_updates = rule.updates or UPDATE in question.tracks
    updates = np.full(question.snapshots, np.nan)
    history = rows.history(place, range(place.snapshot, -1, -1)) if of_rows else iter(())
    for snapshot in range(place.snapshot, -1, -1) if of_rows or of_updates else ():
        found += [next(history)] if of_rows else []
        if of_updates:
            updates[snapshot] = rows.update(place.at(snapshot))
        if time.monotonic() - shown >= PAUSE:
            yield _known(question, found, updates, problem)
            shown = time.monotonic()
    held = None
    if question.rule and not problem:
        every = np.pad(updates, (0, place.run.snapshots - question.snapshots), constant_values=np.nan)
        held = holds(question.rule, place.run, found, every)[: question.snapshots]
    known = _known(question, found, updates, problem)
    yield Known(
        question, known.curves, known.missing, marks_of(events(found), question.tracks), held, problem,
        question.snapshots, complete=True,
    )  # fmt: skip


def _of_group(rows: Rows, question: Question) -> Iterator[Known]:
    """The means over the runs, one run after another; no marks, since the units of each run are its own."""
    found: list[Known] = []
    for place in question.place.each:
        latest = None
        for latest in answers(rows, replace(question, place=place)):
            yield _mean(question, found or [latest])
        if latest is not None:
            found.append(latest)
    yield replace(_mean(question, found), complete=True)


def _mean(question: Question, of_runs: Sequence[Known]) -> Known:
    """What is known of the mean over these runs; a rule holds where it holds in each of them."""
    runs = {name: np.stack([known.curves[name] for known in of_runs]) for name in question.tracks}
    curves = {name: over_known(values).mean for name, values in runs.items()}
    missing = {name: why for known in of_runs for name, why in known.missing.items()}
    held = [known.held for known in of_runs if known.held is not None]
    everywhere = np.all(held, axis=0) if held and len(held) == len(of_runs) else None
    done = sum(known.done for known in of_runs)
    return Known(question, curves, missing, (), everywhere, of_runs[0].problem, done, runs=runs)


def _understood(rule: str) -> tuple[Named, str]:
    """What a rule needs, and what is wrong with it."""
    try:
        return (check(rule) if rule else NO_RULE), ""
    except RuleError as error:
        return NO_RULE, str(error)


def _known(question: Question, found: Sequence[LayerOverview], updates: Floats, problem: str) -> Known:
    unknown = np.full(question.snapshots, np.nan)
    curves = {
        name: updates.copy() if name == UPDATE else track(found, name, question.snapshots) if found else unknown
        for name in question.tracks
    }
    missing = dict(found[0].missing) if found else {}
    done = len(found) if found else int(np.isfinite(updates).sum())
    return Known(question, curves, missing, problem=problem, done=done)


def marks_of(happened: Sequence[Event], tracks: Sequence[str]) -> tuple[Mark, ...]:
    """A mark for each snapshot and track on which something happened, of the tracks that are shown."""
    found = []
    for (snapshot, name), group in groupby(happened, lambda event: (event.snapshot, MARKED[event.kind])):
        each = list(group)
        if name in tracks:
            units = tuple(sorted({unit for event in each for unit in event.units}))
            merged = any(event.kind in ("merged", "split") for event in each)
            found.append(Mark(snapshot, name, "; ".join(event.words for event in each), units, merged))
    return tuple(found)
