"""Says when the window is shown and drawn, where the environment asks for it: the start as it is measured."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow

POLL_MS = 2
VARIABLE = "WORKBENCH_TELL_START"  # holds the time of the command; the window says when it is drawn, and ends
LARGE = ("torch", "matplotlib", "numba", "scipy")


@dataclass(frozen=True)
class Start:
    """One start of the window, in seconds since the command."""

    shown: float  # the window is there
    drawn: float  # and every panel that need not ask the network has drawn the run
    loaded: tuple[str, ...]  # large libraries that were loaded by then


def tell_if_asked(window: MainWindow) -> None:
    """Where the environment asks for it: print a `Start` as JSON when everything is drawn, and close the window."""
    since = os.environ.get(VARIABLE)
    if since is not None:
        _watch(window, float(since))


def _watch(window: MainWindow, since: float) -> None:
    shown = time.time() - since
    timer = QTimer(window)

    def look() -> None:
        if window.session.selection.place is None or not window.is_settled():
            return
        timer.stop()
        window.repaint()  # whatever is still to be painted, at once
        drawn = time.time() - since
        loaded = tuple(name for name in LARGE if name in sys.modules)
        sys.stdout.write(json.dumps(asdict(Start(round(shown, 3), round(drawn, 3), loaded))) + "\n")
        sys.stdout.flush()
        window.close()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
