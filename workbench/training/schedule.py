"""At which iterations the network is kept: 0, the last, and what the schedule's text says between them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GRAMMAR = (
    '"epoch" (one per epoch), "every:K" (every K iterations), "log" (iterations 1, 2, 4, … of the first '
    'epoch, then one per epoch) or "log:N" (N snapshots in all, log-spaced over the whole run)'
)


def snapshot_iterations(schedule: str, iterations: int, iterations_per_epoch: int) -> tuple[int, ...]:
    """The iterations of all snapshots, strictly rising from 0 to `iterations`.

    `schedule` is "epoch", "every:K", "log" or "log:N". With "epoch" and whole epochs there are epochs + 1. A
    SpecError says what is allowed.
    """
    match = re.fullmatch(r"\s*([a-z]+)\s*(?::\s*(\d+)\s*)?", schedule.lower())
    if match is None or (match[1], match[2] is not None) not in _SCHEDULES:
        raise SpecError(f"the snapshot schedule {schedule!r} is not known; it is one of {GRAMMAR}")
    between = _SCHEDULES[match[1], match[2] is not None]
    inside = {i for i in between(iterations, iterations_per_epoch, int(match[2] or 0)) if 0 < i < iterations}
    return tuple(sorted({0, iterations} | inside))


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
    while len(chosen) < count - 1:
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
