"""The axes of a plot: words and numbers that fit, in the application's font."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF, QGuiApplication

if TYPE_CHECKING:
    from collections.abc import Sequence

SPARSE = 1.15  # lines of text from one number to the next above it, at the least
GAP = 8.0  # pixels between two numbers beside one another
FLAT = 5.5  # lines of text: a plot that is lower says nothing below its axis


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis with as many numbers as can stand beside one another: on a flat or narrow plot ever fewer.

    `least` is the smallest step between them: 1 where only whole numbers mean something.
    """

    def __init__(self, orientation: str, least: float = 0.0) -> None:
        super().__init__(orientation)
        self._least = least

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        levels: list[tuple[float, float]] = super().tickSpacing(low, high, size)
        if not levels or not size:
            return levels
        spacing, pixels = levels[0][0], size / abs(high - low)
        while spacing < self._least or spacing * pixels < self._room(low, high, spacing):
            spacing = _round_up(1.01 * spacing)
        return [(spacing, 0.0), *(level for level in levels[1:] if level[0] >= self._least)]

    def logTickStrings(self, values: Sequence[float], scale: float, spacing: Any) -> list[str]:
        """Of each decade only 1, 2 and 5 have a number: those of the others would lie on one another."""
        strings: list[str] = super().logTickStrings(values, scale, spacing)
        digits = (round(10.0 ** (value - floor(value))) for value in values)
        plain = [f"{10.0**at:.3g}" if -2.5 < at < 3.5 else text for at, text in zip(values, strings, strict=True)]
        return [text if digit in (1, 2, 5, 10) else "" for text, digit in zip(plain, digits, strict=True)]

    def _room(self, low: float, high: float, spacing: float) -> float:
        """The pixels that a number takes, of those that are written at this spacing."""
        if self.orientation == "left":
            return SPARSE * _metrics().height()
        ends = [ceil(low / spacing) * spacing, floor(high / spacing) * spacing]
        return GAP + max(map(_metrics().horizontalAdvance, self.tickStrings(ends, self.scale, spacing)))


def _round_up(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, … (and .5, .2, …) that is not below `least`."""
    decade = 10.0 ** floor(log10(least))
    return next(digit * decade for digit in (1.0, 2.0, 5.0, 10.0, 20.0) if digit * decade >= least)


def room_above() -> int:
    """The pixels that a number at the upper end of an axis needs above it."""
    return ceil(_metrics().tightBoundingRect("0").height() / 2.0) + 2


def half_a_number() -> int:
    """The pixels that a number of up to four digits takes beyond the right end of an axis."""
    return ceil(_metrics().horizontalAdvance("0000") / 2.0) + 1


def room_beside() -> float:
    """The pixels from the middle of a number below an axis to that of the next, where they have up to four digits."""
    return _metrics().horizontalAdvance("0.0000")


def width_of_labelled_axis() -> int:
    """The pixels of an axis at the left with a label and numbers of up to four digits, or such as 3e+26."""
    return ceil(_metrics().height() + _metrics().horizontalAdvance("0e+00")) + 8


def has_room_below(height: float) -> bool:
    """Whether a plot of this height in pixels has room for words below its axis."""
    return height >= FLAT * _metrics().height()


def fit_fonts(plot_item: Any) -> None:
    """Write the axes in the application's font, and give them the room that takes."""
    font = QGuiApplication.font()
    for side in ("bottom", "left"):
        axis = plot_item.getAxis(side)
        axis.label.setFont(font)
        axis.setStyle(tickFont=font, maxTickLevel=1)
        axis.resizeEvent()
    plot_item.getAxis("left").setStyle(hideOverlappingLabels=ceil(_metrics().height()))  # what may stand out


def _metrics() -> QFontMetricsF:
    return QFontMetricsF(QGuiApplication.font())
