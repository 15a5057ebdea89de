"""Whether the mouse is over a widget, or over what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class Mouse(QObject):
    """Follows the mouse over a widget. `left` follows when it goes away."""

    left = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.over = False
        widget.installEventFilter(self)

    def eventFilter(self, _widget: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Enter:
            self.over = True
        elif event.type() in (QEvent.Type.Leave, QEvent.Type.Hide) and self.over:
            self.over = False
            self.left.emit()
        return False
