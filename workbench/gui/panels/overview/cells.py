"""A cell of the overview's table: a number, its history beside it and its bar below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    Index = QModelIndex | QPersistentModelIndex

CELL = int(Qt.ItemDataRole.UserRole)
MARGIN = 4  # pixels around what is in a cell
BAR = 3  # pixels: its height
LEAST_CURVE = 12  # pixels: a narrower one is not drawn
PALE = 120  # opacity of what is of another snapshot, of 255
MOST_TEXTS = 5_000  # whose widths are kept
DOT = 2.0  # pixels: the radius of the mark at the snapshot


@dataclass(frozen=True)
class Curve:
    """A history in a square of side 1 with y downwards, made once and drawn into cells of any size."""

    line: QPolygonF
    points: Mapping[int, QPointF]  # by snapshot


@dataclass(frozen=True)
class Cell:
    """What a cell draws."""

    text: str
    share: float | None  # how long its bar is, 0 to 1
    colour: str
    curve: Curve
    at: int  # the snapshot that is shown
    pale: bool = False  # it is of another snapshot, the last, or may still change


class CellDelegate(QStyledItemDelegate):
    """Draws a number on the left, its history on the right and its bar below.

    What it draws with is made once: a table has hundreds of cells, and is painted as one.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._font = QFont()
        self._widths: dict[str, int] = {}  # of texts in that font, in pixels

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell: Cell | None = index.data(CELL)
        if cell is None:
            super().paint(painter, option, index)
            return
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        text = palette.highlightedText().color() if selected else palette.text().color()
        if cell.pale:
            text.setAlpha(PALE)
        rectangle = QRectF(option.rect).adjusted(MARGIN, 2, -MARGIN, -3)
        painter.save()
        painter.setPen(text)
        painter.drawText(
            rectangle.adjusted(0, 0, 0, -BAR), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cell.text
        )
        width = self._width(cell.text, option) + 2 * MARGIN
        _draw_curve(painter, rectangle.adjusted(width, 2, 0, -BAR - 3), cell, text)
        _draw_bar(painter, rectangle, cell, text)
        painter.restore()

    def _width(self, text: str, option: QStyleOptionViewItem) -> int:
        if option.font != self._font:
            self._font = QFont(option.font)
            self._widths.clear()
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > MOST_TEXTS:
                self._widths.clear()
            width = self._widths[text] = option.fontMetrics.horizontalAdvance(text)
        return width

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width(), size.height() + BAR + 6)


def _draw_bar(painter: QPainter, rectangle: QRectF, cell: Cell, text: QColor) -> None:
    if cell.share is None:
        return
    ground, colour = _bar_colours(text.rgba(), cell.colour)
    bar = QRectF(rectangle.left(), rectangle.bottom() - BAR, rectangle.width(), BAR)
    painter.fillRect(bar, ground)
    painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * cell.share, BAR), colour)


def _draw_curve(painter: QPainter, rectangle: QRectF, cell: Cell, text: QColor) -> None:
    if cell.curve.line.size() < 2 or rectangle.width() < LEAST_CURVE:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(_curve_pen(text.rgba(), QGuiApplication.primaryScreen().devicePixelRatio()))
    square = painter.transform()
    painter.translate(rectangle.topLeft())
    painter.scale(rectangle.width(), rectangle.height())
    painter.drawPolyline(cell.curve.line)
    painter.setTransform(square)
    here = cell.curve.points.get(cell.at)
    if here is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(text)
        x, y = here.x() * rectangle.width(), here.y() * rectangle.height()
        painter.drawEllipse(rectangle.topLeft() + QPointF(x, y), DOT, DOT)


@lru_cache(maxsize=16)
def _curve_pen(rgba: int, _pixels: float) -> QPen:
    """The pen of histories beside a text of this colour, on a screen with so many pixels to a unit."""
    pale = QColor.fromRgba(rgba)
    pale.setAlpha(150)
    pen = theme.line(pale)
    pen.setCosmetic(True)  # as wide whatever the scale
    return pen


@lru_cache(maxsize=128)
def _bar_colours(rgba: int, name: str) -> tuple[QColor, QColor]:
    """The ground of a bar below a text of this colour, and the bar, whose colour has this name."""
    ground, colour = QColor.fromRgba(rgba), QColor(name)
    colour.setAlpha(ground.alpha())
    ground.setAlpha(28)
    return ground, colour
