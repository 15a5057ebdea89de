"""One measure of every layer at every snapshot, as colours: where and when a network becomes redundant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from workbench.figures.overview.measures import number
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.overview.measures import Measure
    from workbench.gui.panels.overview.model import Shown

MARGIN = 6  # pixels
SCALE = 10  # pixels: the height of the scale of colours
_COLOURS = pg.colormap.get("viridis").getLookupTable(nPts=256)


class HeatMap(QWidget):
    """Layers down, snapshots across; `chosen(layer, snapshot)` follows a click."""

    chosen = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("A measure of every layer at every snapshot")
        self.setMinimumHeight(60)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._shown: Shown | None = None
        self._measure: Measure | None = None
        self._layer = ""
        self._image = QImage()
        self._measured: tuple[object, int] = (None, 0)  # names and font, and how wide the widest is
        self.shares: NDArray[np.float64] = np.zeros((0, 0))  # (layers, snapshots); NaN: not known

    def show_measure(self, shown: Shown, measure: Measure, layer: str) -> None:
        """Colour the cells by which part of its units, or of its rank, the measure is."""
        known = self._shown is not None and self._shown.histories is shown.histories and self._measure is measure
        self._shown, self._measure, self._layer = shown, measure, layer
        if not known:
            self._colour(shown, measure)
        self.update()

    def _colour(self, shown: Shown, measure: Measure) -> None:
        self.shares = np.full((len(shown.layers), shown.last + 1), np.nan)
        for at, name in enumerate(shown.layers):
            for snapshot, row in shown.histories[name].items():
                value = measure.value(row)
                if value is not None:
                    self.shares[at, snapshot] = measure.share(row, value)
        known = np.isfinite(self.shares)
        steps = np.zeros(self.shares.shape, np.uint8)
        steps[known] = np.rint(255 * self.shares[known] / self.highest)
        pixels = np.zeros((*self.shares.shape, 4), np.uint8)
        pixels[known, :3], pixels[known, 3] = _COLOURS[steps[known]], 255
        height, width = self.shares.shape
        self._image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()

    @property
    def highest(self) -> float:
        """The share that has the lightest colour."""
        known = self.shares[np.isfinite(self.shares)]
        return float(known.max()) if known.size and known.max() > 0 else 1.0

    def sizeHint(self) -> QSize:
        return QSize(400, 160)

    @property
    def map_rectangle(self) -> QRectF:
        """Where the cells are."""
        line = self.fontMetrics().height()
        names = () if self._shown is None else self._shown.layers
        asked = (names, self.font().key())
        if asked != self._measured[0]:
            advance = self.fontMetrics().horizontalAdvance
            self._measured = asked, max((advance(literal(name)) for name in names), default=0)
        widest = self._measured[1]
        left = min(widest + 2.0, self.width() / 3) + 2 * MARGIN  # widths of texts are fractional
        return QRectF(left, MARGIN, self.width() - left - MARGIN, self.height() - 2 * line - SCALE - 4 * MARGIN)

    def place_at(self, point: QPointF) -> tuple[int, int] | None:
        """(layer, snapshot) under a point; None beside the cells."""
        area, (layers, snapshots) = self.map_rectangle, self.shares.shape
        if not layers or not area.contains(point):
            return None
        row = int((point.y() - area.top()) / area.height() * layers)
        column = int((point.x() - area.left()) / area.width() * snapshots)
        return min(row, layers - 1), min(column, snapshots - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._shown is None or self._measure is None or not self._shown.layers:
            return
        painter = QPainter(self)
        area, colours = self.map_rectangle, theme.current()
        painter.drawImage(area, self._image)
        painter.setPen(theme.line(colours.foreground))
        self._draw_names(painter, area)
        self._draw_chosen(painter, area)
        line = self.fontMetrics().height()
        painter.setPen(colours.foreground)
        below = QRectF(area.left(), area.bottom() + MARGIN, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "snapshot 0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, str(self._shown.last))
        self._draw_scale(painter, QRectF(area.left(), below.bottom() + MARGIN, area.width(), SCALE))

    def _draw_names(self, painter: QPainter, area: QRectF) -> None:
        assert self._shown is not None
        high, line = area.height() / len(self._shown.layers), self.fontMetrics().height()
        each = max(1, int(np.ceil(line / high)))
        for at in range(0, len(self._shown.layers), each):
            box = QRectF(MARGIN, area.top() + (at + 0.5) * high - line / 2, area.left() - 2 * MARGIN, line)
            name = literal(self._shown.layers[at])
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)

    def _draw_chosen(self, painter: QPainter, area: QRectF) -> None:
        assert self._shown is not None
        if self._layer not in self._shown.layers:
            return
        layers, snapshots = self.shares.shape
        wide, high = area.width() / snapshots, area.height() / layers
        at = self._shown.layers.index(self._layer)
        cell = QRectF(area.left() + self._shown.snapshot * wide, area.top() + at * high, wide, high)
        painter.setPen(theme.line(theme.OKABE_ITO["vermillion"]))
        painter.drawRect(cell)

    def _draw_scale(self, painter: QPainter, area: QRectF) -> None:
        assert self._measure is not None
        ramp = np.concatenate([_COLOURS, np.full((256, 1), 255, np.uint8)], axis=1).astype(np.uint8)
        painter.drawImage(area, QImage(ramp.tobytes(), 256, 1, 1024, QImage.Format.Format_RGBA8888))
        of = "its units" if self._measure.of == "units" else "its largest possible rank"
        below = QRectF(area.left(), area.bottom(), area.width(), self.fontMetrics().height())
        painter.setPen(theme.current().foreground)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0 %")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"{self._measure.head.lower()}, of {of}")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, f"{100 * self.highest:.3g} %")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose(event.position())

    def _choose(self, point: QPointF) -> None:
        found = self.place_at(point)
        if found is not None and self._shown is not None:
            self.chosen.emit(self._shown.layers[found[0]], found[1])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.place_at(QPointF(event.pos()))
            text = "" if found is None else self._tip(*found)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _tip(self, layer: int, snapshot: int) -> str:
        assert self._shown is not None
        assert self._measure is not None
        name = self._shown.layers[layer]
        row = self._shown.histories[name].get(snapshot)
        value = self._measure.value(row)
        found = self._measure.missing(row, None) or "to be computed" if value is None else number(value)
        return as_tooltip(literal(f"{name}, snapshot {snapshot}: {self._measure.head.lower()} {found}"))
