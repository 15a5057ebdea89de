"""Child processes that begin as forks of one that has loaded what takes long to load: only Linux can adopt them.

A child is a process of its own in every other respect, and a child of the process that asked for it.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
from threading import Lock
from typing import Any

MODULES = (
    "workbench.training.process.child", "workbench.figures.process.child", "workbench.trials", "workbench",
    "workbench.experiments.worker", "workbench.reports.process.child",
)  # fmt: skip
CHILD_SUBREAPER = 36  # prctl: orphans among the descendants become children of this process
SERVER = """
import faulthandler, importlib, json, os, socket, sys

def next_request(server):
    "In a child of its own: the words, environment and folder of what is to run, its streams in place."
    while True:
        message, streams, _, _ = socket.recv_fds(server, 1 << 20, 3)
        if not message:
            os._exit(0)
        reading, writing = os.pipe()
        between = os.fork()
        if not between:
            if child := os.fork():
                os.write(writing, b"%d" % child)
                os._exit(0)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.closerange(3, 4 + max(*streams, reading, writing, server.fileno()))
            server.detach()
            os.setsid()
            return json.loads(message)
        for each in (writing, *streams):
            os.close(each)
        pid = os.read(reading, 20)
        os.close(reading)
        os.waitpid(between, 0)
        server.send(pid)

own, (sys.path[:], names) = sys.path[:], json.loads(sys.argv.pop())
for name in names:
    importlib.import_module(name)
sys.path[:] = own
code, sys.argv[1:], environment, folder = next_request(socket.socket(fileno=int(sys.argv.pop())))
os.environ.clear()
os.environ.update(environment)
os.chdir(folder)
sys.stdin = sys.__stdin__ = open(0, errors="surrogateescape", closefd=False)
sys.stdout = sys.__stdout__ = open(1, "w", errors="surrogateescape", closefd=False)
sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)
faulthandler.enable()
exec(code, {"__name__": "__main__"})
"""
LOADED = (
    "h5py", "msgspec", "networkx", "numba", "scipy.special", "torch", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_pdf", "matplotlib.backends.backend_svg",
    "PIL.Image", "PIL.PngImagePlugin", "fontTools.subset", "av",
    "torch._dynamo",  # the first optimiser loads it: two seconds
    "workbench.cli.moving.animating", "workbench.films.animation", "workbench.reports.writing",
    "workbench.evaluation.questions", "workbench.training.resuming",
)  # fmt: skip
_PLACES = "import json, runpy, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
_WAYS = {
    "-c": _PLACES + "exec(sys.argv.pop(1))",
    "-m": _PLACES + "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)",
    "": _PLACES + "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')",
}
commands: dict[int, tuple[str, ...]] = {}  # of the children: what would stand on their command line
_server: list[socket.socket] = []
_lock = Lock()


class WarmPopen(subprocess.Popen[Any]):
    """Popen of `python … -c code …`, where the Python is a fork of the server."""

    def _execute_child(self, args: list[str], *others: Any) -> None:
        cwd, env, streams = others[4], others[5], others[9:15]  # as CPython gives them
        at = args.index("-c") + 1
        request = (args[at], args[at + 1 :], dict(os.environ if env is None else env), str(cwd or os.getcwd()))
        try:
            given = [other if fd == -1 else fd for other, fd in enumerate((streams[0], streams[3], streams[5]))]
            self.pid = _forked(json.dumps(request).encode(), given)
            self._child_created = True
            commands[self.pid] = tuple(args)
        finally:
            self._close_pipe_fds(*streams)  # type: ignore[attr-defined]


def popen(args: list[str], **options: Any) -> subprocess.Popen[Any]:
    """Popen, where a Python that runs one of MODULES comes from the server."""
    warm = sys.platform == "linux" and _is_ours(args)
    return (WarmPopen if warm else subprocess.Popen)(args, **options)


def run_python(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """What `python WORDS` printed, with its exit status; see `start_python`."""
    with start_python(*words, **options) as process:
        printed, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, printed, errors)


def start_python(*words: str, **options: Any) -> subprocess.Popen[str]:
    """A running `python WORDS` in a session of its own; `words` begin with -c, -m or the path of a script."""
    way, rest = (words[0], words[1:]) if words[0] in _WAYS else ("", words)
    command = [sys.executable, "-c", _WAYS[way], json.dumps(sys.path), *rest]
    start = WarmPopen if sys.platform == "linux" else subprocess.Popen
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return start(command, text=True, start_new_session=True, **given)


def _is_ours(args: list[str]) -> bool:
    if "-c" not in args:
        return False
    code, _, module, word = [*args[args.index("-c") + 1 :], "", "", "", ""][:4]
    return "runpy" in code and module in MODULES and (module != "workbench" or word[:1].isalpha())


def start() -> None:
    """Start the server now, where there can be one, and not with the first child."""
    if sys.platform == "linux":
        with _lock:
            if not _server:
                _server.append(_started())


def _forked(request: bytes, streams: list[int]) -> int:
    """The number of a new child of this process."""
    with _lock:
        if not _server:
            _server.append(_started())
        prctl = ctypes.CDLL(None).prctl
        prctl(CHILD_SUBREAPER, 1)
        try:
            socket.send_fds(_server[0], [request], streams)
            return int(_server[0].recv(20))
        finally:
            prctl(CHILD_SUBREAPER, 0)


def _started() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    words = [sys.executable, "-I", "-X", "utf8", "-c", SERVER, str(theirs.fileno()), json.dumps([sys.path, LOADED])]
    with theirs:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours
