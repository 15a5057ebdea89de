"""What is still there when the window is closed: threads, timers, windows, open files, child processes."""

from __future__ import annotations

import gc
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QMenu
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOKS_INTO_FILES = "workbench.runs"  # the child that stays for the next file, until this process ends


class Watch:
    """Notes every QThread that is started, and what was there before the window."""

    def __init__(self) -> None:
        self._threads: list[QThread] = []
        self._before = set(threading.enumerate())
        start, noted = QThread.start, self._threads

        def noted_start(self: QThread, *priority: Any) -> None:
            noted.append(self)
            start(self, *priority)

        QThread.start = noted_start  # type: ignore[method-assign]

    def forget_ended(self) -> None:
        """Hold no ended thread: what the monkey notes is no growth of the window."""
        self._threads[:] = [thread for thread in self._threads if isValid(thread) and thread.isRunning()]

    def left(self, folders: tuple[Path, ...], timers: frozenset[int]) -> Iterator[str]:
        """What is left of a window that was closed and deleted, in words; these timers are the monkey's own."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.collect()
        running = (thread for thread in self._threads if isValid(thread) and thread.isRunning())
        yield from (f"a QThread runs: {thread!r}" for thread in running)
        # "Dummy-…" is Python's note of a thread of Qt's.
        others = (each for each in set(threading.enumerate()) - self._before if not each.name.startswith("Dummy-"))
        yield from (f"a thread runs: {thread.name}" for thread in others)
        windows = (each for each in QApplication.topLevelWidgets() if each.isVisible() and not isinstance(each, QMenu))
        yield from (f"a window is open: {type(window).__name__} {window.windowTitle()!r}" for window in windows)
        active = (each for each in gc.get_objects() if isinstance(each, QTimer) and isValid(each) and each.isActive())
        yield from (f"a timer runs: {timer!r}, {timer.interval()} ms" for timer in active if id(timer) not in timers)
        yield from (f"open: {path}" for path in open_files(folders))
        yield from (f"a process runs: {command}" for command in commands())


def commands() -> list[str]:
    """The command lines of child processes, without the one that looks into files."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            command = " ".join(child.cmdline())
            if LOOKS_INTO_FILES not in command and child.status() != psutil.STATUS_ZOMBIE:
                found.append(command)
    return found


def open_files(folders: tuple[Path, ...]) -> list[str]:
    """The files of these folders that this process holds open, deleted ones too."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if target.startswith(tuple(map(str, folders))):
                found.append(target)
    return found
