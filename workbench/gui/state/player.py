"""Playing through the snapshots: never faster than the panels can show them, so that none is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Signal

from workbench.gui.background.ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.state.session import Session

SPEEDS = (1, 2, 5, 10, 20, 50)  # snapshots per second
FIRST_PLAY_SECONDS = 4.0


class Player(QObject):
    """Steps through the snapshots, `speed` in a second, or as fast as every panel has drawn the last one."""

    toggled = Signal(bool)
    POLL_MS = 8

    def __init__(self, session: Session, settled: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settled = settled
        self._speed: float = 10
        self._pace: float = self._speed  # of what plays now
        self._by_itself = False  # not chosen by a user, so there is no step to undo
        self.loop = False
        self._since = QElapsedTimer()
        self._timer = Ticker(self._tick, self.POLL_MS, self)
        self._timer.failed.connect(lambda _error: self._stopped())

    @property
    def speed(self) -> float:
        """Snapshots in a second, as a person chose; also for what plays already."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = self._pace = speed

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def play(self) -> None:
        """Play from the snapshot that is shown; from the first one if it is the last."""
        place = self._session.selection.place
        if place is None or place.snapshots < 2 or self.playing:
            return
        if place.snapshot >= place.snapshots - 1:
            self._go_to(0)
        self._pace = self._speed
        self._since.start()
        self._timer.start()
        self.toggled.emit(True)

    def play_once_through(self) -> None:
        """Play, unasked, from the first to the last snapshot in about four seconds and stay there."""
        place = self._session.selection.place
        if place is not None and place.snapshots > 1:
            self.stop()
            self._by_itself = True
            self._go_to(0)
            self.play()
            wanted = (place.snapshots - 1) / FIRST_PLAY_SECONDS
            self._pace = min(SPEEDS, key=lambda speed: abs(speed - wanted))

    def stop(self) -> None:
        if self.playing:
            self._timer.stop()
            self._stopped()
        self._by_itself = False

    def _stopped(self) -> None:
        self._by_itself = False
        self.toggled.emit(False)

    def toggle(self) -> None:
        if self.playing:
            self.stop()
        else:
            self.play()

    def _tick(self) -> None:
        place = self._session.selection.place
        if place is None:
            self.stop()
            return
        if self._since.elapsed() < 1000 / self._pace or not self._settled():
            return
        self._since.restart()
        if place.snapshot < place.snapshots - 1:
            self._go_to(place.snapshot + 1)
        elif self.loop and not self._by_itself:
            self._go_to(0)
        else:
            self.stop()

    def _go_to(self, snapshot: int) -> None:
        go = self._session.adjust if self._by_itself else self._session.select
        go(snapshot=snapshot)
