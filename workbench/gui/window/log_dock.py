"""The log, in a dock of the window: all messages and errors since the start, to read and copy."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui.background.errors import FORMAT, log, log_file
from workbench.gui.widgets.plain_text import ElidedLabel, literal
from workbench.gui.widgets.titled_dock import TitleButtons

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QMainWindow

MOST_LINES = 5000


class _Messages(QObject):
    """Carries what is logged, on whatever thread, to the GUI thread."""

    came = Signal(str)


class _Handler(logging.Handler):
    def __init__(self, messages: _Messages) -> None:
        super().__init__()
        self._messages = messages
        self.setFormatter(logging.Formatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        lines = self.format(record).split("\n")
        self._messages.came.emit("\n".join(map(literal, lines)))  # names from files among them


class LogDock(QDockWidget):
    """The log's dock, hidden until it is requested."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__("Log", window)
        self.setObjectName("log")
        TitleButtons(self)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMaximumBlockCount(MOST_LINES)
        self.text.setPlaceholderText("No messages yet.")
        self.text.setAccessibleName("Log")
        self.copy = QPushButton("Copy all")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(6, 4, 6, 4)
        row = QHBoxLayout()
        row.addWidget(ElidedLabel(f"Stored in {log_file()}"), 1)
        row.addWidget(self.copy)
        column.addLayout(row)
        column.addWidget(self.text)
        self.setWidget(page)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self)
        self.hide()
        self._messages = _Messages(self)
        self._messages.came.connect(self.text.appendPlainText, Qt.ConnectionType.QueuedConnection)
        self._handler = handler = _Handler(self._messages)
        log.addHandler(handler)
        self.destroyed.connect(lambda: log.removeHandler(handler))  # also of a window that was never closed

    def switch(self) -> QAction:
        """What shows and hides it."""
        action = self.toggleViewAction()
        action.setShortcut("Ctrl+L")
        return action

    def shut(self) -> None:
        """Listen no longer."""
        log.removeHandler(self._handler)
