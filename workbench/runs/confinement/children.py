"""The one place that starts processes. A child runs our code and nothing that merely lies in the working folder.

Each child is an isolated Python (`-I`): neither the working folder, nor `PYTHONPATH`, nor a `sitecustomize` beside it
counts. It imports from the places that this process imports from, without the working folder, which `python -m` or an
empty entry of `PYTHONPATH` may have put there. Ctrl-C and the end of the terminal reach this process alone, which ends
its children in an orderly way.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import IO, Any, TypeAlias

import workbench

__all__ = [
    "DEVNULL",
    "PIPE",
    "STOPPED",
    "ChildStopped",
    "Process",
    "TimeoutExpired",
    "end",
    "environment",
    "how_it_ended",
    "is_stopped",
    "output_of",
    "signal_name",
    "start_code",
    "start_module",
    "start_program",
]

Process: TypeAlias = "Popen[bytes]"

LOOK = 0.1  # seconds between two looks at whether a child is stopped
STOPPED = "was stopped by the system (SIGSTOP)"
CHILD = "--child"  # the first argument of a bundled program that runs the code in the second one
INSTALLED = ("site-packages", "dist-packages")
_FIND_MODULES = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1))\n"
_RUN_MODULE = "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)\n"


def start_module(module: str, *arguments: str, **options: Any) -> Process:
    """Start `module` as `python -m` would, with these arguments; `options` are those of `start_code`."""
    return start_code(_RUN_MODULE, module, *arguments, **options)


def start_code(
    code: str, *arguments: str, flags: tuple[str, ...] = (), low_priority: bool = False, **options: Any
) -> Process:
    """Start Python on `code`, a constant of ours, with these arguments.

    `flags` go to Python, `options` to `Popen`: without a word the child has no standard input, and `environment()`.
    `low_priority` counts on Windows, where a process cannot lower its own. OSError: it cannot be started.
    """
    if not sys.executable:
        raise FileNotFoundError(errno.ENOENT, "this program contains no Python interpreter to start")
    if sys.platform == "win32":
        lower = subprocess.BELOW_NORMAL_PRIORITY_CLASS if low_priority else 0
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | lower
    else:
        options["start_new_session"] = True
    given: dict[str, Any] = {"stdin": DEVNULL, "env": environment(), **options, "close_fds": True}
    python = [sys.executable, "-I", *_encoding(), *flags, "-c"]
    if getattr(sys, "frozen", False):  # a bundle, which is isolated from the system's modules as it is
        python = [sys.executable, CHILD]
    return Popen([*python, _FIND_MODULES + code, json.dumps(search_path()), *arguments], **given)


def start_program(path: str, *arguments: str, **options: Any) -> Process:
    """Start a program of the system by its path; `options` go to `Popen`, and it has no standard input."""
    given: dict[str, Any] = {"stdin": DEVNULL, "env": environment(), **options, "close_fds": True}
    return Popen([path, *arguments], **given)


class ChildStopped(TimeoutExpired):
    """A child will not answer, because somebody or the system has stopped it."""


def is_stopped(process: Process) -> bool:
    """Whether a child is alive but stopped: it says nothing until somebody continues it.

    Always False on Windows, which stops no process, and where the system cannot be asked without ending the wait for
    the child (macOS before Python 3.13).
    """
    if not hasattr(os, "waitid") or process.returncode is not None:
        return False
    try:
        return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # it is gone
        return False


def end(process: Process, grace: float) -> None:
    """Wait for the end of a child, and kill it after `grace` seconds, at once while it is stopped."""
    deadline = time.monotonic() + grace
    while process.poll() is None:
        if time.monotonic() >= deadline or is_stopped(process):
            process.kill()
            process.wait()
        else:
            with suppress(TimeoutExpired):
                process.wait(LOOK)


def signal_name(number: int) -> str:
    """The name of a signal: "SIGKILL"."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def how_it_ended(status: int) -> str:
    """How a child ended that should not have, in words that follow "the process"; `status` is its return code."""
    if status >= 0:
        return f"ended unexpectedly with exit status {status}"
    name = signal_name(-status)
    return f"was killed by {name}{', perhaps because the system ran out of memory' if name == 'SIGKILL' else ''}"


def output_of(process: Process, seconds: float, request: bytes | None = None) -> tuple[bytes, bytes]:
    """What a child writes until it ends, given `request` as its input.

    It is killed where it takes too long (TimeoutExpired), is stopped (ChildStopped) or this wait is interrupted.
    """
    deadline = time.monotonic() + seconds
    # Tried again after its time is over, `communicate` (Python 3.11) would not write the rest of the input.
    stdin, process.stdin = process.stdin, None
    feeding = threading.Thread(target=_feed, args=(stdin, request or b""), daemon=True)
    feeding.start()
    try:
        while True:
            try:
                return process.communicate(timeout=LOOK)
            except TimeoutExpired as late:
                if is_stopped(process):
                    raise ChildStopped(late.cmd, seconds, late.output, late.stderr) from None
                if time.monotonic() >= deadline:
                    raise
    except BaseException:
        process.kill()
        process.communicate()
        raise
    finally:
        feeding.join()  # the child has ended, so nothing keeps the pipe full


def _feed(stdin: IO[bytes] | None, request: bytes) -> None:
    """Write the request into the child's input, if it has one, and close it."""
    if stdin is not None:
        with suppress(OSError), stdin:  # a child need not read all of it; Windows calls that an invalid argument
            stdin.write(request)


def environment() -> dict[str, str]:
    """The environment of this process, in which the threads of a child do not spin."""
    return {**os.environ, "OMP_WAIT_POLICY": "passive"}


def search_path() -> list[str]:
    """Where a child finds its modules: as here, but never in the working folder."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(workbench.__file__)))
    places = [place for place in sys.path if os.path.isabs(place) and not _is_working_folder(place)]
    return places if ours in places else [*places, ours]


def _is_working_folder(place: str) -> bool:
    """Whether a place is the working folder, and not one of Python's own in which somebody happens to work."""
    if os.path.basename(place) in INSTALLED or place == os.path.dirname(os.__file__):
        return False
    try:
        return os.path.samefile(place, os.curdir)
    except OSError:  # one of the two is not there
        return False


def _encoding() -> list[str]:
    """What has a child write UTF-8, where its names of files stay the same."""
    return ["-X", "utf8"] if sys.getfilesystemencoding() == "utf-8" else []
