"""How long work will still take: the one clock of trainings, reports, films and sweeps."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from math import inf
from statistics import median_low
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LATEST = 1 / 3  # of the elapsed time: what the pace is taken over
FEW = 3  # records of a kind that its pace rests on at least, where there are so many
OUTLIER = 10.0  # times the median of its kind
ACCIDENTS = 0.01  # of the records, and one besides, may be outliers: where there are more, they belong to the pace
GRAIN = 1 / 300  # of the elapsed time: shorter steps share a record
ENOUGH = 0.02  # of the work: before that an estimate that rests on costs alone is not given
HARDLY = 1 / 20  # of its time so far: what a step takes at least before it ends
PATIENCE = 5.0  # seconds beyond what was expected before a step is called late


@dataclass(frozen=True)
class Estimate:
    """How far the work is and how long it will still take, both from the same numbers."""

    done: float  # 0…1
    seconds: float | None  # still to go; None: not known yet
    step: float = 0.0  # of these seconds, those that the step under way should still take
    late: bool = False  # the step under way takes longer than expected

    def after(self, silence: float) -> Estimate:
        """Return the estimate after so many seconds without news.

        The step under way is never said to be about to end: it will take a twentieth of its time so far at least, and
        half of the time by which it is overdue.
        """
        if self.seconds is None:
            return self
        over = silence - self.step
        step = max(-over, HARDLY * silence, over / 2)
        late = self.late or over > max(self.step, PATIENCE)
        return replace(self, seconds=self.seconds - self.step + step, step=step, late=late)


@dataclass
class _Record:
    """Steps that were taken one after another."""

    end: float  # elapsed seconds
    seconds: float
    work: float

    @property
    def rate(self) -> float:
        return self.seconds / self.work


@dataclass
class _Kind:
    """One kind of step: what is planned and done of it, and how long it took of late."""

    family: str
    cost: float  # expected seconds for a unit of work, on a scale that all kinds share
    absolute: bool = False  # the cost is in seconds of this machine, whatever other families take
    left: float = 0.0
    done: float = 0.0
    measured: float = 0.0  # of what is done
    steps: int = 0
    seen: int = 0  # records so far
    outliers: int = 0  # among them
    waiting: float = 0.0  # seconds since its last step was done
    records: deque[_Record] = field(default_factory=deque)

    def add(self, work: float, elapsed: float) -> None:
        """Note down a step: the seconds that were waiting are its own."""
        newest = self.records[-1] if self.records else None
        if newest is not None and newest.seconds < GRAIN * elapsed:
            newest.end, newest.seconds, newest.work = elapsed, newest.seconds + self.waiting, newest.work + work
        else:
            self.seen, self.outliers = self.seen + 1, self.outliers + self._ends_in_outlier()
            self.records.append(_Record(elapsed, self.waiting, work))
        self.waiting, self.steps, self.measured = 0.0, self.steps + 1, self.measured + work
        while len(self.records) > FEW and self.records[0].end < (1.0 - LATEST) * elapsed:
            self.records.popleft()

    def rate(self) -> float | None:
        """Seconds for a unit of work of late, without single outliers; None before the first step."""
        if not self.records:
            return None
        limit = self._limit()
        usual = [record for record in self.records if record.rate <= limit]
        if self.outliers + self._ends_in_outlier() > 1 + ACCIDENTS * self.seen:
            usual = list(self.records)
        return sum(record.seconds for record in usual) / sum(record.work for record in usual)

    def _limit(self) -> float:
        """The rate beyond which a record is an outlier; infinite while there are too few to tell."""
        if len(self.records) < FEW:
            return inf
        return OUTLIER * median_low(record.rate for record in self.records)

    def _ends_in_outlier(self) -> bool:
        return bool(self.records) and self.records[-1].rate > self._limit()

    @property
    def step(self) -> float:
        """The work of the step under way, as far as it can be foreseen."""
        return min(self.measured / self.steps if self.steps else 1.0, self.left)


class Pace:
    """Measures how long steps of each kind take, and foresees the rest of the work that is planned.

    `expect` plans work. `enter` says what is being done from now on, `count` that a step of it is done. A kind that
    was not measured yet takes its cost times what others of its family, or else all others, took for theirs. A kind
    without a cost is compared with none, such as what happens once at the start: nothing follows from it.
    """

    def __init__(self, enough: float = ENOUGH, clock: Callable[[], float] = time.monotonic) -> None:
        self._enough, self._clock = enough, clock
        self._kinds: dict[str, _Kind] = {}
        self._present: str | None = None
        self._work: float | None = None  # of the step under way; None: as much as the steps of its kind before
        self._since = clock()
        self._elapsed = 0.0
        self._farthest = 0.0  # that the work was said to be

    def expect(self, kind: str, work: float = 1.0, cost: float = 1.0, family: str = "", absolute: bool = False) -> None:
        """Plan so much work of a kind; `cost` is what a unit of it takes, compared with other kinds or in seconds."""
        self._kinds.setdefault(kind, _Kind(family or kind, cost, absolute)).left += work

    def enter(self, kind: str | None, work: float | None = None) -> None:
        """From now on time counts for `kind`, for nothing while that is None; `work` is what its next step does."""
        self._take_time()
        self._present, self._work = kind, work

    def count(self, work: float = 1.0) -> None:
        """A step of the present kind is done."""
        assert self._present is not None
        self._take_time()
        if work > 0.0:
            kind = self._kinds[self._present]
            self._work = None
            kind.add(work, self._elapsed)
            self._settle(kind, work)

    def skip(self, kind: str, work: float | None = None) -> None:
        """So much work of a kind need not be done; None: all that is left of it."""
        self._take_time()
        self._kinds[kind].waiting = 0.0
        self._settle(self._kinds[kind], self._kinds[kind].left if work is None else work)

    def estimate(self) -> Estimate:
        """Return how far the work is now and how long it will still take."""
        self._take_time()
        known = self._is_known()
        rates = {name: self._rate(kind) if known else kind.cost for name, kind in self._kinds.items()}
        left = sum(kind.left * rates[name] for name, kind in self._kinds.items())
        done = sum(kind.done * rates[name] for name, kind in self._kinds.items())
        # What takes longer than expected does not take the bar back.
        fraction = self._farthest = max(self._farthest, done / (done + left) if left else 1.0)
        if not left or not known:
            return Estimate(fraction, None if left else 0.0)
        kind = self._kinds.get(self._present or "")
        if kind is None or not kind.left:
            return Estimate(fraction, left)
        work = kind.step if self._work is None else min(self._work, kind.left)
        return Estimate(fraction, left, work * rates[self._present or ""]).after(kind.waiting)

    def _take_time(self) -> None:
        now = self._clock()
        if self._present is not None:
            self._elapsed += now - self._since
            self._kinds[self._present].waiting += now - self._since
        self._since = now

    @staticmethod
    def _settle(kind: _Kind, work: float) -> None:
        kind.left, kind.done = max(kind.left - work, 0.0), kind.done + work
        if kind.left < 1e-9 * kind.done:  # fractions that add up but for rounding
            kind.left = 0.0

    def _rate(self, kind: _Kind) -> float:
        measured = kind.rate()
        if measured is not None:
            return measured
        relatives = [each for each in self._kinds.values() if each.family == kind.family]
        others = [each for each in self._kinds.values() if not each.absolute and not kind.absolute]
        return kind.cost * (_scale(relatives) or _scale(others) or 1.0)

    def _is_known(self) -> bool:
        """Whether enough was measured for an estimate."""
        kinds = self._kinds.values()
        records = sum(len(kind.records) for kind in kinds if kind.cost)
        if records >= FEW and all(kind.records for kind in kinds if kind.left and kind.cost):
            return True
        measured = sum(kind.cost * kind.measured for kind in kinds)
        return records > 0 and measured >= self._enough * sum(kind.cost * (kind.done + kind.left) for kind in kinds)


def _scale(kinds: Iterable[_Kind]) -> float | None:
    """Seconds for a unit of cost, by the work that was measured; None where none was."""
    measured = [(kind, rate) for kind in kinds if kind.cost and (rate := kind.rate()) is not None]
    cost = sum(kind.cost * kind.measured for kind, _ in measured)
    return sum(rate * kind.measured for kind, rate in measured) / cost if cost else None


def in_words(estimate: Estimate) -> str:
    """The time that is left: "about 40 s left"; empty while it is not known."""
    if estimate.seconds is None:
        return ""
    if estimate.late:
        return f"over {_span(estimate.seconds)} left, longer than expected"
    return f"{span(estimate.seconds)} left"


def span(seconds: float) -> str:
    """A time as people say it: "about 40 s", "about 3 min", "about 2 h"."""
    return f"about {_span(seconds)}"


def _span(seconds: float) -> str:
    if seconds < 90.0:
        return f"{max(round(seconds), 1)} s"
    if seconds < 5400.0:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"
