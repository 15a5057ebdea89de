"""The parts of the page of a unit: titles with what belongs to them, in one column or two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QFont, QImage, QPainter, QPalette
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

TWO_COLUMNS = 720  # pixels: from this width on
AROUND, BETWEEN = 12, 6  # pixels of a picture of the page: around it, and between its parts
SCALE = 2.0  # pixels of such a picture for one on the screen


class Card(QWidget):
    """A title, a sentence and a picture. The sentence takes no room while it is empty."""

    def __init__(self, title: str, *pictures: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(4)
        self.title = plain_label(title)
        self.title.setFont(bold(self.title.font()))
        self.note = plain_label("", wrap=True)
        self.note.hide()
        column.addWidget(self.title)
        column.addWidget(self.note)
        for picture in pictures:
            column.addWidget(picture)

    def say(self, text: str) -> None:
        """Show a sentence under the title; "" for none."""
        self.note.setText(literal(text))
        self.note.setVisible(bool(text))


def bold(font: QFont) -> QFont:
    """The same font, bold."""
    strong = QFont(font)
    strong.setBold(True)
    return strong


class Links(QLabel):
    """Units with their cosines, each a link; `chosen(unit)` follows a click."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setAccessibleName("Nearest units")
        self.linkActivated.connect(lambda link: self.chosen.emit(int(link)))

    def show_units(self, units: Sequence[int], cosines: Sequence[float]) -> None:
        """Show these units, the nearest first; our own text, all numbers."""
        each = (
            f"<a href='{unit}'>unit&nbsp;{unit}</a>&nbsp;{cosine:.3f}"
            for unit, cosine in zip(units, cosines, strict=True)
        )
        self.setText(" &nbsp; ".join(each))
        self.setVisible(bool(units))


class Cards(QScrollArea):
    """Cards below one another, or in two columns where there is room."""

    def __init__(self, cards: Sequence[Card]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the Tab key stops only where other keys do something
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._cards, self._columns = tuple(cards), 0
        self.inside = QWidget()  # all cards, those that are scrolled out of sight too
        self.inside.setBackgroundRole(QPalette.ColorRole.Base)  # as the panel around it
        self._grid = QGridLayout(self.inside)
        self._grid.setContentsMargins(2, 2, 8, 2)
        self._grid.setHorizontalSpacing(24)
        self.setWidget(self.inside)
        self._lay(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(2 if self.width() >= TWO_COLUMNS else 1)

    def _lay(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for at, card in enumerate(self._cards):
            self._grid.addWidget(card, at // columns, at % columns, Qt.AlignmentFlag.AlignTop)
        for at in range(2):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)
        self._grid.setRowStretch(len(self._cards), 1)


def picture_of(heading: str, parts: Sequence[QWidget]) -> QImage:
    """The parts of a page that are not hidden, below one another under a heading, sharper than on the screen."""
    shown = [part for part in parts if not part.isHidden()]
    line, ground = shown[0].fontMetrics().height(), shown[0].palette().base().color()
    width = max(part.width() for part in shown) + 2 * AROUND
    height = line + sum(BETWEEN + part.height() for part in shown) + 2 * AROUND
    image = QImage(round(SCALE * width), round(SCALE * height), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SCALE)
    image.fill(ground)
    painter = QPainter(image)
    painter.setPen(shown[0].palette().text().color())
    painter.setFont(shown[0].font())
    painter.drawText(QPoint(AROUND, AROUND + shown[0].fontMetrics().ascent()), heading)
    top = AROUND + line
    for part in shown:
        part.render(painter, QPoint(AROUND, top + BETWEEN))
        top += BETWEEN + part.height()
    painter.end()
    return image
