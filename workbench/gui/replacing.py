"""Asks before a file goes that a person did not name: one that lies beside, or whose ending was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from workbench.gui.widgets.plain_text import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

REPLACE = "Replace"


def when_free(parent: QWidget, paths: Iterable[Path], go_on: Callable[[], object]) -> None:
    """Go on at once where none of these files is there, else as soon as a person says that they may be replaced."""
    there = [path for path in paths if path.exists()]
    if not there:
        go_on()
        return
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Replace?")
    box.setTextFormat(Qt.TextFormat.PlainText)
    names = ", ".join(path.name for path in there)
    box.setText(literal(f"{names} {'exists' if len(there) == 1 else 'exist'} already in {there[0].parent}."))
    box.addButton(REPLACE, QMessageBox.ButtonRole.AcceptRole).clicked.connect(lambda: go_on())
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.finished.connect(box.deleteLater)
    box.open()
