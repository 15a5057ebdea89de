"""Read a file from someone else in a process that can do nothing else; it returns only data.

A `Sandbox` is made for one task, a function "package.module:name" of ours with the signature

    def task(request: bytes, files: Sequence[int | str]) -> bytes

that gets the descriptors of the files (paths on Windows) and returns its answer. The module imports all it needs at its
top: inside, nothing can be imported any more. `confinement` says what such a process may not do.

What is said comes in the same frames as with every other child, but `LineHost` cannot host these processes: a request
goes with open files through a socket to one that forks, the answer comes through a pipe of its own, and the exit
status, which the confined process must not be able to forge, through another.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from io import FileIO
from typing import TYPE_CHECKING, Any

from workbench.runs.confinement.children import (
    DEVNULL,
    LOOK,
    PIPE,
    STOPPED,
    ChildStopped,
    TimeoutExpired,
    end,
    is_stopped,
    output_of,
    signal_name,
    start_code,
)
from workbench.runs.confinement.framing import Frame, fields_of, whole_frames
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox_child import LARGEST_PACKET, LARGEST_REQUEST, LATE, STOP, said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import socket

    from workbench.runs.confinement.children import Process
    from workbench.runs.files.descriptor import Descriptor

CHILD = "from workbench.runs.confinement.sandbox_child import main; main()"
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "LANG", "LC_ALL")
VARIABLES = {
    "HDF5_PLUGIN_PRELOAD": "::",  # no plug-ins
    "HDF5_PLUGIN_PATH": os.devnull,
    "HDF5_USE_FILE_LOCKING": "FALSE",
    "OPENBLAS_NUM_THREADS": "1",  # a process with one thread can be forked
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
GRACE = 1.5  # seconds beyond the limit after which an answer is given up
LEAVING = 2.0  # seconds a process has to go by itself
STARTING = 60.0  # seconds until it has imported everything, on a very busy machine
READ_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What a task returned, and what was in force while it worked."""

    data: bytes
    protections: tuple[str, ...]


class SandboxError(Exception):
    """Why there is no answer, in words that follow "the process that looked into the file"."""

    def __init__(
        self, problem: str, protections: tuple[str, ...] = (), worked: bool = True, late: bool = False
    ) -> None:
        super().__init__(problem)
        self.problem, self.protections = problem, protections
        self.worked = worked  # whether it began at all: else the file is not to blame
        self.late = late  # whether it took too long: perhaps only because the computer is busy


class Sandbox:
    """Confined processes for one task; may be used from any thread.

    With `forking` (Linux) one process is kept that forks, which takes milliseconds; else each request starts one.
    """

    def __init__(
        self, task: str, limits: Limits | None = None, most: int = 32 << 20, forking: bool = sys.platform == "linux"
    ) -> None:
        self.task, self.limits, self.most, self.forking = task, limits or Limits(), most, forking
        self._lock = threading.RLock()
        self._server: tuple[Process, socket] | None = None
        self._ready = False
        if forking:
            os.register_at_fork(after_in_child=self._forget)
            atexit.register(self.close)

    def start(self) -> None:
        """Start to prepare the first request. The first `ask` says whether it works."""
        if self.forking:
            with self._lock, suppress(OSError):
                self._started()

    def ask(self, request: bytes = b"", *files: Descriptor) -> Answer:
        """What the task returns for `request` (at most 64 kB) and these open files.

        SandboxError says why it returns nothing. ModuleNotFoundError: it needs a package that is not installed.
        """
        if len(request) > LARGEST_REQUEST:
            raise ValueError(f"a request of {len(request)} bytes; {LARGEST_REQUEST} are allowed")
        try:
            return self._ask_server(request, files) if self.forking else self._ask_one(request, files)
        except OSError as error:
            raise SandboxError(f"could not be started ({error.strerror or error})", worked=False) from error

    def close(self) -> None:
        """End the process. The next request starts a new one."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            process, control = server
            control.close()  # it goes by itself
            end(process, LEAVING)

    def _forget(self) -> None:
        """In a fork of this process: the server is the parent's."""
        self._lock = threading.RLock()
        if self._server is not None:
            process, control = self._server
            control.close()
            process.returncode = 0  # not a child of this process
            self._server = None

    # --- one process that forks ---

    def _started(self) -> tuple[Process, socket]:
        import socket

        if self._server is not None and self._server[0].poll() is None:
            return self._server
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = self._process("serve", stdin=theirs, stdout=DEVNULL)
        self._server, self._ready = (process, ours), False
        return self._server

    @property
    def server(self) -> Process | None:
        """The process that answers, where one is kept."""
        return None if self._server is None else self._server[0]

    def _ask_server(self, request: bytes, files: Sequence[Descriptor]) -> Answer:
        for _attempt in range(2):  # it may have gone just now, because it was idle, or be stopped
            with ExitStack() as opened:
                numbers = [opened.enter_context(file.borrowed()) for file in files]
                process, control, *streams = self._send(request, numbers)
            deadline = time.monotonic() + self.limits.wall + GRACE
            with streams[1] as messages:
                with streams[0] as reply:  # closed at once: who writes too much learns that nobody reads
                    answer = self._read(process, reply.fileno(), deadline)
                ended = self._read(process, messages.fileno(), deadline)
            for frame in whole_frames(ended):
                return self.answer_in(answer, int(json.loads(frame.line)["exit"]))
            with self._lock:
                if self._server is not None and self._server[1] is control:  # and not another one's by now
                    self.close()
            if time.monotonic() >= deadline:  # not even the server answered
                return self.answer_in(answer, LATE)
        raise SandboxError("ended without an answer", worked=False)

    def _send(self, request: bytes, numbers: Sequence[int]) -> tuple[Process, socket, FileIO, FileIO]:
        """The server that was asked, where the reply comes, and where its process's exit status comes."""
        import socket

        reply, reply_end = os.pipe()
        messages, told_end = os.pipe()
        try:
            with self._lock:
                process, control = self._started()
                self._wait_until_ready(process, control)
                with suppress(ConnectionError):  # it has gone: both ends are closed, and nothing comes
                    socket.send_fds(control, [said(request)], [told_end, reply_end, *numbers])
        except BaseException:
            os.close(reply)
            os.close(messages)
            raise
        finally:
            os.close(reply_end)
            os.close(told_end)
        return process, control, FileIO(reply), FileIO(messages)

    def _wait_until_ready(self, process: Process, control: socket) -> None:
        if not self._ready:
            there = _readable(process, control.fileno(), time.monotonic() + STARTING)
            first = control.recv(LARGEST_PACKET) if there else b""
            self._ready = first == said(ready=True)
            if not self._ready:
                self.close()
                _check_modules(first)
                raise SandboxError("could not be started", worked=False)

    def _read(self, process: Process, number: int, deadline: float) -> bytes:
        """All that comes; what came until then when it takes too long, is too much or the server is stopped."""
        parts: list[bytes] = []
        size = 0
        while size <= self.most and _readable(process, number, deadline):
            part = os.read(number, READ_AT_ONCE)
            if not part:
                break
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    # --- one process for every request ---

    def _ask_one(self, request: bytes, files: Sequence[Descriptor]) -> Answer:
        with ExitStack() as borrowed:
            numbers = [borrowed.enter_context(file.borrowed()) for file in files]
            names = [file.path for file in files] if os.name == "nt" else [str(number) for number in numbers]
            handed = {} if os.name == "nt" else {"pass_fds": numbers}
            process = self._process("once", *names, stdin=PIPE, stdout=PIPE, **handed)
            try:
                answer, _ = output_of(process, self.limits.wall + GRACE, said(request))
                code = process.returncode
            except ChildStopped as stopped:
                answer, code = stopped.output or b"", STOP
            except TimeoutExpired as late:
                answer, code = late.output or b"", LATE
        _check_modules(answer)
        return self.answer_in(answer, code)

    # --- both ---

    def _process(self, way: str, *names: str, **options: Any) -> Process:
        limits = json.dumps(asdict(self.limits))
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        where = os.path.dirname(sys.executable)
        alone: dict[str, Any] = {"stderr": DEVNULL, "env": {**kept, **VARIABLES}, "cwd": where}
        return start_code(CHILD, self.task, limits, way, *names, flags=("-S",), **alone, **options)

    def answer_in(self, answer: bytes, code: int) -> Answer:
        first, second, *_ = [*whole_frames(answer, self.most), Frame(b""), Frame(b"")]
        protections = _protections(first.line)
        if len(answer) > self.most:
            raise SandboxError("sent too much data", protections)
        if code != 0:
            ended = _how_it_ended(code, self.limits)
            worked = bool(protections) and code != STOP  # of which the file is not the cause
            raise SandboxError(ended, protections, worked=worked, late=code == LATE)
        if not fields_of(second.line).get("done"):
            raise SandboxError(f"failed ({second.payload.decode('utf-8', 'replace')})", protections)
        return Answer(second.payload, protections)


def _check_modules(answer: bytes) -> None:
    """Raise ModuleNotFoundError where the process says first of all that it lacks a module of somebody else's."""
    name = fields_of(answer[:LARGEST_PACKET].partition(b"\n")[0]).get("lacks")
    if isinstance(name, str):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _readable(process: Process, number: int, deadline: float) -> bool:
    """Whether something, or the end, can be read before the deadline, and before the process is stopped."""
    poll = select.poll()
    poll.register(number, select.POLLIN | select.POLLHUP)
    while not poll.poll(min(max(deadline - time.monotonic(), 0.0), LOOK) * 1000):
        if time.monotonic() >= deadline or is_stopped(process):
            return False
    return True


def _protections(line: bytes) -> tuple[str, ...]:
    """What is in force, as the first line of an answer says."""
    words = fields_of(line).get("in_force")
    sound = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return tuple(words) if sound and words else ()


def _how_it_ended(code: int, limits: Limits) -> str:
    if code == STOP:
        return STOPPED
    if code == LATE:
        return f"gave no answer within {limits.wall:g} s"
    if code < 0:
        name = signal_name(-code)
        return f"needed more than {limits.processor} s of CPU time" if name == "SIGXCPU" else f"died ({name})"
    return f"ended with status {code}"
