"""Requests to end this process: Ctrl-C, SIGTERM, and SIGHUP when the terminal closes or the user logs out.

In a command the first one raises `Interrupted` in the main thread, so that every `with` and `finally` clears away.
Inside Qt, where an exception would be lost, or worse, it is only noted: `check` raises it, and `woken` tells an event
loop. A second one, after `IMPATIENCE`, ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

NUMBERS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
IMPATIENCE = 1.0  # seconds: a terminal that closes may send several in a row, and a held key does
AGAIN = 0.01  # seconds until an interruption that a callback has lost is raised once more


class Interrupted(KeyboardInterrupt):
    """The process was asked to end, by the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def status_of(number: int) -> int:
    """The exit status of a process that a signal ended: 130 for Ctrl-C."""
    return 128 + number


class _Requests:
    """What was requested so far, and what happens at a request."""

    def __init__(self) -> None:
        self.number = 0  # of the first signal; 0: none has come
        self.raising = True
        self.last_deed: Callable[[], object] = lambda: None  # done before the process ends at once
        self._since = 0.0

    def handle(self, number: int, _frame: FrameType | None) -> None:
        if self.number and time.monotonic() - self._since > IMPATIENCE:
            self.last_deed()
            os._exit(status_of(number))
        if self.number:
            return
        self.number, self._since = number, time.monotonic()
        if self.raising:
            raise Interrupted(number)

    def handle_lost(self, lost: sys.UnraisableHookArgs, show: Callable[[sys.UnraisableHookArgs], object]) -> None:
        """Raise an interruption again that came in a destructor or a callback of C, where Python drops it."""
        if issubclass(lost.exc_type, Interrupted):
            number, self.number = self.number, 0
            threading.Timer(AGAIN, _send, [number]).start()
        else:
            show(lost)


def _send(number: int) -> None:
    """Send a signal to the main thread, so that whatever it waits for is interrupted."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        signal.raise_signal(number)


_requests = _Requests()


@contextmanager
def interrupting(to_the_end: bool) -> Iterator[None]:
    """In this block a request to end raises `Interrupted`, once.

    Afterwards the handlers are as before; `to_the_end` of the process, signals then simply end it, for nothing is left
    to do. A signal that is ignored stays so: `nohup` and a shell's background jobs rely on it.
    """
    global _requests
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    requests = _requests = _Requests()
    before = {number: signal.getsignal(number) for number in NUMBERS}
    handled = [number for number in NUMBERS if before[number] is not signal.SIG_IGN]
    show = sys.unraisablehook
    sys.unraisablehook = lambda lost: requests.handle_lost(lost, show)
    for number in handled:
        signal.signal(number, requests.handle)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL if to_the_end else before[number])
        sys.unraisablehook = show


@contextmanager
def noted(last_deed: Callable[[], object] | None = None) -> Iterator[None]:
    """In this block a request is only noted; `last_deed` is done where a second one ends the process at once."""
    requests, raising = _requests, _requests.raising
    requests.raising = False
    if last_deed is not None:
        requests.last_deed = last_deed
    try:
        yield
    finally:
        requests.raising = raising


@contextmanager
def put_off() -> Iterator[None]:
    """In this block a request waits; at its end it raises `Interrupted`.

    For imports of Qt's classes: PySide makes them in C, and one that is interrupted meanwhile stays broken.
    """
    with noted():
        yield
    check()


def requested() -> int:
    """The signal that asked this process to end; 0 where none has."""
    return _requests.number


def check() -> None:
    """Raise `Interrupted` where a request was noted."""
    if _requests.number:
        raise Interrupted(_requests.number)
