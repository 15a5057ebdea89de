"""CKA of every layer of one network with every layer of another, as colours with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.figures.comparing.alignment import DARK
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from workbench.figures.comparing.alignment import CkaFigure

GAP = 6.0  # pixels
NAMES = 0.3  # of the width that names may take
_COLOURS = pg.colormap.get("viridis").getLookupTable(nPts=256)
_AT = Qt.AlignmentFlag


class CkaMap(QWidget):
    """Layers of the first network down, those of the second across; the numbers where they fit."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("CKA of the layers of both networks")
        self.setMinimumHeight(60)
        self.figure: CkaFigure | None = None

    def show_figure(self, figure: CkaFigure) -> None:
        """Draw a figure."""
        self.figure = figure
        self.update()

    def forget(self) -> None:
        """Take everything away."""
        self.figure = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 200)

    @property
    def area(self) -> QRectF:
        """Where the cells are."""
        line, widest = float(self.fontMetrics().height()), 0.0
        if self.figure is not None:
            widest = max((self._wide(name) for name in self.figure.layers), default=0.0)
        left = line + min(widest, NAMES * self.width()) + 2 * GAP
        return QRectF(left, GAP, self.width() - left - GAP, self.height() - 2 * line - 2 * GAP)

    def cell(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        assert self.figure is not None
        area, (rows, columns) = self.area, self.figure.values.shape
        wide, high = area.width() / columns, area.height() / rows
        return QRectF(area.left() + column * wide, area.top() + row * high, wide, high)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The row and column under a point; None beside the cells."""
        if self.figure is None or not self.area.contains(point):
            return None
        area, (rows, columns) = self.area, self.figure.values.shape
        row = int((point.y() - area.top()) / area.height() * rows)
        column = int((point.x() - area.left()) / area.width() * columns)
        return min(row, rows - 1), min(column, columns - 1)

    def tip(self, row: int, column: int) -> str:
        """What is said of a cell."""
        assert self.figure is not None
        figure = self.figure
        value, high = figure.values[row, column], figure.shuffled_high[row, column]
        found = f"CKA {value:.4f}; shuffled images stay below {high:.4f} in 95 %" if np.isfinite(value) else "constant"
        return f"{figure.layers[row]} and {figure.other_layers[column]}: {found}"

    def paintEvent(self, _event: QPaintEvent) -> None:
        figure = self.figure
        if figure is None or not figure.values.size:
            return
        painter = QPainter(self)
        size = self.cell(0, 0).size()
        numbers = size.width() >= self._wide("0.00") + 4 and size.height() >= self.fontMetrics().height()
        for (row, column), value in np.ndenumerate(figure.values):
            if np.isfinite(value):
                self._paint_cell(painter, self.cell(row, column), float(value), numbers)
        painter.setPen(theme.current().foreground)
        self._paint_names(painter, figure)

    def _paint_cell(self, painter: QPainter, cell: QRectF, value: float, number: bool) -> None:
        colour = QColor(*map(int, _COLOURS[round(255 * min(max(value, 0.0), 1.0))]))
        painter.fillRect(cell.adjusted(0, 0, 0.5, 0.5), colour)
        if number:
            painter.setPen(QColor("white" if value < DARK else "black"))
            painter.drawText(cell, _AT.AlignCenter, f"{value:.2f}".replace("-", "−"))

    def _paint_names(self, painter: QPainter, figure: CkaFigure) -> None:
        area, line = self.area, float(self.fontMetrics().height())
        high = self.cell(0, 0).height()
        for row in range(0, len(figure.layers), max(1, int(np.ceil(line / high)))):
            middle = self.cell(row, 0).center().y()
            box = QRectF(line + GAP, middle - line / 2, area.left() - line - 2 * GAP, line)
            painter.drawText(box, _AT.AlignRight | _AT.AlignVCenter, self._short(figure.layers[row], box.width()))
        wide = self.cell(0, 0).width()
        widest = min(max((self._wide(name) for name in figure.other_layers), default=0.0), 12 * line)
        for column in range(0, len(figure.other_layers), max(1, int(np.ceil((widest + GAP) / wide)))):
            middle = self.cell(0, column).center().x()
            room = max(wide, widest + GAP)
            box = QRectF(middle - room / 2, area.bottom() + 1, room, line)
            painter.drawText(box, _AT.AlignCenter, self._short(figure.other_layers[column], room))
        below = QRectF(area.left(), area.bottom() + line, area.width(), line)
        painter.drawText(below, _AT.AlignCenter, self._short(figure.second, below.width()))
        painter.rotate(-90)
        beside = QRectF(-area.bottom(), 0, area.height(), line)
        painter.drawText(beside, _AT.AlignCenter, self._short(figure.first, beside.width()))

    def _wide(self, text: str) -> float:
        return QFontMetricsF(self.font()).horizontalAdvance(literal(text)) + 2.0

    def _short(self, text: str, room: float) -> str:
        return self.fontMetrics().elidedText(literal(text), Qt.TextElideMode.ElideMiddle, int(room))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if found is None else as_tooltip(literal(self.tip(*found))), self)
            return True
        return super().event(event)
