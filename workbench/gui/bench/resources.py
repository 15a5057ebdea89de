"""What the process holds: memory, threads, objects, file handles."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.background.process import memory
from workbench.nets.memory import give_memory_back

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

HANDLES, THREADS = Path("/proc/self/fd"), Path("/proc/self/task")


@dataclass(frozen=True)
class Resources:
    """What the process holds at a moment, or how much more than at another one."""

    memory_mb: float
    threads: int
    objects: int  # of Python, that may hold others
    qt_objects: int  # that belong to the window
    handles: int

    def since(self, earlier: Resources) -> Resources:
        """The growth since an earlier moment."""
        return Resources(
            round(self.memory_mb - earlier.memory_mb, 2),
            self.threads - earlier.threads,
            self.objects - earlier.objects,
            self.qt_objects - earlier.qt_objects,
            self.handles - earlier.handles,
        )


def held(window: QWidget) -> Resources:
    """What is held now, when all garbage has gone; RuntimeError where the system does not tell."""
    if not HANDLES.is_dir():
        raise RuntimeError("what a process holds can be counted on Linux only, through /proc")
    for _ in range(2):  # what a first collection frees may free more
        gc.collect()
    give_memory_back()  # else memory that is free already would count
    threads = len(os.listdir(THREADS)) if THREADS.is_dir() else threading.active_count()
    objects, qt_objects = len(gc.get_objects()), len(window.findChildren(QObject))
    return Resources(memory() / 2**20, threads, objects, qt_objects, len(os.listdir(HANDLES)) - 1)
