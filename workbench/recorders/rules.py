"""Rules about a training that is being recorded: functions that are called when they begin to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.rules import RuleError
from workbench.figures.overview.history import OF_ROWS, UPDATE, update_at
from workbench.figures.overview.layer import overview_of
from workbench.figures.timeline.rules import Named, check, holds
from workbench.runs.place import Place
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workbench.figures.overview.layer import LayerOverview

NO_LAYER = ""
OF_TRAINING = "the training"  # what a rule is about that names nothing of a layer


@dataclass(frozen=True)
class RuleHolds:
    """A rule that holds at a snapshot, and did not at the one before."""

    rule: str
    layer: str  # "" for a rule about the training, such as accuracy > 90
    snapshot: int
    iteration: float
    epoch: float  # NaN: not known
    numbers: Mapping[str, float | None] = field(hash=False)  # of the layer, such as "dead"; None: not known


class Rules:
    """Rules and the functions to call. `look` is for the thread that writes, `call` for that of the training.

    ValueError: a rule cannot be understood, or needs what is not recorded.
    """

    def __init__(self, on: Mapping[str, Callable[[RuleHolds], object]], activity: bool) -> None:
        self._on = dict(on)
        self._named = {rule: _understood(rule, activity) for rule in self._on}
        self._held: dict[tuple[str, str], bool] = {}  # by rule and layer, at the snapshot before
        self._waiting: SimpleQueue[RuleHolds] = SimpleQueue()
        self._run: Run | None = None

    def look(self, path: str) -> None:
        """Look at the last snapshot of the run at `path`, which has just been written."""
        if self._run is None or str(self._run.path) != path:
            self._run = open_run(path)
        run = self._run = self._run.refreshed()
        of_layers = any(named.rows or named.updates for named in self._named.values())
        for layer in (NO_LAYER, *(layer.name for layer in run.layers if of_layers)):
            self._look_at(Place(run, layer, run.snapshots - 1))

    def _look_at(self, place: Place) -> None:
        rules = [rule for rule, named in self._named.items() if (named.rows or named.updates) is bool(place.layer)]
        rows = [overview_of(place)] if any(self._named[rule].rows for rule in rules) else []
        updates = np.full(place.snapshots, np.nan)
        if any(self._named[rule].updates for rule in rules):
            updates[place.snapshot] = update_at(place)
        for rule in rules:
            now = bool(holds(rule, place.run, rows, updates)[place.snapshot])
            before = self._held.get((rule, place.layer), False)
            self._held[rule, place.layer] = now
            if now and not before:
                self._waiting.put(_event(rule, place, rows, float(updates[place.snapshot])))

    def call(self) -> Iterator[str]:
        """Call the functions of rules that began to hold; yields what went wrong in one, as a clause."""
        while True:
            try:
                event = self._waiting.get_nowait()
            except Empty:
                return
            try:
                self._on[event.rule](event)
            except Exception as error:  # the training and its recording go on
                where = event.layer or OF_TRAINING
                yield f"the function for “{event.rule}” failed for {where} ({type(error).__name__}: {error})"

    def close(self) -> None:
        """Look at no more snapshots."""
        if self._run is not None:
            self._run.close()
            self._run = None


def _understood(rule: str, activity: bool) -> Named:
    try:
        named = check(rule)
    except RuleError as error:
        raise ValueError(f"the rule {rule!r} cannot be used: {error}") from error
    if named.dead and not activity:
        raise ValueError(f"the rule {rule!r} needs `inputs`: without them, it is not known which units are dead")
    return named


def _event(rule: str, place: Place, rows: list[LayerOverview], update: float) -> RuleHolds:
    numbers: dict[str, float | None] = {name: getattr(row, name) for row in rows for name in (*OF_ROWS, "units")}
    if np.isfinite(update):
        numbers[UPDATE] = update
    at, run = place.snapshot, place.run
    iteration, epoch = float(run.iterations[at]), float(run.epochs[at])
    return RuleHolds(rule, place.layer, at, iteration, epoch, MappingProxyType(numbers))
