"""Driving the window from a program: waiting in the event loop until something is so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer

from workbench import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.window.main_window import MainWindow

PATIENCE = 60.0  # seconds until a window that does not settle counts as broken


def wait_until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Run the event loop until `condition()`; RuntimeError that the window did not do `what` in time."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the window did not {what} within {patience:.0f} s")
        rest(10)


def rest(milliseconds: int) -> None:
    """Run the event loop for so long. KeyboardInterrupt: the process was asked to end meanwhile."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
    signals.check()


def close(window: MainWindow) -> None:
    """Close the window and wait until it is closed: it may have to wait for what it runs."""
    closing = QEventLoop()
    window.closed.connect(closing.quit)
    QTimer.singleShot(0, window.close)
    closing.exec()
