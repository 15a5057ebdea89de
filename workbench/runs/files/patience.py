"""Work that may wait for a disk or a server, done so that whoever waits can give up."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from workbench.runs.errors import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Answer = TypeVar("Answer")

LOOK = 0.05  # seconds between two chances to give up
PATIENCE = 120.0  # seconds: a file takes at most some ten, also on a busy machine


def patiently(work: Callable[[], Answer], what: object, seconds: float = PATIENCE) -> Generator[None, None, Answer]:
    """Do `work` on a thread of its own and return its answer, or raise its error; `yield from` this.

    It yields None again and again meanwhile. When the generator is closed, or TimeoutError is raised because `what`
    does not answer within `seconds`, the thread is left to itself: a system that hangs holds up nothing else.
    """
    answers: list[Answer] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # raised again by whoever waits
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name="patiently", daemon=True).start()
    end = time.monotonic() + seconds
    while not done.wait(LOOK):
        if time.monotonic() > end:
            raise TimeoutError(f"{shown(str(what))} does not answer within {seconds:g} s; check the disk it is on.")
        yield
    if errors:
        raise errors[0]
    return answers[0]
