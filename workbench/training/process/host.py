"""A training in a process of its own, seen as a generator of events (without torch, without Qt)."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.runs.confinement.children import TimeoutExpired, how_it_ended, start_module
from workbench.runs.confinement.framing import FrameError
from workbench.runs.confinement.line_host import PIPES, LineHost
from workbench.runs.run import open_run
from workbench.runs.saying import counted
from workbench.runs.writing.recorder import finish
from workbench.training.events import Event, Finished, Heartbeat, Renamed, Saving, Silent, Started, TrainingError
from workbench.training.process.wire import Failed, Request, Wish, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from workbench.runs.confinement.framing import Frame
    from workbench.runs.spec import RunSpec

HEARTBEAT = 0.2  # seconds: the longest time without an event
SILENCE = 5.0  # seconds without a sign of life after which a training process is said not to answer
STARTING = 30.0  # the same while it loads torch and the data
GRACE = 2.0  # seconds without a sign of life that a process has once it was asked to stop
STOPPING = 20.0  # seconds in all that it has for its last snapshot
NO_ANSWER = "the training process does not respond (stopped by the system?); it continues after a SIGCONT"
CHILD = "workbench.training.process.child"


def host(
    spec: RunSpec,
    path: str | Path,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
    new_name: Callable[[], Path | None] | None = None,
) -> Iterator[Event]:
    """The events of training `spec` into the run file `path`, without arrays; at least one every 0.2 s.

    The training runs in a child process. When `should_stop()` becomes true or the generator is closed, it is asked to
    stop, which it does with a last snapshot. It is killed where it gives no sign of life for two seconds or takes
    longer than twenty (unless it saves a run that was moved), and the run is finished either way. Silent comes while
    it does not answer. While the run does not lie under its name, it goes on under what `new_name()` gives, if that is
    not None. A TrainingError says in one sentence what went wrong, also when the process died; its `details` hold the
    traceback and the last output, and the run is left unfinished: it can be resumed. FileExistsError: a run is never
    overwritten.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} already exists and is never overwritten: choose another name")
    yield from _hosted(Request(str(target), spec, _text(root), download), should_stop, new_name)


def host_rest(
    path: str | Path,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
    new_name: Callable[[], Path | None] | None = None,
) -> Generator[Event, None, None]:
    """As `host`, for the rest of the interrupted training of the run at `path`."""
    yield from _hosted(Request(str(path), None, _text(root), download), should_stop, new_name)


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)


def _hosted(
    request: Request, should_stop: Callable[[], bool] | None, new_name: Callable[[], Path | None] | None
) -> Iterator[Event]:
    child = _Child(request)
    try:
        yield from _watched(child, should_stop or (lambda: False), new_name or (lambda: None))
    finally:
        _closed(child)


def _watched(child: _Child, should_stop: Callable[[], bool], new_name: Callable[[], Path | None]) -> Iterator[Event]:
    for event in child.events():
        if isinstance(event, Failed):
            raise TrainingError(event.message, event.details)
        yield event
        if isinstance(event, Finished):
            return
        if should_stop():
            child.ask_to_stop()
        name = new_name()
        if name is not None:
            child.tell(Wish(new_name=str(name)))
    if child.asked_to_stop:
        yield Finished(str(child.path), _closed(child), "stopped")
        return
    child.died = True
    snapshots = _closed(child)
    remainder = f"the run so far is at {child.path} with {counted(snapshots, 'snapshot')}; its training can be resumed"
    remainder = remainder if snapshots else "nothing was stored"
    raise TrainingError(f"the training process {how_it_ended(child.exit_code)}; {remainder}", child.last_output())


def _closed(child: _Child) -> int:
    """The number of snapshots in the file of the child, which is gone; finished, where it was asked to stop.

    A file that was put in the place of the child's is left alone.
    """
    child.end()
    if child.settled or child.file is None or not child.path.exists():
        return 0
    status = child.path.lstat()
    if (status.st_dev, status.st_ino) != child.file:
        return 0
    if child.asked_to_stop and not child.died:
        finish(child.path, child.file)
    child.settled = True
    with open_run(child.path) as run:
        return run.snapshots


class _Child:
    """The process, what is known of its file, and its orderly end."""

    def __init__(self, request: Request) -> None:
        self.path = Path(request.path)
        self.file: tuple[int, int] | None = None  # device and inode of its run file, once it has made it
        self.died = False  # it ended without being asked to
        self.settled = False  # nothing is to be done to its file any more
        self._saving = False  # it copies a run that was moved, which may take long
        self._asked_at = float("inf")  # when it was asked to stop
        process = start_module(CHILD, flags=("-X", "faulthandler"), low_priority=True, **PIPES)
        self._host = LineHost(process, self._noted)
        self.tell(request)

    @property
    def asked_to_stop(self) -> bool:
        return self._asked_at < float("inf")

    @property
    def exit_code(self) -> int:
        return self._host.process.wait()

    def events(self) -> Iterator[Event | Failed]:
        """What the process says until it ends, heartbeats between; killed if it outstays a stop."""
        while not self._is_overdue():
            try:
                event = self._host.receive(HEARTBEAT)
            except EOFError:
                return
            except FrameError as error:
                raise TrainingError(f"the training process {error}", self.last_output()) from error
            if event is not None:
                yield event
                continue
            limit = STARTING if self.file is None else SILENCE
            yield Silent(NO_ANSWER) if time.monotonic() > self._host.heard + limit else Heartbeat()
        self._host.process.kill()

    def ask_to_stop(self) -> None:
        if not self.asked_to_stop:
            self._asked_at = time.monotonic()
            self.tell(Wish(stop=True))

    def tell(self, message: Request | Wish) -> None:
        self._host.send(msgspec.json.encode(message))

    def end(self) -> None:
        """The process is gone and nothing of it is left; safe to call again."""
        process = self._host.process
        if process.poll() is None:
            self.ask_to_stop()
        while process.poll() is None and not self._is_overdue():
            with contextlib.suppress(TimeoutExpired):
                process.wait(0.05)
        self._host.end()

    def _is_overdue(self) -> bool:
        """Whether it was asked to stop and takes too long for it."""
        now = time.monotonic()
        if not self.asked_to_stop:
            return False
        silent_since = max(self._host.heard, self._asked_at)
        return now > silent_since + GRACE or (now > self._asked_at + STOPPING and not self._saving)

    def last_output(self) -> str:
        return self._host.last_output()

    def _noted(self, frame: Frame) -> Event | Failed:
        """The event in a frame; what it says of the file is noted even where nobody follows the events any more."""
        event = decode(frame.line)
        if isinstance(event, Renamed):
            self.path = Path(event.path)
        if isinstance(event, Started | Renamed):
            self.file = event.file
        elif isinstance(event, Finished | Failed):
            self.settled = True
        self._saving = isinstance(event, Saving) or (self._saving and isinstance(event, Heartbeat))
        return event
