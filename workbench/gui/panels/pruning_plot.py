"""The plot of the pruning panel: one curve for each order, the random band, the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor

from workbench.gui import theme
from workbench.gui.widgets.plot import Mark, Plot

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPen

    Float64 = NDArray[np.float64]

OUTDATED = 0.3  # opacity of curves whose successors are being computed
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
_SOLID, _DASHED, _DOTTED = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine
_MARKS: dict[Qt.PenStyle, Mark] = {_SOLID: "line", _DASHED: "dashed", _DOTTED: "dotted"}
# The report's orders; opposites have related colours. No name: the foreground. Yellow lines cannot be seen on white.
_LOOKS: dict[str, tuple[str, Qt.PenStyle]] = {
    "max_mag": ("blue", _SOLID),
    "min_mag": ("sky blue", _DASHED),
    "max_fp": ("vermillion", _DASHED),
    "min_fp": ("orange", _SOLID),
    "max_ip": ("bluish green", _SOLID),
    "min_ip": ("", _DASHED),
    "max_fp_mod": ("reddish purple", _SOLID),
    "min_fp_mod": ("reddish purple", _DOTTED),
    "random": ("grey", _DOTTED),
}
# The others take what is left of colours and dashes, in the order of the table.
_OTHERS = tuple(
    (colour, dash)
    for dash in (_DOTTED, _DASHED, _SOLID)
    for colour in ("vermillion", "blue", "bluish green", "reddish purple", "orange", "sky blue", "")
    if (colour, dash) not in _LOOKS.values()
)


class PruningPlot(Plot):
    """The items, made once for all orders and fed with `show_…`.

    Press or drag anywhere, or use the arrow keys: `scrubbed(level)` says to how many removed units the cursor goes.
    """

    scrubbed = Signal(int)

    def __init__(self, orders: Iterable[str]) -> None:
        super().__init__("units removed", "")
        self.getPlotItem().layout.setContentsMargins(0, 4, 16, 2)  # room for half a number at the axis' end
        self.getPlotItem().getAxis("bottom").setStyle(hideOverlappingLabels=False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pruning curves; the arrow keys move the cursor")
        colours = theme.current()
        self._looks = _looks(orders)
        self.curves = {name: pg.PlotCurveItem(pen=self.pen(name)) for name in self._looks}
        fill = QColor(theme.OKABE_ITO["grey"])
        fill.setAlpha(70)
        self.band = pg.PlotCurveItem(pen=None, brush=fill, fillLevel="enclosed")
        self.chance = pg.InfiniteLine(angle=0, pen=pg.mkPen(colours.faint, style=_DOTTED))
        self.cursor_line = pg.InfiniteLine(0, pen=pg.mkPen(colours.accent), label="{value:.0f} removed")
        self.cursor_line.label.setPosition(0.07)
        self.cursor_line.label.setColor(colours.foreground)
        self.cursor_line.setZValue(40)
        self.points = pg.ScatterPlotItem(size=9)
        self.points.setZValue(45)
        for item in (self.band, *self.curves.values(), self.points):
            self.addItem(item)
        for line in (self.chance, self.cursor_line):
            self.addItem(line, ignoreBounds=True)
        self.units = 0
        self._level = 0
        self._view = ((0.0, 1.0), (0.0, 1.0))
        self._label = ""
        self.forget()

    @property
    def level(self) -> int:
        """The number of removed units at the cursor."""
        return self._level

    def pen(self, name: str) -> QPen:
        """The look of an order; the same everywhere and always."""
        colour, dash = self._looks[name]
        pen: QPen = pg.mkPen(_colour(colour), width=1, style=dash)
        return pen

    def mark(self, name: str) -> Mark:
        """How a legend draws that order."""
        return _MARKS[self._looks[name][1]]

    def show_curves(self, curves: Mapping[str, Float64], band: tuple[Float64, Float64] | None) -> None:
        """The curves of these orders and no others, each (m + 1,), and the ends of the random band."""
        for name, item in self.curves.items():
            item.setVisible(name in curves)
            if name in curves:
                item.setData(np.arange(len(curves[name])), curves[name])
        self.band.setVisible(band is not None)
        if band is not None:
            levels = np.arange(len(band[0]))
            self.band.setData(np.append(levels, levels[::-1]), np.append(band[0], band[1][::-1]))
        self._set_opacity(1.0)

    def show_points(self, count: int, value: float, random: float) -> None:
        """What `count` chosen units cost, and as many random ones (NaN: not known)."""
        colours = theme.current()
        spots: list[dict[str, Any]] = [
            {"pos": (count, value), "symbol": "d", "brush": colours.accent, "pen": colours.foreground},
            {"pos": (count, random), "symbol": "o", "brush": None, "pen": theme.OKABE_ITO["grey"]},
        ]
        self.points.setData([spot for spot in spots if np.isfinite(spot["pos"][1])])
        self.points.setVisible(True)

    def show_axes(self, units: int, label: str, heights: tuple[float, float], chance: float | None) -> None:
        """0…`units` across and `heights` up; the axes move only where others are asked for than the last."""
        self.units = units
        self.cursor_line.setVisible(True)
        self.chance.setVisible(chance is not None)
        self.chance.setValue(chance or 0.0)
        view = (-0.01 * units, 1.01 * units), heights
        if (view, label) != (self._view, self._label):
            self._view, self._label = view, label
            self.getPlotItem().setLabel("left", label)
            self.show_all()

    def fade(self) -> None:
        """What is drawn belongs to an earlier question."""
        self._set_opacity(OUTDATED)

    def forget(self) -> None:
        """Nothing is drawn."""
        for item in (self.band, *self.curves.values(), self.points, self.chance, self.cursor_line):
            item.setVisible(False)
        self.units = 0

    def set_level(self, level: int) -> None:
        """Put the cursor to a number of removed units."""
        self._level = level
        self.cursor_line.setValue(level)
        self.cursor_line.label.setVisible(level > 0)

    def show_all(self) -> None:
        x, y = self._view
        self.getPlotItem().vb.setRange(xRange=x, yRange=y, padding=0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._scrub_to(event)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub_to(event)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            event.accept()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self.units}
        key = Qt.Key(event.key())
        if key in STEPS or key in ends:
            self._scrub(ends.get(key, self._level + STEPS.get(key, 0)))
            event.accept()
        else:
            super().keyPressEvent(event)

    def _scrub_to(self, event: QMouseEvent) -> None:
        self._scrub(round(self.data_position(event.position()).x()))
        event.accept()

    def _scrub(self, level: int) -> None:
        self.scrubbed.emit(min(max(level, 0), self.units))

    def _set_opacity(self, opacity: float) -> None:
        for item in (self.band, *self.curves.values(), self.points):
            item.setOpacity(opacity)


def _looks(orders: Iterable[str]) -> dict[str, tuple[str, Qt.PenStyle]]:
    others = [name for name in orders if name not in _LOOKS]
    return {**_LOOKS, **{name: _OTHERS[number % len(_OTHERS)] for number, name in enumerate(others)}}


def _colour(name: str) -> QColor:
    colours = theme.current()
    if not name:
        return colours.foreground
    colour = QColor(theme.OKABE_ITO[name])
    return colour.lighter(140) if colours.dark and name != "grey" else colour
