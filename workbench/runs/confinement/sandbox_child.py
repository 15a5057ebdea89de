"""The other side of `runs.confinement.sandbox`: the process that serves it, and the confined ones that do the work.

On Linux one process has imported what the task needs, looks at nothing itself and forks for every request; elsewhere
every request has a process of its own from the beginning. A confined process says what is in force before it
looks at a file, so that nothing in the file can change those words.
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
from typing import TYPE_CHECKING

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
READY = b"ready"
LACKS = b"lacks:"  # in its place, with the name of a module that is not installed
LONGEST_NAME = 200
REQUEST = b"?"  # begins every request: an empty packet would read like the end
LENGTH = 4  # bytes before the words about what is in force, and of the exit status at the end


def main() -> None:
    """What `sandbox` starts: arguments are the task, the limits, and how to serve."""
    task, limits, way, *files = sys.argv[1:]
    module, _, function = task.partition(":")
    try:
        work: Task = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        os.write(0 if way == "serve" else 1, LACKS + (error.name or "").encode())  # 0 is the socket, both ways
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


def _once(work: Task, limits: Limits, files: Sequence[int | str]) -> None:
    """One request from standard input, answered on standard output."""
    request = sys.stdin.buffer.read()
    numbers = [file for file in files if isinstance(file, int)]
    _answer(work, request, limits, 1, _renumbered(numbers) if numbers else files)


def _answer(work: Task, request: bytes, limits: Limits, reply: int, files: Sequence[int | str]) -> None:
    numbers = [number for number in files if isinstance(number, int)]
    said = json.dumps(confine(limits, numbers)).encode()
    _write(reply, len(said).to_bytes(LENGTH, "little") + said)
    try:
        data = b"+" + work(request, files)
    except Exception as error:  # a task foresees what files can do; this is for whoever reads the log
        data = b"-" + f"{type(error).__name__}: {error}".encode("utf-8", "replace")[:400]
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
        self.control.send(READY)
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
                    os.write(messages, code.to_bytes(LENGTH, "little", signed=True))
                os.close(messages)
                del self.running[process]

    def _take_request(self) -> bool:
        import socket

        request, numbers, _flags, _address = socket.recv_fds(self.control, LARGEST_REQUEST + len(REQUEST), 8)
        if not numbers:
            return False
        process = os.fork()
        if not process:
            self._become_confined(request.removeprefix(REQUEST), numbers)
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
