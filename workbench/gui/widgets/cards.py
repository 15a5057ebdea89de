"""Buttons that look like cards: a picture or an icon, a name, a line below it, and perhaps a small curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.plain_text import ElidedLabel, as_action, literal, plain_label
from workbench.gui.widgets.run_table import draw_curve
from workbench.gui.widgets.titled_dock import RADIUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent, QResizeEvent

GAP = 8  # pixels: half of a card's margin
FOCUS = 2.0  # pixels of the line around the card with the keyboard
Directions = QBoxLayout.Direction


class Card(QAbstractButton):
    """A button without a frame, as large as its texts need. Enter presses it too.

    Texts are wrapped; those of a `low` card are one line each and end in … where there is no room.
    """

    def __init__(
        self, name: str, description: str, direction: Directions = Directions.LeftToRight, low: bool = False
    ) -> None:
        super().__init__()
        self.setText(as_action(name))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.name = ElidedLabel(name) if low else plain_label(literal(name), wrap=True)
        self.description = ElidedLabel() if low else plain_label("", wrap=True)
        texts = QVBoxLayout()
        texts.setSpacing(GAP // 4)
        texts.addStretch()
        texts.addWidget(self.name)
        texts.addWidget(self.description)
        texts.addStretch()
        self.line = QBoxLayout(direction, self)
        self.line.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self.line.setSpacing(2 * GAP)
        self.line.addLayout(texts, 1)
        self.describe(description)
        self._follow_looks()

    def describe(self, description: str) -> None:
        """Show another line below the name."""
        self.description.setText(literal(description))
        self.setAccessibleName(". ".join(filter(None, (self.name.text(), self.description.text().rstrip(".")))))

    def show_left(self, widget: QWidget) -> None:
        """Put a picture before the texts; above them in a card that goes from top to bottom."""
        self.line.insertWidget(0, widget)
        self._pass_clicks()

    def show_right(self, widget: QWidget) -> None:
        """Put something behind the texts."""
        self.line.addWidget(widget)
        self._pass_clicks()

    def _pass_clicks(self) -> None:
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return self.line.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.line.minimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        roles, palette = QPalette.ColorRole, self.palette()
        lit = self.underMouse() or self.isDown()
        painter.setBrush(palette.brush(roles.AlternateBase if lit else roles.Base))
        focused = self.hasFocus()
        painter.setPen(QPen(theme.current().accent, FOCUS) if focused else Qt.PenStyle.NoPen)
        inset = FOCUS / 2 if focused else 0.0
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), RADIUS, RADIUS)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._follow_looks()

    def _follow_looks(self) -> None:
        font = self.font()
        font.setBold(True)
        self.name.setFont(font)
        quiet, roles = self.palette(), QPalette.ColorRole
        for role in (roles.WindowText, roles.ButtonText):  # labels in buttons have the second one
            quiet.setColor(role, quiet.color(roles.PlaceholderText))
        self.description.setPalette(quiet)


class Sign(QWidget):
    """An icon of text, two lines high."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        side = 2 * self.fontMetrics().height() - GAP
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        icon(self._name).paint(QPainter(self), self.rect())


class Picture(QWidget):
    """A picture on a clear ground, for the theme in force; read by `picture_of(dark)` when it changes."""

    def __init__(self, picture_of: Callable[[bool], Path], smallest: QSize) -> None:
        super().__init__()
        self._picture_of = picture_of
        self._dark: bool | None = None
        self._picture = QPixmap()
        self.setMinimumSize(smallest)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def paintEvent(self, _event: QPaintEvent) -> None:
        dark = theme.current().dark
        if dark is not self._dark:
            self._dark, self._picture = dark, _read(self._picture_of, dark)
        if self._picture.isNull():
            return
        size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, *size.toTuple())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))


def _read(picture_of: Callable[[bool], Path], dark: bool) -> QPixmap:
    try:
        return QPixmap(str(picture_of(dark)))
    except FileNotFoundError:  # `workbench doctor` names what is missing; the card says the rest in words
        return QPixmap()


class Spark(QWidget):
    """A small curve of an accuracy from 0 to 100 %, and its last value."""

    def __init__(self) -> None:
        super().__init__()
        self.curve: NDArray[np.float64] | None = None
        self.last = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def show_curve(self, curve: NDArray[np.float64], last: str) -> None:
        self.curve, self.last = curve, last
        self.update()

    def sizeHint(self) -> QSize:
        high = self.fontMetrics().height()
        return QSize(6 * high + self._wide, 2 * high - GAP)

    @property
    def _wide(self) -> int:
        """What the value needs, in pixels."""
        return self.fontMetrics().horizontalAdvance("100.0 %") + GAP

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.curve is None or not len(self.curve):
            return
        painter, place = QPainter(self), self.rect().adjusted(2, 2, -2, -2)
        draw_curve(painter, place.adjusted(0, 0, -self._wide, 0), self.curve, theme.current().accent)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(place, right, self.last)


class Shelf(QWidget):
    """Cards beside one another where each has the room it needs, else one below the other."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self._characters = characters  # that a card is wide at least, to stand beside others
        self.row = QBoxLayout(Directions.LeftToRight, self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(2 * GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._arrange()

    def _arrange(self) -> None:
        needed = self.row.count() * self._characters * self.fontMetrics().averageCharWidth()
        self.row.setDirection(Directions.LeftToRight if needed <= self.width() else Directions.TopToBottom)
