"""A training in a process of its own, seen as a generator of events (without torch, without Qt)."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections import deque
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from workbench.runs import children
from workbench.runs.children import PIPE, TimeoutExpired
from workbench.runs.counted import counted
from workbench.runs.recorder import finish
from workbench.runs.run import open_run
from workbench.training.events import Event, Finished, Heartbeat, TrainingError
from workbench.training.wire import Failed, Request, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from workbench.runs.spec import RunSpec

HEARTBEAT = 0.2  # seconds: the longest time without an event
GRACE = 0.8  # seconds the process has to close its file and go
KEPT_OUTPUT = 200  # lines of standard error kept for the details of an error
CHILD = "workbench.training.child"


def host(
    spec: RunSpec,
    path: str | Path,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[Event]:
    """The events of training `spec` into the run file `path`, without arrays; at least one every 0.2 s.

    The training runs in a child process. When `should_stop()` becomes true or the generator is closed, it is
    asked to stop, killed if that takes longer than 0.8 s, and the run is finished either way. A TrainingError
    says in one sentence what went wrong, also when the process died; its `details` hold the traceback and the
    last output, and the run is left unfinished: it can be resumed. FileExistsError: a run is never overwritten.
    """
    target = Path(path)
    if target.exists():
        raise FileExistsError(f"{target} exists already and is never overwritten: choose another name")
    yield from _hosted(Request(str(target), spec, _text(root), download), should_stop)


def host_rest(
    path: str | Path,
    root: str | Path | None = None,
    download: bool = False,
    should_stop: Callable[[], bool] | None = None,
) -> Generator[Event, None, None]:
    """As `host`, for the rest of the interrupted training of the run at `path`."""
    yield from _hosted(Request(str(path), None, _text(root), download), should_stop)


def _text(path: str | Path | None) -> str | None:
    return None if path is None else str(path)


def _hosted(request: Request, should_stop: Callable[[], bool] | None) -> Iterator[Event]:
    child, target = _Child(request), Path(request.path)
    try:
        yield from _watched(child, target, should_stop or (lambda: False))
    finally:
        _closed(child, target)


def _watched(child: _Child, target: Path, should_stop: Callable[[], bool]) -> Iterator[Event]:
    for event in child.events():
        if isinstance(event, Failed):
            raise TrainingError(event.message, event.details)
        yield event
        if isinstance(event, Finished):
            return
        if should_stop():
            child.ask_to_stop()
    if child.asked_to_stop:
        yield Finished(str(target), _closed(child, target), "stopped")
        return
    child.file_is_settled = True  # it died by itself: what it left can be resumed
    snapshots = _closed(child, target)
    kept = f"the run so far is at {target} with {counted(snapshots, 'snapshot')}; its training can be resumed"
    kept = kept if snapshots else "nothing was kept"
    raise TrainingError(f"the training process {_cause(child.exit_code)}; {kept}", child.last_output())


def _closed(child: _Child, target: Path) -> int:
    """The number of snapshots in the file of the child, which is gone; finished, where it was asked to stop."""
    child.end()
    if not child.began or not target.exists():
        return 0
    if child.asked_to_stop and not child.file_is_settled:
        finish(target)
        child.file_is_settled = True
    with open_run(target) as run:
        return run.snapshots


def _cause(code: int) -> str:
    if code >= 0:
        return f"ended unexpectedly with exit status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    memory = ", perhaps because the system ran out of memory" if name == "SIGKILL" else ""
    return f"was killed by {name}{memory}"


class _Child:
    """The process, the two threads that read its pipes, and its orderly end."""

    def __init__(self, request: Request) -> None:
        self._process = children.start_module(
            CHILD, flags=("-X", "faulthandler"), low_priority=True, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._output: deque[bytes] = deque(maxlen=KEPT_OUTPUT)
        self._deadline = float("inf")
        self.began = False  # it has made its run file
        self.file_is_settled = False
        self._readers = (
            threading.Thread(target=self._read_events, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_output, args=(self._process.stderr,), daemon=True),
        )
        for reader in self._readers:
            reader.start()
        self._send(msgspec.json.encode(request))

    @property
    def asked_to_stop(self) -> bool:
        return self._deadline < float("inf")

    @property
    def exit_code(self) -> int:
        return self._process.wait()

    def events(self) -> Iterator[Event | Failed]:
        """What the process says until it ends, heartbeats between; killed if it outstays a stop."""
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, min(HEARTBEAT, self._deadline - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= self._deadline:
                    self._process.kill()
                    return
                yield Heartbeat()
                continue
            if line is None:
                return
            yield decode(line)

    def ask_to_stop(self) -> None:
        if not self.asked_to_stop:
            self._deadline = time.monotonic() + GRACE
            self._send(b"stop")

    def end(self) -> None:
        """The process is gone and nothing of it is left; safe to call again."""
        if self._process.poll() is None:
            self.ask_to_stop()
            try:
                self._process.wait(max(0.0, self._deadline - time.monotonic()))
            except TimeoutExpired:
                self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def last_output(self) -> str:
        return b"".join(self._output).decode(errors="replace")

    def _send(self, line: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone; the end of its events says so
            stdin.write(line + b"\n")
            stdin.flush()

    def _read_events(self, pipe: IO[bytes]) -> None:
        for line in pipe:
            self.began = self.began or line.startswith(b'{"event":"started"')
            self.file_is_settled = line.startswith((b'{"event":"finished"', b'{"event":"failed"'))
            self._lines.put(line)
        self._lines.put(None)

    def _read_output(self, pipe: IO[bytes]) -> None:
        while line := pipe.readline(4096):
            self._output.append(line)
