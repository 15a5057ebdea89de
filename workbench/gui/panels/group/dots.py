"""A cell that shows the value of each run as a dot, over the interval of the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui.state import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    Index = QModelIndex | QPersistentModelIndex

DOTS = int(Qt.ItemDataRole.UserRole)
MARGIN, RADIUS, HEIGHT = 8.0, 3.0, 8.0  # pixels


@dataclass(frozen=True)
class Dots:
    """What a cell draws, all as parts of the largest possible value, from 0 to 1."""

    values: tuple[float, ...]  # of the runs
    mean: float
    low: float | None  # of the interval of the mean; None: a single run has none
    high: float | None


class DotsDelegate(QStyledItemDelegate):
    """Draws an axis from 0 to the largest possible value, the interval, the mean, and a dot for each run."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        dots: Dots | None = index.data(DOTS)
        if dots is None:
            super().paint(painter, option, index)
            return
        room = QRectF(option.rect).adjusted(MARGIN, 0, -MARGIN, 0)
        middle, colours = room.center().y(), theme.current()

        def place(value: float) -> float:
            return room.left() + room.width() * min(max(value, 0.0), 1.0)

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.line(colours.faint))
        painter.drawLine(QPointF(room.left(), middle), QPointF(room.right(), middle))
        if dots.low is not None and dots.high is not None:
            left, right = place(dots.low), place(dots.high)
            band = QColor(colours.accent)
            band.setAlpha(70)
            painter.fillRect(QRectF(left, middle - HEIGHT / 2, max(right - left, 1.0), HEIGHT), band)
        painter.setPen(theme.line(colours.accent))
        mean = place(dots.mean)
        painter.drawLine(QPointF(mean, middle - HEIGHT), QPointF(mean, middle + HEIGHT))
        painter.setPen(theme.outline(colours.background))
        painter.setBrush(theme.brush(colours.foreground))
        for value in dots.values:
            painter.drawEllipse(QPointF(place(value), middle), RADIUS, RADIUS)
        painter.restore()
