"""What goes wrong in the process with the window, wherever it is reported."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

if TYPE_CHECKING:
    from types import TracebackType

HARMLESS = re.compile("This plugin does not support")  # of the offscreen platform
UNFORESEEN = re.compile(r"^(\w+(Error|Exception|Warning|Interrupt|Iteration|Exit)|assert\w*): ")


class Faults(logging.Handler):
    """Collects unhandled exceptions of every kind, Qt's warnings and errors that nobody foresaw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)
        sys.unraisablehook = lambda args: self._on_exception(args.exc_type, args.exc_value, args.exc_traceback)
        qInstallMessageHandler(self._on_qt_message)
        logging.getLogger("workbench").addHandler(self)

    def add(self, what: str) -> None:
        self.found.append(what)

    def taken(self) -> list[str]:
        """What was found since the last time."""
        taken, self.found = self.found, []
        return taken

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an error whose message is that of an exception nobody foresaw."""
        message = record.getMessage()
        if UNFORESEEN.match(message):
            trace = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
            self.add(f"unforeseen: {message}\n{trace}")

    def _on_exception(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.add("unhandled: " + "".join(traceback.format_exception(kind, error, trace)))

    def _on_qt_message(self, kind: QtMsgType, _context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and kind is not QtMsgType.QtInfoMsg and not HARMLESS.search(message):
            self.add(f"Qt: {message}")
