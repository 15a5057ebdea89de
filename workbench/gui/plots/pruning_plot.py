"""The plot of the pruning panel: one curve for each order or class, the random band, merging, the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication

from workbench.figures.looks import look_of_class, looks_of_orders
from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.plots.plot import OUTDATED, Curve, Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPen

    from workbench.analysis.orders import Order
    from workbench.figures.looks import Dash
    from workbench.gui.plots.legend import Mark

    Float64 = NDArray[np.float64]
    Band = tuple[Float64, Float64, Float64]
    Runs = tuple[Float64, Float64, Float64, NDArray[np.int64], Float64]  # across, low, high, where dots are, (runs, L)

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageDown: -10, Qt.Key.Key_PageUp: 10}
NOTHING = pg.mkBrush(None)  # one object, see `theme.brush`
_MARKS: dict[Dash, Mark] = {"solid": "line", "dashed": "dashed", "dotted": "dotted"}


class PruningPlot(FocusFrame, Plot):
    """The items, made once for all orders and fed with `show_…`.

    Press or drag anywhere, or use the arrow keys: `scrubbed(level)` says to how many removed units the cursor goes.
    """

    scrubbed = Signal(int)
    last_number: ClassVar[bool] = True

    def __init__(self, orders: Mapping[str, Order]) -> None:
        super().__init__("units removed", "")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pruning curves; the arrow keys move the cursor")
        self._looks = looks_of_orders(orders)
        self._orders = tuple(self._looks)
        self.curves = {name: Curve() for name in self._looks}
        self.bands: dict[str, MeanBand] = {}  # of the curves, once a group is shown
        fill = QColor(theme.OKABE_ITO["grey"])
        fill.setAlpha(70)
        self.band = Curve(pen=None, brush=fill, fillLevel="enclosed")
        self.chance = pg.InfiniteLine(angle=0)
        self.cursor_line = pg.InfiniteLine(0, label="0 removed")
        self.cursor_line.label.setPosition(0.07)
        self.cursor_line.setZValue(40)
        self.points = pg.ScatterPlotItem(size=9)
        self.points.setZValue(45)
        self.dead_ends = pg.ScatterPlotItem(symbol="|", size=14)
        self.dead_ends.setZValue(44)
        self.merged = pg.PlotDataItem(symbol="o", symbolSize=6)
        self.merged.setSymbolBrush(None)
        for item in (self.band, *self.curves.values(), self.merged, self.dead_ends, self.points):
            self.addItem(item)
        for line in (self.chance, self.cursor_line):
            self.addItem(line, ignoreBounds=True)
        self.steps = np.zeros(1)  # where along the plot 0…M removed units lie
        self._level, self._opacity = 0, 1.0
        self._view = ((0.0, 1.0), (0.0, 1.0))
        self._labels = ("", "")
        self.dress(self._dress)
        self.forget()

    def _dress(self) -> None:
        colours = theme.current()
        dotted = theme.line(colours.faint, theme.DASHES["dotted"])
        for name, curve in self.curves.items():
            curve.setPen(self.pen(name))
        for name, band in self.bands.items():
            band.wear(self.pen(name).color())
        self.chance.setPen(dotted)
        self.cursor_line.setPen(theme.line(colours.accent))
        self.cursor_line.label.setColor(colours.foreground)
        self.cursor_line.label.setFont(QGuiApplication.font())
        self.merged.setPen(dotted)
        self.merged.setSymbolPen(colours.foreground)
        self.dead_ends.setPen(theme.line(colours.foreground))

    @property
    def level(self) -> int:
        """The number of removed units at the cursor."""
        return self._level

    @property
    def place(self) -> float:
        """Where the cursor stands along the plot."""
        return float(self.steps[min(self._level, len(self.steps) - 1)])

    def pen(self, name: str) -> QPen:
        """The look of an order; the same everywhere and always."""
        look = self._looks[name]
        pen = theme.line(_colour(look.colour), theme.DASHES[look.dash])
        return pen

    def mark(self, name: str) -> Mark:
        """How a legend draws that order."""
        return _MARKS[self._looks[name].dash]

    def show_curves(self, curves: Mapping[str, tuple[Float64, Float64]], band: Band | None) -> None:
        """The curves of these names and no others, each (across, up), and the random band (across, low, high)."""
        for name in curves:
            if name not in self.curves:  # a class: orders are there from the beginning
                self._add(name)
        for name, item in self.curves.items():
            item.setVisible(name in curves)
            if name in curves:
                item.setData(*curves[name])
        self.band.setVisible(band is not None)
        if band is not None:
            across, low, high = band
            self.band.setData(np.append(across, across[::-1]), np.append(low, high[::-1]))
        self._set_opacity(1.0)

    def show_trainings(self, runs: Mapping[str, Runs]) -> None:
        """Of the curves of a group the intervals, and the numbers of the runs as dots; of no other curve."""
        for name, band in self.bands.items():
            if name not in runs:
                band.clear()
        for name, (across, low, high, dotted, values) in runs.items():
            if name not in self.bands:
                self.bands[name] = MeanBand(self)
            band = self.bands[name]
            band.wear(self.pen(name).color())
            band.show(across, low, high)
            band.show_dots(across[dotted], values[:, dotted])

    def show_merged(self, across: Float64, up: Float64) -> None:
        """The merging curve, points at the numbers of units that it was measured at; none: nothing."""
        self.merged.setVisible(len(across) > 0)
        self.merged.setData(across, up)

    def show_dead_ends(self, places: Sequence[tuple[float, float]]) -> None:
        """Ticks on the curves where the dead units end, at (across, up)."""
        self.dead_ends.setData(pos=np.array(places, np.float64).reshape(-1, 2))
        self.dead_ends.setVisible(bool(places))

    def show_points(self, across: float, value: float, random: float) -> None:
        """What chosen units cost, and as many random ones (NaN: not known)."""
        colours = theme.current()
        dark, grey = theme.outline(colours.foreground), theme.outline(theme.OKABE_ITO["grey"])
        spots: list[dict[str, Any]] = [
            {"pos": (across, value), "symbol": "d", "brush": theme.brush(colours.accent), "pen": dark},
            {"pos": (across, random), "symbol": "o", "brush": NOTHING, "pen": grey},
        ]
        self.points.setData([spot for spot in spots if np.isfinite(spot["pos"][1])])
        self.points.setVisible(True)

    def show_axes(
        self, steps: Float64, labels: tuple[str, str], heights: tuple[float, float], chance: float | None
    ) -> None:
        """`steps` across and `heights` up, labelled; the axes move only where others are asked for than the last."""
        self.steps = steps
        self._number_axes(True, True)
        self.cursor_line.setVisible(True)
        self.chance.setVisible(chance is not None)
        self.chance.setValue(chance or 0.0)
        end = float(steps[-1])
        view = (-0.01 * end, 1.01 * end), heights
        if (view, labels) != (self._view, self._labels):
            self._view, self._labels = view, labels
            self.set_x_label(labels[0])
            self.set_y_label(labels[1])
            self.show_all()

    def show_awaited(
        self, units: int | None, labels: tuple[str, str], heights: tuple[float, float] | None, chance: float | None
    ) -> None:
        """Axes of curves that are still being computed; None: a range that is not known yet, without numbers."""
        self.show_axes(np.arange((units or 1) + 1, dtype=np.float64), labels, heights or (0.0, 1.0), chance)
        self.cursor_line.setVisible(False)
        self._number_axes(units is not None, heights is not None)

    def _number_axes(self, across: bool, up: bool) -> None:
        for side, numbered in (("bottom", across), ("left", up)):
            axis = self.getPlotItem().getAxis(side)
            if axis.style["showValues"] != numbered:
                axis.setStyle(showValues=numbered)

    def fade(self) -> None:
        """What is drawn belongs to an earlier question."""
        self._set_opacity(OUTDATED)

    def forget(self) -> None:
        """Nothing is drawn."""
        drawn = (self.band, *self.curves.values(), self.merged, self.dead_ends, self.points)
        for item in (*drawn, self.chance, self.cursor_line):
            item.setVisible(False)
        for band in self.bands.values():
            band.clear()
        self.steps = np.zeros(1)

    def set_level(self, level: int) -> None:
        """Put the cursor to a number of removed units."""
        self._level = level
        self.cursor_line.setValue(self.place)
        self.cursor_line.label.setFormat(f"{level} removed")
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
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self.steps) - 1}
        key = Qt.Key(event.key())
        if key in STEPS or key in ends:
            self._scrub(ends.get(key, self._level + STEPS.get(key, 0)))
            event.accept()
        else:
            super().keyPressEvent(event)

    def _scrub_to(self, event: QMouseEvent) -> None:
        across = self.data_position(event.position()).x()
        self._scrub(int(np.argmin(np.abs(self.steps - across))))
        event.accept()

    def _scrub(self, level: int) -> None:
        self.scrubbed.emit(min(max(level, 0), len(self.steps) - 1))

    @property
    def faded(self) -> bool:
        """Whether what is drawn belongs to an earlier question."""
        return self._opacity < 1

    def _set_opacity(self, opacity: float) -> None:
        if opacity != self._opacity:
            self._opacity = opacity
            for item in self._drawn():
                item.setOpacity(opacity)

    def _drawn(self) -> tuple[Any, ...]:
        runs = (item for band in self.bands.values() for item in band.items)
        return (self.band, *runs, *self.curves.values(), self.merged, self.dead_ends, self.points)

    def _add(self, name: str) -> None:
        """A curve that no order has; looks are taken again from the first where there are more curves than looks."""
        self._looks[name] = look_of_class(len(self.curves) - len(self._orders))
        self.curves[name] = Curve(pen=self.pen(name))
        self.addItem(self.curves[name])


def _colour(colour: str) -> QColor:
    colours = theme.current()
    if not colour:
        return colours.foreground
    return QColor(colour).lighter(140) if colours.dark and colour != theme.OKABE_ITO["grey"] else QColor(colour)
