"""The orderly end of the window when the system asks for it: a signal, or the user logs out.

Nobody is there to answer a question. The session is saved, a training is told to stop, and the window closes.
"""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtWidgets import QMessageBox

from workbench import signals
from workbench.gui.background.errors import log

if TYPE_CHECKING:
    from PySide6.QtGui import QSessionManager
    from PySide6.QtWidgets import QApplication

    from workbench.gui.state.trainer import Trainer
    from workbench.gui.window.main_window import MainWindow

LOG_OUT_MS = 60_000  # after which the window is still there because the user did not log out after all

STOP_TRAINING = "Stop the training and close the window? What was recorded so far is kept."


def may_stop(trainer: Trainer, window: MainWindow) -> bool:
    """Ask whether the training may be stopped; one that ends meanwhile answers by itself: nothing is left to stop."""
    stop, cancel = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.Cancel
    box = QMessageBox(QMessageBox.Icon.Question, "A training is running", STOP_TRAINING, stop | cancel, window)

    def on_trainer_ended(_finished: object) -> None:
        box.done(stop.value)

    trainer.ended.connect(on_trainer_ended)
    answer = box.exec()
    trainer.ended.disconnect(on_trainer_ended)
    box.deleteLater()
    return answer == stop.value


class Ending(QObject):
    """Hears what asks the application to end, from its making on, and closes the window that is `of_window`.

    `status` is the exit status that a signal asks for; 0 where none came. `close` stops the hearing.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._window: MainWindow | None = None
        # Python's handlers run only when Python code runs; a byte through this pair wakes the event loop first.
        self._woken, self._wake = socket.socketpair()
        for end in (self._woken, self._wake):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_notifier_activated)
        self._hears = threading.current_thread() is threading.main_thread()
        if self._hears:
            self._before = signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        application.commitDataRequest.connect(self._on_commit_data_requested)

    @property
    def status(self) -> int:
        number = signals.requested()
        return signals.status_of(number) if number else 0

    def of_window(self, window: MainWindow) -> None:
        """Close this window when an end is asked for, or now where one was asked for already."""
        self._window = window
        window.closed.connect(self._on_window_closed)
        if signals.requested():
            QTimer.singleShot(0, window, window.end)

    def close(self) -> None:
        """Hear nothing more."""
        self._notifier.setEnabled(False)
        if self._hears:
            signal.set_wakeup_fd(self._before)
        self._woken.close()
        self._wake.close()

    def _on_notifier_activated(self) -> None:
        self._woken.recv(4096)
        if signals.requested() and self._window is not None:
            log.info("ending after %s", signal.Signals(signals.requested()).name)
            self._window.end()

    def _on_commit_data_requested(self, _manager: QSessionManager | None) -> None:
        """The user logs out: save what is to be saved, and close without a question if that is what comes next."""
        if self._window is not None:
            self._window.keep()
            self._window.asks_before_closing = False
            QTimer.singleShot(LOG_OUT_MS, self._window, self._window.ask_again)

    def _on_window_closed(self) -> None:
        if signals.requested():
            self._application.exit(self.status)  # also out of the loop of a dialog that asks something
