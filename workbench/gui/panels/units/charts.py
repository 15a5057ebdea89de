"""Charts on the page of a unit: curves over the snapshots, and bars."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Float64 = NDArray[np.float64]

CURVE, GAP = 40, 6  # pixels: the height of a curve, and between two
BARS = 88  # pixels: the height of bars
DOT = 3.0
NAMES = 62  # pixels: for what a curve is


@dataclass(frozen=True, eq=False)
class Curve:
    """A number of a unit over the snapshots."""

    name: str
    values: Float64  # (T,) NaN: not known
    why: str = ""  # it is not known


class HistoryView(QWidget):
    """Curves below one another over the same snapshots; `chosen(snapshot)` follows a click."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("History of the unit")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.curves: tuple[Curve, ...] = ()
        self._at = 0

    def show_curves(self, curves: tuple[Curve, ...], at: int) -> None:
        """Show these, with a mark at a snapshot."""
        self.curves, self._at = curves, at
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, max(len(self.curves), 1) * (CURVE + GAP) + 2 * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    @property
    def _numbers(self) -> int:
        """The room for numbers next to the curves."""
        return self.fontMetrics().horizontalAdvance("−0.00000") + 8

    def _area(self, number: int) -> QRectF:
        top, left = number * (CURVE + GAP) + self.fontMetrics().height() / 2, NAMES + self._numbers
        return QRectF(left, top, max(self.width() - left - 8, 10), CURVE - 8)

    def _x(self, area: QRectF, snapshot: float) -> float:
        last = max(len(self.curves[0].values) - 1, 1)
        return area.left() + snapshot / last * area.width()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, curve in enumerate(self.curves):
            self._draw(painter, self._area(number), curve)
        if self.curves:
            below = self._area(len(self.curves) - 1).translated(0, CURVE)
            painter.setPen(theme.current().foreground)
            box = QRectF(below.left(), below.top() - 6, below.width(), self.fontMetrics().height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "snapshot 0")
            painter.drawText(box, Qt.AlignmentFlag.AlignRight, str(len(self.curves[0].values) - 1))

    def _draw(self, painter: QPainter, area: QRectF, curve: Curve) -> None:
        colours, high = theme.current(), self.fontMetrics().height()
        painter.setPen(colours.foreground)
        middle = QRectF(0, area.center().y() - high / 2, NAMES, high)
        painter.drawText(middle, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, curve.name)
        known = np.flatnonzero(np.isfinite(curve.values))
        if not len(known):
            painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), f"– {curve.why}")
            return
        low, top = _range(curve.values[known])
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, y in ((top, area.top()), (low, area.bottom())):
            painter.drawText(QRectF(NAMES, y - high / 2, self._numbers - 6, high), int(right), _number(value))
        ground = QColor(colours.foreground)
        ground.setAlpha(14)
        painter.fillRect(area, ground)
        values = curve.values[known]
        shown = _seen(values, 2 * int(area.width()))
        points = [
            self._point(area, at, part)
            for at, part in zip(known[shown].tolist(), ((values[shown] - low) / (top - low)).tolist(), strict=True)
        ]
        x = self._x(area, self._at)
        painter.setPen(theme.line(colours.faint))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(theme.line(colours.accent))
        painter.drawPolyline(QPolygonF(points))
        if np.isfinite(curve.values[self._at]):
            painter.setBrush(colours.accent)
            here = float(curve.values[self._at] - low) / (top - low)
            painter.drawEllipse(self._point(area, self._at, here), DOT, DOT)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _point(self, area: QRectF, snapshot: int, part: float) -> QPointF:
        return QPointF(self._x(area, snapshot), area.bottom() - part * area.height())

    def snapshot_at(self, x: float) -> int:
        """The snapshot whose mark is nearest to a place."""
        area, last = self._area(0), len(self.curves[0].values) - 1
        return int(np.clip(np.rint((x - area.left()) / area.width() * last), 0, last))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left = event.buttons() & Qt.MouseButton.LeftButton
        if self.curves and left and event.position().x() >= self._area(0).left() - 4:
            self.chosen.emit(self.snapshot_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tip(self, point: QPointF) -> str:
        number = int(point.y() // (CURVE + GAP))
        if not 0 <= number < len(self.curves):
            return ""
        curve, at = self.curves[number], self.snapshot_at(point.x())
        value = curve.values[at]
        found = f"– {curve.why}".rstrip(" –") if np.isnan(value) else f"{value:.6g}"
        return as_tooltip(literal(f"snapshot {at}: {curve.name} {found}"))


def _seen(values: Float64, most: int) -> NDArray[np.int64]:
    """Which of many values are drawn, ascending: the lowest and the highest of each stretch, about so many in all."""
    count = len(values)
    if count <= 2 * most or most < 2:
        return np.arange(count)
    borders = np.linspace(0, count, most // 2 + 1).astype(np.int64)
    parts = [values[low:high] for low, high in pairwise(borders.tolist())]
    ends = [(low + int(part.argmin()), low + int(part.argmax())) for low, part in zip(borders, parts, strict=False)]
    return np.unique(np.array(ends, np.int64))


@dataclass(frozen=True, eq=False)
class Bars:
    """A number for each of some things."""

    values: Float64  # NaN: not known
    noun: str  # "class"
    unit: str = ""  # "points"


class BarView(QWidget):
    """Bars from a line at 0, up or down; the number of each below where there is room."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.bars: Bars | None = None

    def show_bars(self, bars: Bars | None) -> None:
        """Show these; None: nothing."""
        self.bars = bars
        self.setVisible(bars is not None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, BARS + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    @property
    def _area(self) -> QRectF:
        left = self.fontMetrics().horizontalAdvance("−00.00") + 8
        return QRectF(left, 8, self.width() - left - 4, BARS - 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.bars is None or not len(self.bars.values):
            return
        painter, area, colours = QPainter(self), self._area, theme.current()
        values = np.nan_to_num(self.bars.values)
        low, top = _with_zero(values)
        zero, each = area.bottom() - (0.0 - low) / (top - low) * area.height(), area.width() / len(values)
        gap = 0.0 if each < 3 else min(4.0, each / 4)
        colours_of = QColor(theme.OKABE_ITO["blue"]), QColor(theme.OKABE_ITO["vermillion"])
        for first, end, value in extremes(values, int(area.width())):
            left, high = area.left() + first * each + gap / 2, value / (top - low) * area.height()
            bar = QRectF(left, zero - high, (end - first) * each - gap, high).normalized()
            painter.fillRect(bar, colours_of[value > 0])
        painter.setPen(theme.line(colours.faint))
        painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero))
        painter.setPen(colours.foreground)
        self._draw_numbers(painter, area, low, top)
        self._draw_names(painter, area, each)

    def _draw_numbers(self, painter: QPainter, area: QRectF, low: float, top: float) -> None:
        high, right = self.fontMetrics().height(), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for value in dict.fromkeys((top, 0.0, low)):
            y = area.bottom() - (value - low) / (top - low) * area.height()
            crowded = value == 0.0 and min(abs(y - area.top()), abs(y - area.bottom())) < high and low < 0.0 < top
            if not crowded:
                painter.drawText(QRectF(0, y - high / 2, area.left() - 6, high), right, _number(value))

    def _draw_names(self, painter: QPainter, area: QRectF, each: float) -> None:
        assert self.bars is not None
        count, high = len(self.bars.values), self.fontMetrics().height()
        wide = self.fontMetrics().horizontalAdvance(str(count - 1)) + 6
        step = max(1, int(np.ceil(wide / each)))
        for at in range(0, count, step):
            box = QRectF(area.left() + (at + 0.5) * each - wide, BARS - 4, 2 * wide, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, str(at))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tip(event.pos().x()), self)
            return True
        return super().event(event)

    def _tip(self, x: float) -> str:
        if self.bars is None or not self._area.left() <= x < self._area.right():
            return ""
        at = int((x - self._area.left()) / self._area.width() * len(self.bars.values))
        value = self.bars.values[at]
        found = "no images" if np.isnan(value) else f"{value:.4g} {self.bars.unit}".rstrip()
        return as_tooltip(f"{self.bars.noun} {at}: {found}")


def extremes(values: Float64, most: int) -> Iterator[tuple[int, int, float]]:
    """(first, end, value) of each bar: of more than `most` values the largest and the smallest of as many as it takes.

    So a layer of thousands of units is drawn as fast as one of a few hundred.
    """
    if len(values) <= most:
        yield from ((at, at + 1, value) for at, value in enumerate(values.tolist()))
        return
    edges = np.linspace(0, len(values), max(most, 1) + 1).astype(np.int64)
    for reduce, keep in ((np.maximum.reduceat, np.greater), (np.minimum.reduceat, np.less)):
        found = reduce(values, edges[:-1])
        for at in np.flatnonzero(keep(found, 0.0)).tolist():
            yield int(edges[at]), int(edges[at + 1]), float(found[at])


def _range(values: Float64) -> tuple[float, float]:
    """The ends of an axis for these: never of no length."""
    low, top = float(values.min()), float(values.max())
    middle, least = (low + top) / 2, 1e-3 * max(abs(low), abs(top), 1e-9)
    return (low, top) if top - low >= least else (middle - least, middle + least)


def _with_zero(values: Float64) -> tuple[float, float]:
    low, top = min(0.0, float(values.min())), max(0.0, float(values.max()))
    return (low, top) if top > low else (0.0, 1.0)


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
