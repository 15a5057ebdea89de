"""The bubble of the tour, and the line around the controls that it points at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette, QPen, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QLabel

    from workbench.gui.window.tour.steps import Step

LINE, AROUND, RADIUS, GAP = 2, 5, 6, 12  # pixels
CHARACTERS = 48  # of a line of the bubble


class Ring(QWidget):
    """A thin line around a place; the mouse goes through it, and nothing below it is painted again for it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def go_around(self, place: QRect, window: QWidget) -> None:
        """Lie around a place of this window."""
        if self.parentWidget() is not window:
            self.setParent(window)
        wanted = place.adjusted(-AROUND, -AROUND, AROUND, AROUND).intersected(window.rect())
        if self.geometry() != wanted:
            self.setGeometry(wanted)
            self.setMask(QRegion(self.rect()) - QRegion(self.rect().adjusted(LINE, LINE, -LINE, -LINE)))
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.current().accent)


class Bubble(QFrame):
    """What a step says, how far the tour is, and buttons to go back and on, and to end it."""

    back = Signal()
    on = Signal()
    ended = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.title: QLabel = plain_label("")
        self.words: QLabel = plain_label("", wrap=True)
        self.count: QLabel = plain_label("")
        self.end_button, self.back_button, self.next_button = map(QPushButton, ("End tour", "Back", "Next"))
        buttons = ((self.end_button, self.ended), (self.back_button, self.back), (self.next_button, self.on))
        row = QHBoxLayout()
        row.addWidget(self.count, 1)
        for button, signal in buttons:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAutoDefault(True)  # Enter presses it
            button.clicked.connect(signal)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        for part in (self.title, self.words):
            column.addWidget(part)
        column.addLayout(row)
        self._follow_font()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._follow_font()

    def _follow_font(self) -> None:
        font = self.font()
        font.setBold(True)
        self.title.setFont(font)

    def say(self, step: Step, number: int, steps: int) -> None:
        """Show a step, counted from 1."""
        self.title.setText(step.title)
        self.words.setText(step.words)
        self.count.setText(f"Step {number} of {steps}")
        self.back_button.setEnabled(number > 1)
        self.next_button.setText("Next" if number < steps else "Finish")
        self.end_button.setVisible(number < steps)
        self.setAccessibleName(f"Tour, step {number} of {steps}: {step.title}. {step.words}")

    def lie_beside(self, place: QRect | None) -> None:
        """Lie next to a place of the window: where there is most room, without covering it if possible."""
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        width = min(CHARACTERS * self.fontMetrics().averageCharWidth() + 2 * GAP, room.width())
        width = max(width, min(self.minimumSizeHint().width(), room.width()))
        size = QSize(width, min(self.heightForWidth(width), room.height()))
        corner = room.center() - QPoint(width // 2, size.height() // 2) if place is None else _beside(place, size, room)
        wanted = QRect(corner, size)
        if self.geometry() != wanted:
            self.setGeometry(wanted)
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.palette().color(QPalette.ColorRole.ToolTipBase))
        painter.setPen(QPen(theme.current().accent, LINE))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)


def _beside(place: QRect, size: QSize, room: QRect) -> QPoint:
    """The corner of a bubble below, above, right or left of a place: the first side with room, else in its corner."""
    across = place.center().x() - size.width() // 2
    down = place.center().y() - size.height() // 2
    corners = (
        QPoint(place.right() + GAP, down),
        QPoint(place.left() - GAP - size.width(), down),
        QPoint(across, place.bottom() + GAP),
        QPoint(across, place.top() - GAP - size.height()),
        QPoint(place.right() - GAP - size.width(), place.bottom() - GAP - size.height()),
    )
    kept = [QRect(_kept(corner, size, room), size) for corner in corners]
    return min(kept, key=lambda bubble: _overlap(bubble, place)).topLeft()


def _kept(corner: QPoint, size: QSize, room: QRect) -> QPoint:
    x = min(max(corner.x(), room.left()), room.right() + 1 - size.width())
    y = min(max(corner.y(), room.top()), room.bottom() + 1 - size.height())
    return QPoint(x, y)


def _overlap(one: QRect, other: QRect) -> int:
    shared = one.intersected(other)
    return max(shared.width(), 0) * max(shared.height(), 0)
