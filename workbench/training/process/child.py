"""The training process, `python -m workbench.training.process.child`: started and watched by `training.process.host`.

A line {"path", "spec", "root", "download"} on standard input begins it, without a spec it goes on with the run at the
path; events come on standard output and nothing else, with a heartbeat at least every quarter of a second as long as
the process is alive. A line {"stop": true} ends it with a snapshot where it is, in a finished file; a line {"new_name"}
names the file in which a run goes on that was moved or replaced. The end of the input ends it too, but the file stays
unfinished: the process that started the training is gone, and it can be resumed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from workbench.runs.confinement.framing import framed, frames, private_output
from workbench.runs.saying import in_words
from workbench.training.background import lower_priority
from workbench.training.events import Finished, Heartbeat, Paused, Saving
from workbench.training.process.wire import Failed, Request, Wish, encode
from workbench.training.resuming import resume

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from workbench.runs.confinement.framing import Frame
    from workbench.training.events import Event

NICENESS = 10  # the window keeps its frame rate beside a training on all cores
BEAT = 0.25  # seconds between two signs of life
LAST_CHANCE = 60.0  # seconds an orphan may take to close its file; a file that is not closed is as readable


def main() -> int:
    """Run the training that standard input asks for; 0 if it finished or was stopped, 1 if it failed."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # torch reads it when it is imported
    lower_priority(NICENESS, os.getpid())
    events, wishes = _Events(private_output()), _Wishes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent to handle
    signal.signal(signal.SIGTERM, lambda *_: wishes.stop.set())
    # Unbuffered: a daemon thread inside a buffered reader would abort the interpreter when it ends.
    commands = frames(os.fdopen(os.dup(0), "rb", buffering=0))
    first = next(commands, None)
    threading.Thread(target=_listen, args=(commands, wishes), daemon=True).start()
    threading.Thread(target=events.beat, daemon=True).start()
    try:
        request = msgspec.json.decode(first.line if first else b"", type=Request)
        _run(request, events, wishes)
    except (BrokenPipeError, ParentGone):
        return 1  # the file was closed on the way here
    except Exception as error:
        with contextlib.suppress(BrokenPipeError):
            events.tell(Failed(_one_sentence(error), _details(error)))
        return 1
    return 0


class ParentGone(Exception):
    """The process that started the training is gone."""


class _Wishes:
    """The requests to the training from the process that started it."""

    def __init__(self) -> None:
        self.stop, self.orphaned = threading.Event(), threading.Event()
        self._name: Path | None = None

    def go_on_as(self, path: Path) -> None:
        """Another name for the run is wanted."""
        self._name = path

    def new_name(self) -> Path | None:
        """The other name, once."""
        name, self._name = self._name, None
        return name


class _Events:
    """The stream of events, which two threads write."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()
        self._over = False

    def tell(self, event: Event | Failed) -> None:
        """Write one line; nothing comes after Finished or Failed."""
        line = framed(encode(event))
        with self._lock:
            if not self._over:
                self._stream.write(line)
                self._stream.flush()
            self._over = self._over or isinstance(event, Finished | Failed)

    def beat(self) -> None:
        """Write heartbeats until no one listens any more."""
        pause = threading.Event()
        with contextlib.suppress(BrokenPipeError):
            while not pause.wait(BEAT):
                self.tell(Heartbeat())


def _run(request: Request, events: _Events, wishes: _Wishes) -> None:
    recorded = _recorded(request, wishes)
    try:
        for event in recorded:
            if not isinstance(event, Paused | Saving):
                wishes.new_name()  # what was wanted before has no meaning any more
            events.tell(event)
            if wishes.orphaned.is_set():
                raise ParentGone
    except BaseException as error:
        recorded.throw(error)  # not closed, which would finish the run


def _recorded(request: Request, wishes: _Wishes) -> Generator[Event, None, None]:
    should_stop = wishes.stop.is_set
    if request.spec is None:
        return resume(request.path, request.root, request.download, should_stop, wishes.new_name)
    from workbench.training.loop.loop import train  # imports torch
    from workbench.training.recording import record_run

    events = train(request.spec, request.root, request.download, should_stop)
    return record_run(request.path, events, should_stop, wishes.new_name)


def _listen(commands: Iterator[Frame], wishes: _Wishes) -> None:
    for frame in commands:
        wish = msgspec.json.decode(frame.line, type=Wish)
        if wish.stop:
            wishes.stop.set()
        if wish.new_name is not None:
            wishes.go_on_as(Path(wish.new_name))
    if not wishes.stop.is_set():
        wishes.orphaned.set()
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
