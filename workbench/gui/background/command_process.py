"""A command of the workbench in a process of its own, seen as a generator of events. No Qt here."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from workbench.figures.progress import Progress, Written, event_in
from workbench.runs.confinement.children import how_it_ended, start_module
from workbench.runs.confinement.framing import FrameError
from workbench.runs.confinement.line_host import PIPES, LineHost
from workbench.training.background import lower_priority

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from workbench.figures.progress import Event

HEARTBEAT = 0.2  # seconds: the longest time without an event
GRACE = 3.0  # seconds the process has to clear away what is half written
NICENESS = 10  # the window keeps its frame rate beside it
STOPPED = "stopped by the system (SIGSTOP); it continues after a SIGCONT"
PREFIX = "workbench: "  # of the one line in which a command says what went wrong


class CommandFailed(RuntimeError):
    """What the command said went wrong, or how its process died."""


def run_command(words: Sequence[str], folder: Path) -> Generator[Event, None, None]:
    """The events of `workbench WORDS --events`, the newest again where nothing happens for 0.2 s.

    While the process is stopped they say so.
    Closing the generator stops the process; `folder` is where it writes, and nothing half written stays there.
    CommandFailed: what the command says went wrong, or that it died.
    """
    process = start_module("workbench", *words, "--events", low_priority=True, **PIPES)
    lower_priority(NICENESS, process.pid)
    host = LineHost(process, lambda frame: event_in(frame.line))
    event: Event = Progress("starting", 0.0, None)
    try:
        yield event
        for newest in _events(host, event):
            event = newest
            yield event
        process.wait()
    finally:
        status = host.end(GRACE)  # the end of its input: it gives up and clears away
        _clear(folder, process.pid)
    if not isinstance(event, Written):
        raise CommandFailed(_cause(status, host.last_output()))


def _events(host: LineHost[Event], event: Event) -> Generator[Event, None, None]:
    while True:
        try:
            newest = host.receive(HEARTBEAT)
        except EOFError:
            return
        except FrameError as error:
            raise CommandFailed(f"the process that does this {error}") from error
        if newest is None:
            yield _waited_for(event, time.monotonic() - host.heard, host.is_stopped)
        else:
            event = newest
            yield event


def _waited_for(event: Event, silence: float, stopped: bool) -> Event:
    """The newest event as it holds after so many seconds without another."""
    if not isinstance(event, Progress):
        return event
    return Progress(STOPPED, event.done, None) if stopped else event.after(silence)


def _cause(status: int, output: str) -> str:
    """What the command said last, or how it died."""
    lines = [line for line in output.splitlines() if line.startswith(PREFIX)]
    if lines:
        return lines[-1].removeprefix(PREFIX)
    return f"the process that does this {how_it_ended(status)}; nothing was written"


def _clear(folder: Path, number: int) -> None:
    """Remove what the process of this number had begun to write."""
    for left in folder.glob(f".*.{number}.part"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
