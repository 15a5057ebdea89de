"""What the marks of a plot mean, beside the plot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from workbench.gui.plots.plot import OUTDATED

if TYPE_CHECKING:
    from collections.abc import Sequence


Mark = Literal[
    "line", "thick", "dashed", "dotted", "dashdot", "box", "dot", "outline", "ring", "cross", "diamond", "sizes",
    "tick", "none",
]  # fmt: skip
TICK = 2  # pixels: the width of a tick
LINES = ("line", "thick", "dashed", "dotted", "dashdot")
STYLES = {
    "dashed": Qt.PenStyle.DashLine, "dotted": Qt.PenStyle.DotLine, "dashdot": Qt.PenStyle.DashDotLine,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One row of a legend: what it says and how it looks."""

    text: str
    colour: QColor | str
    mark: Mark = "line"
    clickable: bool = False  # a click selects what it names


@dataclass(frozen=True)
class _Row:
    """A row of entries, each with the pixels that it takes with the gap behind it."""

    entries: list[Entry]
    widths: list[int]


@dataclass(frozen=True)
class _Arranged:
    """Which entries are drawn, in which rows, and how high each of these is."""

    shown: tuple[Entry, ...]
    rows: list[_Row]
    high: int


class Legend(QWidget):
    """The meaning of a plot's marks, next to the plot; wraps where the panel is narrow.

    Where its entries would be cut off, or leave the plot too little room, it shows short ones in their place.
    """

    clicked = Signal(int, bool)  # the number of a clickable entry, and whether to add to what is selected
    menu_requested = Signal(int, object)  # the number of an entry, −1 for none, and a point of the screen
    SWATCH, GAP = 16, 14
    MOST = 0.17  # of the panel's height that long entries may take

    def __init__(self, parent: QWidget | None = None) -> None:
        self._entries: tuple[Entry, ...] = ()
        self._short: tuple[Entry, ...] = ()
        self._most_rows = 1
        self._known: tuple[object, _Arranged] | None = None  # what the last arrangement depends on, and that
        self.fresh = True  # whether the entries are those of the question that is asked now
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setVisible(False)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    @property
    def shown(self) -> tuple[Entry, ...]:
        """Those that are drawn: the short ones where there is no room for the others."""
        return self._arranged().shown

    def set_entries(self, entries: Sequence[Entry], short: Sequence[Entry] = ()) -> None:
        """Show these entries, in this order, or in a small panel the short ones."""
        if not self.fresh:
            self.fresh = True
            self.update()
        if (tuple(entries), tuple(short)) != (self._entries, self._short):
            self._entries, self._short = tuple(entries), tuple(short)
            self._known = None
            panel = self.parentWidget()
            if self.isHidden() and panel is not None:  # else it would take the plot's room for a moment
                self.resize(panel.width(), self.height())
                self._fit()
            self.setVisible(bool(entries))
            self.setAccessibleName("Legend: " + ", ".join(entry.text for entry in entries))
            self._fit()
            self.update()

    def fade(self) -> None:
        """What the entries say belongs to an earlier question; `set_entries` makes them new."""
        self.fresh = False
        self.update()

    def forget_height(self) -> None:
        """Let the legend become lower again; until then it only grows, so that a plot under it stays still."""
        self._most_rows = 1

    def length(self) -> int:
        """The pixels that all entries take beside one another."""
        return max(sum(sum(row.widths) for row in self._arranged().rows) - self.GAP, 0)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def event(self, event: QEvent) -> bool:
        panel = self.parentWidget()
        if event.type() == QEvent.Type.ParentChange and panel is not None:
            panel.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """A higher panel may have room for the long entries."""
        if event.type() == QEvent.Type.Resize and self._short:
            self._most_rows = 1
            self._fit()
            self.update()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._most_rows = 1
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._most_rows, self._known = 1, None
            self._fit()
            self.updateGeometry()
            self.update()

    def entry_at(self, point: QPointF) -> int:
        """The number of the entry at a point of this widget; −1 where there is none."""
        arranged, number = self._arranged(), 0
        for at, row in enumerate(arranged.rows):
            x = 0
            for width in row.widths:
                if x <= point.x() < x + width - self.GAP and at == int(point.y() // arranged.high):
                    return number
                x += width
                number += 1
        return -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._clickable(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._clickable(event.position())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(number, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        else:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not any(entry.clickable for entry in self._entries):
            event.ignore()  # the panel has a menu of its own
            return
        self.menu_requested.emit(self.entry_at(QPointF(event.pos())), event.globalPos())

    def _clickable(self, point: QPointF) -> int:
        number = self.entry_at(point)
        return number if number >= 0 and self.shown[number].clickable else -1

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.fresh else OUTDATED)
        arranged, ascent, text = self._arranged(), self.fontMetrics().ascent(), self.palette().windowText().color()
        for number, row in enumerate(arranged.rows):
            x, top = 0, number * arranged.high
            for entry, width in zip(row.entries, row.widths, strict=True):
                self._paint_swatch(painter, entry, QRectF(x, top, self.SWATCH, arranged.high))
                painter.setPen(text)
                painter.drawText(x + self._indent(entry), top + ascent + 1, entry.text)
                x += width

    def _paint_swatch(self, painter: QPainter, entry: Entry, place: QRectF) -> None:
        colour = QColor(entry.colour)
        middle = place.center()
        style = STYLES.get(entry.mark, Qt.PenStyle.SolidLine)
        painter.setPen(QPen(colour, 3.0 if entry.mark == "thick" else 1.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if entry.mark == "none":
            return
        if entry.mark == "tick":
            painter.setPen(QPen(colour, TICK))
            painter.drawLine(QPointF(middle.x(), middle.y() - 6), QPointF(middle.x(), middle.y() + 6))
            return
        if entry.mark in LINES:
            painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()))
            return
        if entry.mark not in ("outline", "ring", "sizes"):
            painter.setBrush(colour)
        if entry.mark == "sizes":  # a small disc and a larger one
            painter.drawEllipse(QPointF(place.left() + 3, middle.y()), 2, 2)
            painter.drawEllipse(QPointF(place.left() + 11, middle.y()), 5, 5)
            return
        x, y = middle.x(), middle.y()
        if entry.mark == "cross":
            painter.drawLine(QPointF(x - 4, y - 4), QPointF(x + 4, y + 4))
            painter.drawLine(QPointF(x - 4, y + 4), QPointF(x + 4, y - 4))
            return
        if entry.mark == "diamond":
            painter.drawConvexPolygon([QPointF(x, y - 6), QPointF(x + 6, y), QPointF(x, y + 6), QPointF(x - 6, y)])
            return
        shape = QRectF(x - 5, y - 5, 10, 10)
        (painter.drawEllipse if entry.mark in ("dot", "ring") else painter.drawRect)(shape)

    def _row(self) -> int:
        return self.fontMetrics().height() + 2

    def _width(self, entry: Entry) -> int:
        return self._indent(entry) + self.fontMetrics().horizontalAdvance(entry.text) + self.GAP

    def _indent(self, entry: Entry) -> int:
        return 0 if entry.mark == "none" else self.SWATCH + 4

    def _arranged(self) -> _Arranged:
        """Which entries stand where; found anew where the room or the font is another."""
        panel = self.parentWidget()
        depends = self.width(), panel.height() if panel is not None and self._short else 0, self.font()
        if self._known is None or self._known[0] != depends:
            self._known = depends, self._arrange()
        return self._known[1]

    def _arrange(self) -> _Arranged:
        high = self._row()
        rows = self._rows_of(self._entries)
        if self._short and not self._has_room(rows, high):
            return _Arranged(self._short, self._rows_of(self._short), high)
        return _Arranged(self._entries, rows, high)

    def _has_room(self, rows: Sequence[_Row], high: int) -> bool:
        """Whether all entries can be read whole, in few rows of the panel."""
        panel = self.parentWidget()
        fits = all(width - self.GAP <= self.width() for row in rows for width in row.widths)
        return fits and (panel is None or len(rows) * high <= max(self.MOST * panel.height(), high))

    def _rows_of(self, entries: Sequence[Entry]) -> list[_Row]:
        rows = [_Row([], [])]
        used = 0
        for entry in entries:
            width = self._width(entry)
            if rows[-1].entries and used + width - self.GAP > self.width():
                rows.append(_Row([], []))
                used = 0
            rows[-1].entries.append(entry)
            rows[-1].widths.append(width)
            used += width
        return rows

    def _fit(self) -> None:
        arranged = self._arranged()
        self._most_rows = max(self._most_rows, len(arranged.rows))
        self.setFixedHeight(arranged.high * self._most_rows)
