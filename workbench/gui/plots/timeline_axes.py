"""What stands around the tracks of the timeline: the time below them, their names and values next to them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter, QPainterPath
from PySide6.QtWidgets import QSizePolicy

from workbench.figures.timeline.tracks import stretches
from workbench.gui.plots.axes import GAP, Axis, room_beside
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.timeline.time_axis import TimeAxis
    from workbench.figures.timeline.tracks import Shown

BESIDE = 6.0  # pixels between the words next to a plot and the plot


class BottomAxis(Axis):
    """The numbers of a time axis: those of the snapshots in equal steps, round ones where time has its own scale."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._time: TimeAxis | None = None
        self._numbers: dict[float, float] = {}  # by place, on a logarithmic axis

    def show_time(self, time: TimeAxis | None) -> None:
        """Number the snapshots of this axis; None: of none."""
        self._time = time
        self._least = 1.0 if time is not None and time.words == "iteration" else 0.0
        self.picture = None
        self.update()

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        if self._time is None or self._time.kind != "steps":
            return super().tickSpacing(low, high, size)
        labels = max(size / (1.3 * room_beside()), 1)  # whole snapshots only, and no more labels than fit
        return [(float(max(ceil((high - low) / labels), 1)), 0.0)]

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if self._time is None or self._time.kind != "log":
            found: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
            return found
        self._numbers = {}
        taken: list[tuple[float, float]] = []  # middle and half width, in pixels
        pixels = size / (high - low)
        for place, number in self._time.ticks():
            half = 0.5 * (_width(_short(number)) + GAP)
            middle = place * pixels
            if all(abs(middle - other) >= half + room for other, room in taken):
                taken.append((middle, half))
                self._numbers[place] = number
        return [(1.0, sorted(self._numbers))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        time = self._time
        if time is None:
            return [""] * len(values)
        if time.kind == "linear":
            found: list[str] = super().tickStrings(values, scale, spacing)
            return found
        if time.kind == "log":
            return [_short(self._numbers[value]) for value in values]
        return [_moment(time.numbers[int(value)]) if 0 <= value < len(time.numbers) else "" for value in values]


def _moment(number: float) -> str:
    return f"{number:.{2 if number < 1 else 3}g}"


def _short(number: float) -> str:
    return f"{number:g}" if number < 1e6 else f"{number:.0e}".replace("e+0", "e")


def _width(text: str) -> float:
    return QFontMetricsF(QGuiApplication.font()).horizontalAdvance(text)


@dataclass(frozen=True)
class Words:
    """What stands next to a track: at which height of the plot, and below it where there is room."""

    height: float  # of the middle, in the plot's coordinates
    text: str
    below: str = ""


class SideAxis(pg.AxisItem):  # type: ignore[misc]
    """Words next to the tracks, in place of numbers."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.words: tuple[Words, ...] = ()
        self._side = side

    def say(self, words: tuple[Words, ...]) -> None:
        """Write these words."""
        if words != self.words:
            self.words = words
            self.picture = None
            self.update()

    def widen(self, texts: tuple[str, ...], most: float) -> None:
        """Be as wide as the longest of these texts, and not wider than `most` pixels."""
        self.setWidth(min(max(map(_width, texts), default=0.0) + BESIDE + 4.0, most))

    def tickValues(self, _low: float, _high: float, _size: float) -> list[tuple[float, list[float]]]:
        return []

    def drawPicture(self, painter: QPainter, _axis: Any, _ticks: Any, _texts: Any) -> None:
        view = self.linkedView()
        if view is None:
            return
        (low, high), room = view.viewRange()[1], self.size()
        painter.setFont(QGuiApplication.font())
        measure, colours = QFontMetricsF(painter.font()), theme.current()
        line, width = measure.height(), room.width() - BESIDE
        left, align = (
            (0.0, Qt.AlignmentFlag.AlignRight) if self._side == "left" else (BESIDE, Qt.AlignmentFlag.AlignLeft)
        )
        each = room.height() / max(high - low, 1e-9)
        for words in self.words:
            two = bool(words.below) and each >= 2.1 * line
            top = (high - words.height) * each - (line if two else line / 2)
            for text, colour in ((words.text, colours.foreground), (words.below if two else "", colours.faint)):
                if text:
                    painter.setPen(colour)
                    shown = measure.elidedText(text, Qt.TextElideMode.ElideRight, width)
                    painter.drawText(QRectF(left, top, width, line), align | Qt.AlignmentFlag.AlignVCenter, shown)
                top += line


class Corner(pg.GraphicsWidget):  # type: ignore[misc]
    """What the numbers below the tracks count, left of them."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        ignored = QSizePolicy.Policy.Ignored  # it is as high as the numbers next to it
        self.setSizePolicy(ignored, ignored)

    def say(self, text: str) -> None:
        """Write this."""
        if text != self.text:
            self.text = text
            self.update()

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        painter.setFont(QGuiApplication.font())
        painter.setPen(theme.current().foreground)
        room = self.boundingRect().adjusted(0, 0, -BESIDE, 0)
        shown = QFontMetricsF(painter.font()).elidedText(self.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)


def held_path(shown: Shown) -> QPainterPath:
    """The stretches at which the rule holds, as high as all tracks."""
    path = QPainterPath()
    if shown.held is not None and shown.held.any():
        height = float(max(len(shown.tracks), 1))
        for left, right in stretches(shown.time, shown.held):
            path.addRect(QRectF(left, 0.0, right - left, height))
    return path
