"""How an evaluation is given up while it computes, and lets a more urgent one go first. Loads no torch.

An evaluation asks `go_on` at each chunk of images. The code that starts it on a thread says with `asked_to_end` when it
is not wanted any more, and with `urgent` that its first numbers are needed soon: others that `step_aside` then pause.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK = 0.05  # seconds between two looks of an evaluation that waits


class GivenUp(BaseException):
    """The evaluation under way is not wanted any more. No error, so that nothing takes it for one."""


class _Present(threading.local):
    """What holds for the evaluation on this thread."""

    ends: Callable[[], bool] | None = None
    waits: bool = False


_present = _Present()
_changed = threading.Condition()
_under_way = 0  # blocks of `asked_to_end`
_urgent = 0  # evaluations whose first numbers are needed soon


def go_on() -> None:
    """Return when the evaluation on this thread may go on. GivenUp: it is not wanted any more."""
    ends = _present.ends
    if ends is None:
        return
    if ends():
        raise GivenUp
    if _present.waits:
        with _changed:
            while _urgent:
                _changed.wait(LOOK)
                if ends():
                    raise GivenUp


def give_up_if_unwanted() -> None:
    """The same without a pause, for work that others wait for. GivenUp: it is not wanted any more."""
    if _present.ends is not None and _present.ends():
        raise GivenUp


@contextmanager
def asked_to_end(ends: Callable[[], bool], step_aside: bool = False) -> Iterator[None]:
    """In this block, evaluations on this thread end as soon as `ends()`.

    With `step_aside` they pause as long as others are `urgent`.
    """
    before = _present.ends, _present.waits
    _present.ends, _present.waits = ends, step_aside
    _count_under_way(1)
    try:
        yield
    finally:
        _present.ends, _present.waits = before
        _count_under_way(-1)


def under_way() -> int:
    """How many threads are in `asked_to_end`: what they asked for may still be put into memory."""
    return _under_way


def _count_under_way(more: int) -> None:
    global _under_way
    with _changed:
        _under_way += more


@contextmanager
def without_waiting() -> Iterator[None]:
    """In this block the evaluation on this thread goes on to the end of the block: others wait for what it makes."""
    before = _present.ends, _present.waits
    _present.ends, _present.waits = None, False
    try:
        yield
    finally:
        _present.ends, _present.waits = before


class Urgency:
    """An evaluation whose first numbers are needed soon, from `begin` to `end`; either may be called again."""

    def __init__(self) -> None:
        self._under_way = False

    def begin(self) -> None:
        self._count(True)

    def end(self) -> None:
        self._count(False)

    def _count(self, under_way: bool) -> None:
        global _urgent
        with _changed:
            if under_way != self._under_way:
                self._under_way = under_way
                _urgent += 1 if under_way else -1
                _changed.notify_all()
