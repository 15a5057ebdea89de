"""At which iterations the network is kept: 0, the last, and what the schedule's text says between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.runs.layout import MAX_CAPACITY
from workbench.runs.pace import Pace
from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.training.events import Started
    from workbench.training.loop.state import Beginning

GRAMMAR = (
    '"epoch" (one per epoch), "every:K" (every K iterations), "log" (iterations 1, 2, 4, … of the first '
    'epoch, then one per epoch) or "log:N" (N snapshots in all, log-spaced over the whole run)'
)


TRAINING = 3.0  # times what it costs to evaluate an image is what it costs to train on it
LOG_SPACED = 50  # snapshots of "log" where the length of an epoch is not known


def snapshot_iterations(schedule: str, iterations: int, iterations_per_epoch: int) -> tuple[int, ...]:
    """The iterations of all snapshots, strictly rising from 0 to `iterations`.

    `schedule` is "epoch", "every:K", "log" or "log:N". With "epoch" and whole epochs there are epochs + 1. A
    SpecError says what is allowed; more snapshots than a run can keep are refused before they are listed.
    """
    match = re.fullmatch(r"\s*([a-z]+)\s*(?::\s*(\d+)\s*)?", schedule.lower())
    if match is None or (match[1], match[2] is not None) not in _SCHEDULES:
        raise SpecError(f"the snapshot schedule {schedule!r} is not known; it is one of {GRAMMAR}")
    between = _SCHEDULES[match[1], match[2] is not None]
    number = int(match[2] or 0)
    evenly = iterations // (number or iterations_per_epoch or 1)
    _check_count(min(number, iterations) if number and match[1] == "log" else evenly)  # at least so many
    inside = {i for i in between(iterations, iterations_per_epoch, number) if 0 < i < iterations}
    chosen = tuple(sorted({0, iterations} | inside))
    _check_count(len(chosen))
    return chosen


def _check_count(count: int) -> None:
    if count > MAX_CAPACITY:
        raise SpecError(f"a run keeps at most {MAX_CAPACITY:,} snapshots: choose fewer")


def _each_epoch(iterations: int, per_epoch: int, _: int) -> Iterable[int]:
    return range(per_epoch, iterations, per_epoch)


def _every(iterations: int, _: int, step: int) -> Iterable[int]:
    if step < 1:
        raise SpecError('the K of the snapshot schedule "every:K" is a whole number of iterations, at least 1')
    return range(step, iterations, step)


def _doubling_then_each_epoch(iterations: int, per_epoch: int, _: int) -> Iterable[int]:
    doubling = (2**power for power in range(per_epoch.bit_length()))
    return {i for i in doubling if i < per_epoch} | set(_each_epoch(iterations, per_epoch, 0))


def _log_spaced(iterations: int, _: int, count: int) -> Iterable[int]:
    if count < 2:
        raise SpecError('the N of the snapshot schedule "log:N" counts the first and the last: at least 2')
    if count > iterations:
        return range(iterations)
    chosen = [1]
    while len(chosen) < count - 2:
        # Equal ratios over what is left, but at least one iteration further: exactly `count` different ones.
        ratio = (iterations / chosen[-1]) ** (1 / (count - 1 - len(chosen)))
        chosen.append(max(chosen[-1] + 1, round(chosen[-1] * ratio)))
    return chosen[: count - 2]


_SCHEDULES: dict[tuple[str, bool], Callable[[int, int, int], Iterable[int]]] = {
    ("epoch", False): _each_epoch,
    ("every", True): _every,
    ("log", False): _doubling_then_each_epoch,
    ("log", True): _log_spaced,
}


def pace_of(started: Started, since: Beginning | None) -> Pace:
    """The pace of a training: what is planned of it in batches, and what an earlier part has done already."""
    facts, pace, snapshots = started.spec.facts, Pace(), len(started.snapshots)
    evaluated = facts.validation_images + facts.test_images + facts.activity_images if facts else 0
    pace.expect("training", started.snapshots[-1])
    pace.expect("evaluating", snapshots, evaluated / (TRAINING * started.spec.batch_size))
    pace.expect("writing", snapshots, cost=0.0)  # next to nothing, until it was measured
    if since is not None:
        pace.skip("training", since.iteration)
        for kind in ("evaluating", "writing"):
            pace.skip(kind, since.snapshot + 1)
    return pace


RATIO = 1.2  # of one snapshot's iteration to the next where the length is not known: about four each doubling


class Moments:
    """After which steps a network is kept, asked step by step; the length of the training may be unknown.

    `count` is the number of snapshots as far as it is known beforehand. SpecError as in `snapshot_iterations`.
    """

    def __init__(self, schedule: str, iterations: int | None, iterations_per_epoch: int | None) -> None:
        self.schedule = f"log:{LOG_SPACED}" if schedule == "log" and iterations_per_epoch is None else schedule
        self.each_epoch = schedule == "epoch"
        snapshot_iterations(self.schedule, 1, 1)  # says what is wrong with it
        kind, _, number = self.schedule.partition(":")
        self._every = (iterations_per_epoch or 0) if self.each_epoch else int(number) if kind == "every" else 0
        self._last = iterations or 0
        self._planned: frozenset[int] = frozenset()
        if iterations and not self._every and not self.each_epoch:
            self._planned = frozenset(snapshot_iterations(self.schedule, iterations, iterations_per_epoch or 1))
        between = len(range(self._every, self._last, self._every)) if self._every else 0
        self.count = len(self._planned) or 1 + between + (self._last > 0)
        self._next = self._last + 1

    def due(self, iteration: int) -> bool:
        """Whether the network is kept after so many steps; asked for rising iterations."""
        if iteration == self._last or iteration in self._planned:
            return True
        if self._every or self.each_epoch or iteration < self._last:
            return self._every > 0 and iteration % self._every == 0
        while self._next < iteration:
            self._next = max(self._next + 1, round(self._next * RATIO))
        return self._next == iteration
