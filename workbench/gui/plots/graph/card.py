"""A card next to a node: what is known of its unit at once, and more as soon as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

PAD, AWAY = 8, 14  # pixels: inside, and from the node
SPARK = 30  # pixels: the height of the line of activity
IMAGE = 56  # pixels: the height of a picture of weights
WIDEST = 260
NEGATIVE, ZERO, POSITIVE = (33, 102, 172), (247, 247, 247), (178, 24, 43)  # of weights


@dataclass(frozen=True, eq=False)
class Shown:
    """What the card shows; what is not read yet is None."""

    lines: tuple[str, ...]  # the first is the title
    history: NDArray[np.float32] | None = None  # 0…1 at each snapshot
    now: int = 0  # the snapshot that is looked at
    picture: NDArray[np.float32] | None = None  # (height, width, channels)


class Card(QWidget):
    """Lies over a plot and lets the mouse through."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.shown = Shown(())
        self._image: QImage | None = None
        self.hide()

    def show_beside(self, shown: Shown, node: QPoint, radius: int = 0) -> None:
        """Show this next to a node of this radius, where there is room."""
        self.shown = shown
        self._image = None if shown.picture is None else _image_of(shown.picture)
        self.resize(*self._size())
        self.move(self._place(self._plot.rect(), node, AWAY + radius))
        self.setAccessibleName("; ".join(shown.lines))
        self.show()
        self.raise_()
        self.update()

    def _place(self, area: QRect, node: QPoint, away: int) -> QPoint:
        """Right of the node, else left of it; in a narrow plot below it, else above."""
        width, height = self.width(), self.height()
        most = QPoint(max(area.right() - width, 0), max(area.bottom() - height, 0))
        top = min(max(node.y() - height // 2, 0), most.y())
        if node.x() + away <= most.x():
            return QPoint(node.x() + away, top)
        if node.x() - away - width >= 0:
            return QPoint(node.x() - away - width, top)
        left = min(max(node.x() - width // 2, 0), most.x())
        below = node.y() + away <= most.y()
        return QPoint(left, node.y() + away if below else max(node.y() - away - height, 0))

    def paintEvent(self, _event: QPaintEvent) -> None:
        colours, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.faint, 1))
        painter.setBrush(self.palette().toolTipBase())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setPen(self.palette().toolTipText().color())
        row = self.fontMetrics().height() + 1
        for number, line in enumerate(self.shown.lines):
            font = self.font()
            font.setBold(number == 0)
            painter.setFont(font)
            painter.drawText(PAD, PAD + number * row + self.fontMetrics().ascent(), line)
        below = PAD + len(self.shown.lines) * row + 4
        if self.shown.history is not None:
            self._paint_history(painter, self.shown.history, QRectF(PAD, below, self.width() - 2 * PAD, SPARK))
            below += SPARK + row + 4
        if self._image is not None:
            width = IMAGE * self._image.width() // max(self._image.height(), 1)
            painter.drawImage(QRect(PAD, below, width, IMAGE), self._image)

    def _paint_history(self, painter: QPainter, history: NDArray[np.float32], area: QRectF) -> None:
        """Activity over the snapshots: 0 below, 100 % above, a dot where one looks."""
        colours = theme.current()
        painter.setPen(QPen(colours.faint, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        step = area.width() / max(len(history) - 1, 1)
        heights = area.bottom() - area.height() * np.nan_to_num(history).clip(0.0, 1.0)
        points = [QPointF(area.left() + step * at, height) for at, height in enumerate(heights.tolist())]
        painter.setPen(QPen(colours.accent, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(points)
        painter.setBrush(colours.accent)
        painter.drawEllipse(points[min(self.shown.now, len(points) - 1)], 2.5, 2.5)
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(QPointF(area.left(), area.bottom() + self.fontMetrics().ascent() + 2), HISTORY)

    def _size(self) -> tuple[int, int]:
        font = self.font()
        font.setBold(True)
        words = [*self.shown.lines, *([HISTORY] if self.shown.history is not None else [])]
        widest = max((self.fontMetrics().horizontalAdvance(f"{line} ") for line in words), default=0)
        row = self.fontMetrics().height() + 1
        height = 2 * PAD + row * len(self.shown.lines)
        height += SPARK + row + 8 if self.shown.history is not None else 0
        height += IMAGE + 4 if self._image is not None else 0
        return min(widest + 2 * PAD + 6, WIDEST), height


HISTORY = "activity at each snapshot"


def _image_of(weights: NDArray[np.float32]) -> QImage:
    """Three channels as red, green and blue, grey at 0; one as blue below 0, white at 0 and red above."""
    largest = float(np.abs(weights).max()) or 1.0
    shares = np.nan_to_num(weights / largest)
    if weights.shape[2] == 3:
        pixels = 127.5 + 127.5 * shares
    else:
        ends = np.where(shares < 0.0, np.array(NEGATIVE), np.array(POSITIVE))
        pixels = np.array(ZERO) + np.abs(shares) * (ends - np.array(ZERO))
    height, width = weights.shape[:2]
    data = np.ascontiguousarray(np.rint(pixels).astype(np.uint8)).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
