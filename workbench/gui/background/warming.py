"""What the first run needs is loaded while the window is still empty.

Asking a network needs torch, laying out a graph numba: one to two seconds on the way to the first numbers. They are
loaded once the window has been shown for a while, and only where no run is open: beside one they are loaded anyway.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from workbench.gui.background.errors import log
from workbench.gui.background.loading import gently
from workbench.gui.background.ticker import single_shot
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

REST_MS = 1000
NEEDED = ("scipy.linalg", "workbench.evaluation.run_evaluators")  # the second one loads torch


def warm_later(window: QObject, is_empty: Callable[[], bool]) -> None:
    """Load them in a thread of its own after `REST_MS`, if `is_empty` then says that no run is open."""

    def begin() -> None:
        if is_empty():
            from workbench.gui.background.compiling import compile_beside

            compile_beside()
            threading.Thread(target=load, name="libraries").start()

    single_shot(window, REST_MS, begin).start()


def load() -> None:
    """Load them now."""
    try:
        with gently():
            for name in NEEDED:
                import_module(name)
    except ImportError as error:  # whoever needs it says so
        log.warning("what evaluating needs could not be loaded in advance: %s", in_words(error))
