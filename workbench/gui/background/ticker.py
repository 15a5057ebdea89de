"""A repeating timer that an exception ends, and one that fires once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal

from workbench.gui.background.paint_queue import Once

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject


class Ticker(QTimer):
    """Calls `tick` again and again while it is active; `in_turns`: each time when what was changed before is painted.

    The first exception stops it: `failed(error)` follows, then the exception goes on to the hook for unhandled errors,
    which shows it once.
    """

    failed = Signal(object)

    def __init__(self, tick: Callable[[], object], interval_ms: int, parent: QObject, in_turns: bool = False) -> None:
        super().__init__(parent)
        self._tick = tick
        self.setInterval(interval_ms)
        self._turn = Once(self, self._on_turn)
        self.timeout.connect(self._turn.ask if in_turns else self._on_turn)

    def _on_turn(self) -> None:
        if not self.isActive():
            return  # it was stopped before its turn came
        try:
            self._tick()
        except Exception as error:
            self.stop()
            self.failed.emit(error)
            raise


def single_shot(parent: QObject, interval_ms: int, do: Callable[[], object]) -> QTimer:
    """A timer that calls `do` once, so long after it was last started; it goes with its parent."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval_ms)
    timer.timeout.connect(do)
    return timer
