"""The other side of `runs.confinement.sandbox`: the process that serves it, and the confined ones that do the work.

On Linux one process has imported what the task needs, looks at nothing itself and forks for every request; elsewhere
every request has a process of its own from the beginning. What is said comes in frames: {} with the request behind it,
{"lacks"} with the name of a module that is not installed, {"ready"} of the process that forks, {"in_force"} with the
protections, {"done"} with the answer or a sentence behind it, and {"exit"} with the status of a fork. A confined
process says what is in force before it looks at a file, so that nothing in the file can change those words.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from workbench.runs.confinement.framing import framed, frames
from workbench.runs.confinement.restrictions import Limits, confine

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import Protocol

    class Task(Protocol):
        """What is done to the files: bytes in, bytes out; `files` are numbers of descriptors, or paths on Windows."""

        def __call__(self, request: bytes, files: Sequence[int | str]) -> bytes: ...


FIRST = 3  # the lowest descriptor that is not a standard stream: the reply; the files follow
LARGEST_REQUEST = 1 << 16
IDLE = 120.0  # seconds without a request after which the server goes; the next request starts another
LATE = -int(signal.SIGALRM) if hasattr(signal, "SIGALRM") else -14  # in place of an exit status
STOP = -int(signal.SIGSTOP) if hasattr(signal, "SIGSTOP") else -19  # the same of a process that was stopped
LARGEST_PACKET = LARGEST_REQUEST + 100  # with its line


def main() -> None:
    """What `sandbox` starts: arguments are the task, the limits, and how to serve."""
    task, limits, way, *files = sys.argv[1:]
    module, _, function = task.partition(":")
    try:
        work: Task = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        os.write(0 if way == "serve" else 1, said(lacks=error.name or ""))  # 0 is the socket, both ways
        return
    given = Limits(**json.loads(limits))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for whoever started this
    if way == "serve":
        import socket

        with socket.socket(fileno=0) as control:
            gc.freeze()  # forks share what is there already
            _Server(control, work, given).serve()
    else:
        _once(work, given, [int(name) if name.isdecimal() else name for name in files])


def said(content: bytes = b"", **fields: object) -> bytes:
    """A frame of these fields, with the content behind it."""
    return framed(json.dumps(fields).encode(), content)


def request_in(packet: bytes) -> bytes:
    """What a frame of the other side asks."""
    return next(frames(BytesIO(packet), LARGEST_REQUEST)).payload


def _once(work: Task, limits: Limits, files: Sequence[int | str]) -> None:
    """One request from standard input, answered on standard output."""
    request = request_in(sys.stdin.buffer.read())
    numbers = [file for file in files if isinstance(file, int)]
    _answer(work, request, limits, 1, _renumbered(numbers) if numbers else files)


def _answer(work: Task, request: bytes, limits: Limits, reply: int, files: Sequence[int | str]) -> None:
    numbers = [number for number in files if isinstance(number, int)]
    _write(reply, said(in_force=confine(limits, numbers)))
    try:
        data = said(work(request, files), done=True)
    except Exception as error:  # a task foresees what files can do; this is for whoever reads the log
        data = said(f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:400], done=False)
    _write(reply, data)


def _write(number: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


class _Server:
    """Forks a confined process for every request, and ends those that are late."""

    def __init__(self, control: socket.socket, work: Task, limits: Limits) -> None:
        self.control, self.work, self.limits = control, work, limits
        self.running: dict[int, tuple[int, float]] = {}  # process -> where its end is told, when it has to end
        self.woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until whoever started this has gone, or nothing was asked for a while."""
        self.control.send(said(ready=True))
        while True:
            ready = select.select([self.control.fileno(), self.woken], [], [], self._patience())[0]
            if self.woken in ready:
                os.read(self.woken, 4096)
            self._reap()
            if self.control.fileno() in ready and not self._take_request():
                break
            if not ready and not self.running:
                break
        for process in self.running:
            os.kill(process, signal.SIGKILL)

    def _patience(self) -> float:
        if not self.running:
            return IDLE
        return max(0.0, min(end for _, end in self.running.values()) - time.monotonic())

    def _reap(self) -> None:
        now = time.monotonic()
        for process, (messages, end) in list(self.running.items()):
            gone, status = os.waitpid(process, os.WNOHANG | os.WUNTRACED)
            stopped, late = bool(gone) and os.WIFSTOPPED(status), not gone and end <= now
            if stopped or late:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
            if gone or late:
                code = STOP if stopped else LATE if late else os.waitstatus_to_exitcode(status)
                with suppress(BrokenPipeError):  # nobody waits for it any more
                    os.write(messages, said(exit=code))
                os.close(messages)
                del self.running[process]

    def _take_request(self) -> bool:
        import socket

        packet, numbers, _flags, _address = socket.recv_fds(self.control, LARGEST_PACKET, 8)
        if not numbers:
            return False
        process = os.fork()
        if not process:
            self._become_confined(request_in(packet), numbers)
        messages, *others = numbers
        for number in others:
            os.close(number)
        self.running[process] = messages, time.monotonic() + self.limits.wall
        return True

    def _become_confined(self, request: bytes, numbers: Sequence[int]) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            reply, *files = _renumbered(numbers[1:])
            _answer(self.work, request, self.limits, reply, files)
            status = 0
        finally:
            os._exit(status)


def _renumbered(numbers: Sequence[int]) -> list[int]:
    """The same open files under the numbers 3, 4, …; every other one is closed."""
    import fcntl

    beyond = max(numbers) + FIRST + len(numbers)
    copies = [fcntl.fcntl(number, fcntl.F_DUPFD, beyond) for number in numbers]
    os.closerange(FIRST, beyond)
    for place, copy in enumerate(copies, FIRST):
        os.dup2(copy, place)
    os.closerange(FIRST + len(numbers), max(copies) + 1)
    return list(range(FIRST, FIRST + len(numbers)))
