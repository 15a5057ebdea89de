"""Ticks along the bottom of a plot for single values; the largest are labelled, the others counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from workbench.figures.labels import Label, arrange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Rug(QGraphicsObject):
    """The rug of a plot; it lives in the pixels of the plot's view box and follows its range."""

    TICK = 9.0  # pixels

    def __init__(self, plot_item: Any) -> None:
        super().__init__(plot_item.vb)
        self._box = plot_item.vb
        self._colour, self._behind = QColor(), QColor()
        self._positions: NDArray[np.float64] = np.zeros(0)
        self._texts: tuple[str, ...] = ()
        self.setZValue(30)
        self._box.sigRangeChanged.connect(self._on_box_changed)
        self._box.sigResized.connect(self._on_box_changed)

    def set_colours(self, colour: QColor, background: QColor) -> None:
        """The colours of ticks and words, and of what is behind the words."""
        self._colour, self._behind = colour, QColor(background)
        self._behind.setAlpha(190)  # labels stay readable over bars
        self.update()

    @property
    def positions(self) -> NDArray[np.float64]:
        """Where the ticks are, in the coordinates of the axis."""
        return self._positions

    def set_values(self, positions: NDArray[np.float64], texts: Sequence[str]) -> None:
        """Ticks at these positions of the axis, descending; `texts` belong to the first of them."""
        self._positions = positions
        self._texts = tuple(texts)
        self.update()

    def labels(self) -> tuple[Label, ...]:
        """The labels as they are drawn now."""
        measure = QFontMetricsF(self.scene().font()).horizontalAdvance
        return arrange(self._pixels(), self._texts, self._box.rect().width(), measure)

    def boundingRect(self) -> QRectF:
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        bottom, width = self._box.rect().bottom(), self._box.rect().width()
        pixels = self._pixels()
        painter.setPen(self._colour)
        painter.setFont(self.scene().font())
        painter.drawLines(
            [QLineF(x, bottom - self.TICK, x, bottom) for x in pixels[(pixels >= 0) & (pixels <= width)].tolist()]
        )
        metrics = painter.fontMetrics()
        for label in self.labels():
            above = bottom - self.TICK - 2 - metrics.ascent()
            painter.fillRect(QRectF(label.left - 1, above, label.width + 2, metrics.height()), self._behind)
            painter.drawText(QPointF(label.left, bottom - self.TICK - 3), label.text)

    def _pixels(self) -> NDArray[np.float64]:
        low, high = self._box.viewRange()[0]
        pixels: NDArray[np.float64] = (self._positions - low) / (high - low) * self._box.rect().width()
        return pixels

    def _on_box_changed(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.update()
