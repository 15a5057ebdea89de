"""One thread that writes while the training goes on."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

IN_FLIGHT = 2  # snapshots in memory besides the network; a training that keeps them faster than the disk waits
NICENESS = 10


class Background:
    """Does things one after another on a thread of low priority; what went wrong is asked for with `errors`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recorder", initializer=_lower_priority)
        self._room = threading.Semaphore(IN_FLIGHT)
        self._errors: SimpleQueue[str] = SimpleQueue()

    def do(self, work: Callable[[], None]) -> None:
        """Nothing; `work` will be done. Waits while too much is under way."""
        self._room.acquire()
        self._pool.submit(self._done, work)

    def errors(self) -> list[str]:
        """What went wrong since this was asked last, in plain words."""
        found = []
        with suppress(Empty):
            while True:
                found.append(self._errors.get_nowait())
        return found

    def wait(self) -> None:
        """Nothing; everything was done, and nothing more can be."""
        self._pool.shutdown(wait=True)

    def _done(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._errors.put(str(error))
        finally:
            self._room.release()


def _lower_priority() -> None:
    """On Linux a thread has a priority of its own, and the training should not feel this one."""
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
