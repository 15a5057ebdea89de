"""A command of the workbench in a process of its own, seen as a generator of events. No Qt here."""

from __future__ import annotations

import contextlib
import queue
import shutil
import threading
import time
from typing import IO, TYPE_CHECKING

from workbench.figures.progress import Progress, Written, event_in
from workbench.runs.confinement.children import PIPE, end, is_stopped, start_module
from workbench.training.background import lower_priority

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from workbench.figures.progress import Event
    from workbench.runs.confinement.children import Process

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
    process = _started([*words, "--events"])
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    said: list[bytes] = []
    readers = (
        threading.Thread(target=_read_events, args=(process.stdout, lines), daemon=True),
        threading.Thread(target=_read_output, args=(process.stderr, said), daemon=True),
    )
    for reader in readers:
        reader.start()
    event: Event = Progress("starting", 0.0, None)
    try:
        yield event
        for newest in _events(process, lines, event):
            event = newest
            yield event
        process.wait()
        readers[1].join()
        if not isinstance(event, Written):
            raise CommandFailed(_cause(process.returncode, b"".join(said)))
    finally:
        _end(process, folder)
        for reader in readers:
            reader.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _started(words: Sequence[str]) -> Process:
    process = start_module("workbench", *words, low_priority=True, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    lower_priority(NICENESS, process.pid)
    return process


def _events(
    process: Process, lines: queue.SimpleQueue[bytes | None], event: Event
) -> Generator[Event, None, None]:
    since = time.monotonic()
    while True:
        try:
            line = lines.get(timeout=HEARTBEAT)
        except queue.Empty:
            yield _waited_for(event, time.monotonic() - since, is_stopped(process))
            continue
        if line is None:
            return
        event, since = event_in(line), time.monotonic()
        yield event


def _waited_for(event: Event, silence: float, stopped: bool) -> Event:
    """The newest event as it holds after so many seconds without another."""
    if not isinstance(event, Progress):
        return event
    return Progress(STOPPED, event.done, None) if stopped else event.after(silence)


def _read_events(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in pipe:
        lines.put(line)
    lines.put(None)


def _read_output(pipe: IO[bytes], said: list[bytes]) -> None:
    while piece := pipe.read1(4096):  # type: ignore[attr-defined]
        said.append(piece)


def _cause(status: int, said: bytes) -> str:
    """What the command said last, or how it died."""
    lines = [line for line in said.decode(errors="replace").splitlines() if line.startswith(PREFIX)]
    if lines:
        return lines[-1].removeprefix(PREFIX)
    how = f"ended unexpectedly with exit status {status}" if status >= 0 else f"was killed by signal {-status}"
    return f"the process that does this {how}; nothing was written"


def _end(process: Process, folder: Path) -> None:
    """The process is gone, and what it had begun to write."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()  # the end of its input: it gives up and clears away
    end(process, GRACE)
    for left in folder.glob(f".*.{process.pid}.part"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
