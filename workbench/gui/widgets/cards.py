"""Buttons that look like cards: a picture or an icon, a name, a line below it, and perhaps a small curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.plain_text import as_action, literal, plain_label
from workbench.gui.widgets.run_table import draw_curve
from workbench.gui.widgets.titled_dock import RADIUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QLabel

GAP = 8  # pixels: half of a card's margin
FOCUS = 2.0  # pixels of the line around the card with the keyboard
Directions = QBoxLayout.Direction


class Card(QAbstractButton):
    """A button without a frame. Enter presses it too."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setText(as_action(name))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

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

    def bold(self) -> QFont:
        """The font of its name."""
        font = self.font()
        font.setBold(True)
        return font


class PictureCard(Card):
    """A picture, and its texts next to it, on as many lines as they take."""

    def __init__(self, name: str, description: str, picture: QWidget) -> None:
        super().__init__(name)
        self.setAccessibleName(f"{name}: {description.rstrip('.')}")
        self.name: QLabel = plain_label(literal(name), wrap=True)
        self.description: QLabel = plain_label(literal(description), wrap=True)
        texts = QVBoxLayout()
        texts.setSpacing(GAP // 4)
        texts.addStretch()
        texts.addWidget(self.name)
        texts.addWidget(self.description)
        texts.addStretch()
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(2 * GAP, GAP, 2 * GAP, GAP)
        self._line.setSpacing(2 * GAP)
        self._line.addWidget(picture)
        self._line.addLayout(texts, 1)
        for part in (picture, self.name, self.description):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._follow_looks()

    def sizeHint(self) -> QSize:
        return self._line.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._line.minimumSize()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._follow_looks()

    def _follow_looks(self) -> None:
        self.name.setFont(self.bold())
        quiet, roles = self.palette(), QPalette.ColorRole
        for role in (roles.WindowText, roles.ButtonText):  # labels in buttons have the second one
            quiet.setColor(role, quiet.color(roles.PlaceholderText))
        self.description.setPalette(quiet)


class RunCard(Card):
    """A row: the name of a run and a line below it, the curve of its test accuracy and its last value.

    It paints itself, since there are ten of them. Texts end in … where there is no room.
    """

    def __init__(self, name: str, description: str) -> None:
        super().__init__(name)
        self._name = literal(name)
        self.curve: NDArray[np.float64] | None = None  # from 0 to 100 %
        self.last = ""
        self.describe(description)

    def describe(self, description: str, curve: NDArray[np.float64] | None = None, last: str = "") -> None:
        """Show another line below the name, and the curve where it is known."""
        self.description, self.curve, self.last = literal(description), curve, last
        self.setAccessibleName(f"{self._name}, {self.description}")
        self.setAccessibleDescription(f"test accuracy at the end: {last}" if last else "")
        self.update()

    def sizeHint(self) -> QSize:
        high = self.fontMetrics().lineSpacing()
        return QSize(30 * high, 2 * high + 2 * GAP)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter, roles, flags = QPainter(self), QPalette.ColorRole, Qt.AlignmentFlag
        place, high = self.rect().adjusted(2 * GAP, GAP, -2 * GAP, -GAP), self.fontMetrics().lineSpacing()
        texts = place
        if self.curve is not None and len(self.curve):
            painter.setPen(self.palette().color(roles.ButtonText))
            painter.drawText(place, flags.AlignRight | flags.AlignVCenter, self.last)
            drawn = place.adjusted(0, 2, -self.fontMetrics().horizontalAdvance("100.0 %") - 2 * GAP, -2)
            drawn.setLeft(max(drawn.right() - 5 * high, drawn.left()))
            draw_curve(painter, drawn, self.curve, theme.current().accent)
            texts = place.adjusted(0, 0, drawn.left() - 2 * GAP - place.right(), 0)
        for font, role, text, side in (
            (self.bold(), roles.ButtonText, self._name, flags.AlignTop),
            (self.font(), roles.PlaceholderText, self.description, flags.AlignBottom),
        ):
            painter.setFont(font)
            painter.setPen(self.palette().color(role))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, texts.width())
            painter.drawText(texts, side | flags.AlignLeft, shown)


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


class Shelf(QWidget):
    """Cards side by side where each has the room it needs, else one below the other."""

    def __init__(self, characters: int) -> None:
        super().__init__()
        self._characters = characters  # that a card is wide at least, to stand next to others
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
