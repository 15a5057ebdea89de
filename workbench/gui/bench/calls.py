"""How long the GUI thread is away: every call from the event loop is timed, and how late a timer comes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent

MOST = 1 << 19  # values kept of a series; they are there before anything is measured, so that memory does not grow
LEAST_MS = 0.1  # shorter calls do nothing and would only make the others look rare
TIMER_MS = 5


@dataclass(frozen=True)
class Spread:
    """Milliseconds: the median, the 99th percentile and the largest of `count` values; zeros where there is none."""

    count: int
    p50: float
    p99: float
    max: float


@dataclass(frozen=True)
class Times:
    """What was measured while something happened."""

    wall: Spread  # of the calls from the event loop, `LEAST_MS` or longer
    cpu: Spread  # the same calls, in processor time of the GUI thread
    late: Spread  # how much later than asked for a timer of 5 ms came


class Series:
    """Values written one after another into room that was taken beforehand; the oldest are overwritten."""

    def __init__(self) -> None:
        self._values: NDArray[np.float32] = np.full(MOST, -1.0, np.float32)
        self._count = 0

    def add(self, value: float) -> None:
        self._values[self._count % MOST] = value
        self._count += 1

    def clear(self) -> None:
        self._count = 0

    def spread(self) -> Spread:
        """Of the values since `clear`."""
        if not self._count:
            return Spread(0, 0.0, 0.0, 0.0)
        values = self._values[: self._count]
        middle, high = np.percentile(values, (50, 99)).tolist()
        return Spread(self._count, round(middle, 2), round(high, 2), round(float(values.max()), 2))


class MeasuredApplication(QApplication):
    """An application that times what its event loop calls; a call within a call counts as part of it."""

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.wall, self.cpu = Series(), Series()
        self._inside = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._inside:
            return super().notify(receiver, event)
        self._inside = True
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._inside = False
            took = 1000 * (time.perf_counter() - wall)
            if took >= LEAST_MS:
                self.wall.add(took)
                self.cpu.add(1000 * (time.thread_time() - cpu))


class Measure(QObject):
    """Times the application's calls and a timer's lateness from `start` to `stop`."""

    def __init__(self, application: MeasuredApplication) -> None:
        super().__init__()
        self._application = application
        self._late = Series()
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timer_timeout)

    def start(self) -> None:
        for series in (self._application.wall, self._application.cpu, self._late):
            series.clear()
        self._since.start()
        self._timer.start(TIMER_MS)

    def stop(self) -> Times:
        """What was measured since `start`."""
        self._timer.stop()
        application = self._application
        return Times(application.wall.spread(), application.cpu.spread(), self._late.spread())

    def _on_timer_timeout(self) -> None:
        self._late.add(max(self._since.nsecsElapsed() / 1e6 - TIMER_MS, 0.0))
        self._since.restart()
