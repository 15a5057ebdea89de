"""The training process, `python -m workbench.training.child`: started and watched by `training.host`.

One JSON line {"path", "spec", "root", "download"} on standard input begins it, without a spec it goes on with the
run at the path; one JSON event per line comes on standard output and nothing else. A line "stop" ends it at the next
event with a finished file. The end of the input does so too, but the file stays unfinished: whoever asked for the
training is gone, and it can be resumed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from workbench.runs.saying import in_words
from workbench.training.background import lower_priority
from workbench.training.resuming import resume
from workbench.training.wire import Failed, Request, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from io import FileIO

    from workbench.training.events import Event

NICENESS = 10  # the window keeps its frame rate beside a training on all cores
LAST_CHANCE = 60.0  # seconds an orphan may take to close its file; a file that is not closed is as readable


def main() -> int:
    """Run the training that standard input asks for; 0 if it finished or was stopped, 1 if it failed."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # torch reads it when it is imported
    lower_priority(NICENESS, os.getpid())
    events = _events_only_stream()
    stop, orphaned = threading.Event(), threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent to handle
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    # Unbuffered: a daemon thread inside a buffered reader would abort the interpreter when it ends.
    commands = os.fdopen(os.dup(0), "rb", buffering=0)
    first_line = commands.readline()
    threading.Thread(target=_listen, args=(commands, stop, orphaned), daemon=True).start()
    try:
        request = msgspec.json.decode(first_line, type=Request)
        _run(request, events, stop.is_set, orphaned.is_set)
    except (BrokenPipeError, ParentGone):
        return 1  # the file was closed on the way here
    except Exception as error:
        with contextlib.suppress(BrokenPipeError):
            _tell(events, Failed(_one_sentence(error), _details(error)))
        return 1
    return 0


class ParentGone(Exception):
    """Whoever asked for the training is gone."""


def _run(
    request: Request, events: BinaryIO, should_stop: Callable[[], bool], orphaned: Callable[[], bool]
) -> None:
    recorded = _recorded(request, should_stop)
    try:
        for event in recorded:
            _tell(events, event)
            if orphaned():
                raise ParentGone
    except BaseException as error:
        recorded.throw(error)  # not closed, which would finish the run


def _recorded(request: Request, should_stop: Callable[[], bool]) -> Generator[Event, None, None]:
    if request.spec is None:
        return resume(request.path, request.root, request.download, should_stop)
    from workbench.training.loop import train  # imports torch
    from workbench.training.recording import record

    return record(request.path, train(request.spec, request.root, request.download, should_stop), should_stop)


def _tell(events: BinaryIO, event: Event | Failed) -> None:
    events.write(encode(event))
    events.flush()


def _events_only_stream() -> BinaryIO:
    """Standard output for the events alone: whatever a library prints goes to standard error."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private


def _listen(commands: FileIO, stop: threading.Event, orphaned: threading.Event) -> None:
    for line in commands:
        if line.strip() == b"stop":
            stop.set()
    if not stop.is_set():
        orphaned.set()
    # Nobody is left who could kill this process if it hangs in the driver or on a dead disk.
    watchdog = threading.Timer(LAST_CHANCE, os._exit, (1,))
    watchdog.daemon = True
    watchdog.start()


def _one_sentence(error: Exception) -> str:
    lines = in_words(error).splitlines()
    known = isinstance(error, (ValueError, OSError, ImportError)) or type(error).__module__.startswith("workbench.")
    return lines[0] if known else f"{type(error).__name__}: {lines[0]}"


def _details(error: Exception) -> str:
    own = getattr(error, "details", "")
    return f"{''.join(traceback.format_exception(error))}{own}"


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # the file is closed and the events are out; torch would take its time to leave
