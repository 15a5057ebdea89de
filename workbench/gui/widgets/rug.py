"""Ticks along the bottom of a plot for single values; the largest are labelled, the others counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsObject, QStyleOptionGraphicsItem, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

MOST_LABELS = 4
GAP = 8.0  # pixels between two labels


@dataclass(frozen=True)
class Label:
    """A piece of text and the pixels it takes, from its left end on."""

    text: str
    left: float
    width: float


class Rug(QGraphicsObject):
    """The rug of a plot; it lives in the pixels of the plot's view box and follows its range."""

    TICK = 9.0  # pixels

    def __init__(self, plot_item: Any, colour: QColor, background: QColor) -> None:
        super().__init__(plot_item.vb)
        self._box = plot_item.vb
        self._colour = colour
        self._behind = QColor(background)
        self._behind.setAlpha(190)  # labels stay readable over bars
        self._positions: NDArray[np.float64] = np.zeros(0)
        self._texts: tuple[str, ...] = ()
        self.setZValue(30)
        self._box.sigRangeChanged.connect(self._on_box_changed)
        self._box.sigResized.connect(self._on_box_changed)

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


def arrange(
    pixels: NDArray[np.float64], texts: Sequence[str], room: float, measure: Callable[[str], float]
) -> tuple[Label, ...]:
    """The labels for ticks at `pixels` (descending), each whole inside `room` and none over another.

    As many of the largest ticks as fit (four at most) get their text; one more label counts the others.
    Ticks to the right of the room are told in one label with an arrow, those to its left not at all.
    """
    beyond = int(np.count_nonzero(pixels > room))
    told: list[Label] = []
    if beyond:
        text = f"{texts[0]} →" if beyond == 1 else f"{beyond} up to {texts[0]} →"
        told = [Label(text, max(room - measure(text), 0.0), measure(text))]
    inside = pixels[beyond : int(np.count_nonzero(pixels >= 0))].tolist()
    named = list(zip(inside, texts[beyond : beyond + MOST_LABELS], strict=False))
    limit = told[0].left - GAP if told else room
    for count in range(len(named), -1, -1):
        row = _row(named[:count], inside[count:], limit, measure, "more" if told or count else "outliers")
        if row is not None:
            return (*told, *row)
    return tuple(told)


def _row(
    named: Sequence[tuple[float, str]],
    others: Sequence[float],
    limit: float,
    measure: Callable[[str], float],
    noun: str,
) -> list[Label] | None:
    """Labels from right to left up to `limit`; None where one would not fit near its tick."""
    row: list[Label] = []
    wanted = [(pixel, text, measure(text)) for pixel, text in named]
    if others:
        count = f"{len(others)} {noun}"
        wanted.append((sum(others) / len(others), count, measure(count)))
    for pixel, text, width in wanted:
        left = min(max(pixel - width / 2, 0.0), limit - width)
        if left < 0 or pixel - left > 1.5 * width + GAP:
            return None
        row.append(Label(text, left, width))
        limit = left - GAP
    return row
