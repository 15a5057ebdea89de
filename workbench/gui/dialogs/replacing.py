"""Asks before a file goes that a person did not name, one beside or whose ending was added, and before a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from workbench.gui.widgets.plain_text import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

REPLACE, EXPORT = "Replace", "Export anyway"


def when_free(parent: QWidget, paths: Iterable[Path], go_on: Callable[[], object]) -> None:
    """Go on at once where none of these files is there, else as soon as a person says that they may be replaced."""
    there = [path for path in paths if path.exists()]
    if not there:
        go_on()
        return
    names = ", ".join(path.name for path in there)
    text = f"{names} already {'exists' if len(there) == 1 else 'exist'} in {there[0].parent}."
    _ask(parent, "Replace?", text, REPLACE, go_on)


def when_small(parent: QWidget, size: int, what: str, go_on: Callable[[], object]) -> None:
    """Go on at once where `what` takes little, else as soon as a person says that so many bytes are welcome."""
    from workbench.figures.files.saving import LARGE, in_words

    if size <= LARGE:
        go_on()
    else:
        _ask(parent, "Large export", f"{what} would take {in_words(size)}.", EXPORT, go_on)


def _ask(parent: QWidget, title: str, text: str, yes: str, go_on: Callable[[], object]) -> None:
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(literal(text))
    box.addButton(yes, QMessageBox.ButtonRole.AcceptRole).clicked.connect(lambda: go_on())
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.finished.connect(box.deleteLater)
    box.open()
