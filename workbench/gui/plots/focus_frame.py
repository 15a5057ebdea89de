"""A frame around a view that has the keyboard, as buttons and boxes have one from their style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QPen

from workbench.gui.state import theme

if TYPE_CHECKING:
    from pyqtgraph import GraphicsView as View
    from PySide6.QtGui import QFocusEvent, QPaintEvent
else:
    View = object  # two bases of Qt's own would be one too many

WIDTH = 2  # pixels


class FocusFrame(View):  # type: ignore[misc]
    """To be inherited before a view with a viewport: while it has the focus there is a frame around what it shows."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme.current().accent, WIDTH))
            inside = WIDTH // 2
            painter.drawRect(self.viewport().rect().adjusted(inside, inside, -inside, -inside))
            painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
