"""Where Qt cannot draw on the screen it ends the process at once, and advises to install it again. Here it says why."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

from workbench.doctor import why_no_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QMessageLogContext


@contextmanager
def fatal_in_words() -> Iterator[None]:
    """In this block Qt's last words become one line on standard error and exit status 1; all others come after it."""
    said: list[str] = []

    def take(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        said.append(text)
        if kind is QtMsgType.QtFatalMsg:
            sys.stderr.write(f"workbench: {why_no_window(chr(10).join(said))}\n")
            sys.stderr.flush()
            os._exit(1)

    before = qInstallMessageHandler(take)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
        sys.stderr.writelines(f"{text}\n" for text in said)
