"""Calls for the GUI thread, one at a time: what each has changed is painted before the next one comes."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from shiboken6 import isValid

if TYPE_CHECKING:
    from collections.abc import Callable

NEXT = QEvent.Type(QEvent.registerEventType())
AFTER_PAINTING = Qt.EventPriority.LowEventPriority.value - 1  # repaints have the low priority


class Turns(QObject):
    """Makes calls in the thread it lives in, in the order in which they came from any thread.

    Answers for six panels may come at once. Were they all drawn and then painted, one call would hold the GUI thread
    for six paintings. Of the events here only one waits at a time, with a lower priority than that of painting.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], object]] = deque()

    def call(self, do: Callable[[], object]) -> None:
        """Call `do` when it is its turn. May be called from any thread."""
        with self._lock:
            self._waiting.append(do)
            if len(self._waiting) == 1:
                self._post()

    def customEvent(self, _event: QEvent) -> None:
        with self._lock:
            do = self._waiting.popleft()
            if self._waiting:
                self._post()
        do()

    def _post(self) -> None:
        QCoreApplication.postEvent(self, QEvent(NEXT), AFTER_PAINTING)


class Once:
    """A call that is made when its turn comes, once however often it was asked for meanwhile; for the GUI thread only.

    It is not made when `owner` is gone by then.
    """

    def __init__(self, owner: QObject, do: Callable[[], object]) -> None:
        self._owner, self._do = owner, do
        self._turns = of_application()
        self._posted = False
        self.waits = False

    def ask(self) -> None:
        """Make the call soon."""
        self.waits = True
        if not self._posted:
            self._posted = True
            self._turns.call(self._come)

    def now(self) -> None:
        """Make the call, and not again soon."""
        self.waits = False
        self._do()

    def drop(self) -> None:
        """Do not make it."""
        self.waits = False

    def _come(self) -> None:
        self._posted = False
        if self.waits and isValid(self._owner):
            self.now()


def of_application() -> Turns:
    """The turns of the GUI thread; call it there."""
    application = QCoreApplication.instance()
    assert application is not None
    return application.findChild(Turns) or Turns(application)
