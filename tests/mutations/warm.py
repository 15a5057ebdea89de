"""Runs tests of a copy of the workbench in forks of this process, which has loaded what takes long to load."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGE = (
    "h5py", "hypothesis.extra.numpy", "matplotlib.figure", "networkx", "numba", "pytestqt.plugin", "scipy.special",
    "scipy.stats", "torch", "PySide6.QtWidgets",
)  # fmt: skip
OPTIONS = [
    *("-q", "-x", "--tb=short", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:benchmark", "-p", "no:xdist"),
    *("-o", "timeout=60"),  # a fault may make a test endless
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # what is loaded here cannot be rewritten any more
]
TOO_SLOW = -1
OURS = ("", str(Path(__file__).parents[0]), str(Path(__file__).parents[1]), str(Path(__file__).parents[2]))


def warm_up() -> None:
    """Loads what the tests load, but nothing of ours."""
    for name in LARGE:
        import_module(name)


def in_fork(copied: Path, files: Iterable[str], plugin: Any, limit: float, log: Path) -> int:
    """pytest's exit status for these test files of the copy, or TOO_SLOW; what it prints goes to `log`."""
    child = os.fork()
    if child == 0:
        try:
            _run(copied, list(files), plugin, log)
        finally:
            os._exit(70)
    ended, status = 0, 0
    began, pause = time.monotonic(), 0.01
    while not ended and time.monotonic() - began < limit:
        time.sleep(pause)
        pause = min(2 * pause, 0.2)
        ended, status = os.waitpid(child, os.WNOHANG)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if not ended:
        os.waitpid(child, 0)
        return TOO_SLOW
    return os.waitstatus_to_exitcode(status)


def _run(copied: Path, files: list[str], plugin: Any, log: Path) -> None:
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.chdir(copied)
    sys.path[:] = [str(copied), *(place for place in sys.path if place not in OURS)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    os.environ.update({"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"})
    os.environ.update({"QT_QPA_PLATFORM": "offscreen"})
    sys.dont_write_bytecode = True
    status = pytest.main([*OPTIONS, *files], plugins=[plugin])
    sys.stdout.flush()
    os._exit(int(status))
