"""One thread that writes while the training goes on, and the priority of work that can wait."""

from __future__ import annotations

import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
IN_FLIGHT = 2  # snapshots in memory besides the network; a training that keeps them faster than the disk waits
NICENESS = 10


def lower_priority(niceness: int, process: int | None = None) -> None:
    """Let others go first: raise the niceness of the calling thread, or of a child process, to at least this value.

    Never lowers it, which an ordinary user may not do, and never fails: the priority decides only how soon work is
    done. On Linux each thread has its own, and the threads it starts inherit it; elsewhere a thread is left as it is.
    """
    if not hasattr(os, "setpriority") or (process is None and not sys.platform.startswith("linux")):
        return
    target = threading.get_native_id() if process is None else process
    try:
        if os.getpriority(os.PRIO_PROCESS, target) < niceness:
            os.setpriority(os.PRIO_PROCESS, target, niceness)
    except OSError as error:  # the process has ended, or a sandbox forbids it
        logger.info("the priority of process %d stays as it is: %s", target, in_words(error))


class Background:
    """Does things one after another on a thread of low priority; what went wrong is asked for with `errors`."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="recorder", initializer=partial(lower_priority, NICENESS))
        self._room = threading.Semaphore(IN_FLIGHT)
        self._errors: SimpleQueue[str] = SimpleQueue()

    def do(self, work: Callable[[], None]) -> None:
        """Have `work` done later. Waits while too much is under way."""
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
        """Wait until everything is done. Nothing more can be given to it."""
        self._pool.shutdown(wait=True)

    def _done(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self._errors.put(in_words(error))
        finally:
            self._room.release()
