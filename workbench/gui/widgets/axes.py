"""The axes of a plot: words and numbers that fit, in the application's font."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF, QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Iterator

SPARSE = 1.15  # lines of text from one number to the next, at the least


class LeftAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis at the left with as many numbers as can stand above one another: on a flat plot ever fewer."""

    def __init__(self) -> None:
        super().__init__("left")

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        least = abs(high - low) / size * SPARSE * _metrics().height()
        if not levels or levels[0][0] >= least:
            return levels
        return [(_round_up(least), 0.0), *levels[1:]]


def _round_up(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … (and .5, .2, …) that is not below `least`."""
    decade = 10.0 ** floor(log10(least))
    return next(digit * decade for digit in (1.0, 2.0, 5.0, 10.0, 20.0) if digit * decade >= least)


def room_above() -> int:
    """The pixels that a number at the upper end of an axis needs above it."""
    return ceil(_metrics().tightBoundingRect("0").height() / 2.0) + 2


def room_beside() -> float:
    """The pixels from the middle of a number below an axis to that of the next, where they have up to four digits."""
    return _metrics().horizontalAdvance("0.0000")


def shorter_and_shorter(label: str) -> Iterator[str]:
    """A label, its unit alone if it has one, else ever fewer of its words: "accuracy (%)", "(%)"."""
    yield label
    words, opening, unit = label.partition("(")
    if opening:
        yield opening + unit
        return
    parts = words.split()
    for count in range(len(parts) - 1, 0, -1):
        yield " ".join(parts[:count]).removesuffix(" per")


def fit_fonts(plot_item: Any) -> None:
    """Write the axes in the application's font, and give them the room that takes."""
    font = QGuiApplication.font()
    for side in ("bottom", "left"):
        axis = plot_item.getAxis(side)
        axis.label.setFont(font)
        axis.setStyle(tickFont=font)
        axis.resizeEvent()
    plot_item.getAxis("left").setStyle(hideOverlappingLabels=ceil(_metrics().height()))  # what may stand out


def _metrics() -> QFontMetricsF:
    return QFontMetricsF(QGuiApplication.font())
