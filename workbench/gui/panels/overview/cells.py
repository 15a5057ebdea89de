"""A cell of the overview's table: a number, its history beside it and its bar below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF

from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QFontMetrics

MARGIN = 4  # pixels around what is in a cell
BAR = 3  # pixels: its height
LEAST_CURVE = 12  # pixels: a narrower one is not drawn
PALE = 120  # opacity of what is of another snapshot, of 255
MOST_TEXTS = 5_000  # whose widths are kept
DOT = 2  # pixels: the radius of the mark at the snapshot
EDGE = 2  # pixels around the picture of a history: half the width of its line, and more
MOST_CURVES = 600  # whose pictures are kept
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter  # flags are slow to combine


@dataclass(frozen=True, eq=False)
class Curve:
    """A history of two or more points in a square of side 1, y downwards; made once, drawn into cells of any size."""

    line: QPolygonF
    points: Mapping[int, QPointF]  # by snapshot


@dataclass(frozen=True)
class Cell:
    """What a cell draws."""

    text: str
    share: float | None  # how long its bar is, 0 to 1
    colour: str
    curve: Curve | None  # None: there is none
    at: int  # the snapshot that is shown
    pale: bool = False  # it is of another snapshot, the last, or may still change
    aligned: Qt.AlignmentFlag = LEFT


class Cells:
    """Draws a number on the left, its history on the right and its bar below.

    What it draws with is made once: a table has hundreds of cells, and is painted as one.
    """

    def __init__(self) -> None:
        self._widths: dict[str, int] = {}  # of texts, in pixels
        self._curves: dict[tuple[Curve, int, int, int, float], QPixmap] = {}

    def forget(self) -> None:
        """Measure texts anew, in another font."""
        self._widths.clear()

    def draw(self, painter: QPainter, place: QRect, cell: Cell, ink: QColor, metrics: QFontMetrics) -> None:
        """Draw a cell into its place, its text in this ink."""
        if cell.pale:
            ink = QColor(ink)
            ink.setAlpha(PALE)
        rectangle = QRectF(place).adjusted(MARGIN, 2, -MARGIN, -3)
        painter.setPen(ink)
        width, shown = self._width(cell.text, metrics), cell.text
        if width > rectangle.width():
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, int(rectangle.width()))
        painter.drawText(rectangle.adjusted(0, 0, 0, -BAR), cell.aligned, shown)
        if cell.curve is not None:
            beside = rectangle.adjusted(width + 2 * MARGIN, 2, 0, -BAR - 3)
            self._draw_curve(painter, beside, cell.curve, cell.at, ink)
        _draw_bar(painter, rectangle, cell, ink)

    def _draw_curve(self, painter: QPainter, place: QRectF, curve: Curve, at: int, text: QColor) -> None:
        """The line and the mark are painted once, and copied while the snapshot moves."""
        if place.width() < LEAST_CURVE:
            return
        wide, high, pixels = int(place.width()), int(place.height()), painter.device().devicePixelRatio()
        key = curve, wide, high, text.rgba(), pixels
        line = self._curves.get(key)
        if line is None:
            if len(self._curves) > MOST_CURVES:
                self._curves.clear()
            line = self._curves[key] = _painted(curve, wide, high, text, pixels)
        left, top = int(place.left()), int(place.top())
        painter.drawPixmap(left - EDGE, top - EDGE, line)
        here = curve.points.get(at)
        if here is not None:
            x, y = left + here.x() * wide - DOT, top + here.y() * high - DOT
            painter.drawPixmap(QPointF(x, y), _dot(text.rgba(), pixels))

    def _width(self, text: str, metrics: QFontMetrics) -> int:
        width = self._widths.get(text)
        if width is None:
            if len(self._widths) > MOST_TEXTS:
                self._widths.clear()
            width = self._widths[text] = metrics.horizontalAdvance(text)
        return width


def _draw_bar(painter: QPainter, rectangle: QRectF, cell: Cell, text: QColor) -> None:
    if cell.share is None:
        return
    ground, colour = _bar_colours(text.rgba(), cell.colour)
    bar = QRectF(rectangle.left(), rectangle.bottom() - BAR, rectangle.width(), BAR)
    painter.fillRect(bar, ground)
    painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * cell.share, BAR), colour)


def _blank(wide: int, high: int, pixels: float) -> QPixmap:
    """A transparent picture of this size on a screen with so many pixels to a unit."""
    picture = QPixmap(ceil(wide * pixels), ceil(high * pixels))
    picture.setDevicePixelRatio(pixels)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _painted(curve: Curve, wide: int, high: int, text: QColor, pixels: float) -> QPixmap:
    """A history beside a text of this colour, with room for its width at the edges."""
    pale = QColor(text)
    pale.setAlpha(150)
    pen = theme.line(pale)
    pen.setCosmetic(True)  # as wide whatever the scale
    picture = _blank(wide + 2 * EDGE, high + 2 * EDGE, pixels)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen)
    painter.translate(EDGE, EDGE)
    painter.scale(wide, high)
    painter.drawPolyline(curve.line)
    painter.end()
    return picture


@lru_cache(maxsize=16)
def _dot(rgba: int, pixels: float) -> QPixmap:
    """The mark at the snapshot, beside a text of this colour."""
    picture = _blank(2 * DOT, 2 * DOT, pixels)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgba(rgba))
    painter.drawEllipse(QRectF(0, 0, 2 * DOT, 2 * DOT))
    painter.end()
    return picture


@lru_cache(maxsize=128)
def _bar_colours(rgba: int, name: str) -> tuple[QColor, QColor]:
    """The ground of a bar below a text of this colour, and the bar, whose colour has this name."""
    ground, colour = QColor.fromRgba(rgba), QColor(name)
    colour.setAlpha(ground.alpha())
    ground.setAlpha(28)
    return ground, colour
