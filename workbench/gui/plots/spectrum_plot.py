"""The plot of a spectrum: bars, the laws of chance with their edges, and ticks for what lies beyond."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor

from workbench.figures import looks
from workbench.figures.spectrum.figure import axis_label
from workbench.figures.spectrum.group import runs_of
from workbench.figures.spectrum.picture import DENSITY
from workbench.gui.plots.axes import room_beside
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.plots.plot import Curve, Plot
from workbench.gui.plots.rug import Rug
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.figures.spectrum.picture import Picture


MANTISSAS = ((1,), (1, 2, 5))


LEAST = 1e-15  # of an eigenvalue on a log axis
NEAR, NEAR_BOTTOM = 6.0, 28.0  # pixels from a tick, and from the bottom where its label ends


LAWS = {name: (look.colour, theme.DASHES[look.dash]) for name, look in looks.LAWS.items()}


class SpectrumAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis that on its log scale labels as many of 1, 2 and 5, or of the decades, as fit."""

    def logTickValues(
        self, low: float, high: float, size: float, _linear: object
    ) -> list[tuple[float | None, list[float]]]:
        decade, room = size / (high - low), room_beside()
        labelled = MANTISSAS[int(decade * log10(2.0) > room)]
        step = max(ceil(room / decade), 1)
        decades = range(floor(low), ceil(high) + 1)
        major = [k + log10(mantissa) for k in decades if k % step == 0 for mantissa in labelled]
        minor = [k + log10(mantissa) for k in decades for mantissa in range(1, 10)]
        return [(1.0, _between(major, low, high)), (None, _between(minor, low, high))]

    def logTickStrings(self, values: list[float], _scale: float, spacing: float | None) -> list[str]:
        return [f"{10.0**value:.3g}" if spacing else "" for value in values]


def _between(values: list[float], low: float, high: float) -> list[float]:
    return [value for value in values if low <= value <= high]


class SpectrumPlot(Plot):
    """The plot's items, made once and fed with `show_picture`; a double click brings its axes back.

    `outlier_clicked` names the tick that was clicked, by the number of its eigenvalue: 1 is the largest.
    """

    outlier_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__(axis_label("W"), DENSITY["linear"], SpectrumAxis("bottom"))
        steps: dict[str, Any] = {"stepMode": "center", "antialias": False}
        self.bars = Curve([0, 1], [0], fillLevel=0, **steps)
        self.ghost = Curve([0, 1], [0], **steps)
        self.ghost.setOpacity(0.55)
        self.null = Curve([0, 1], [0], **steps)
        self.band = pg.LinearRegionItem((0.0, 1.0))
        self.band.setVisible(False)
        self.band.setZValue(20)
        self.addItem(self.band, ignoreBounds=True)
        self.laws = {name: Curve() for name in LAWS}
        self.edges = {name: tuple(pg.InfiniteLine(angle=90) for _ in range(2)) for name in LAWS}
        for item in (self.bars, self.ghost, self.null, *self.laws.values()):
            self.addItem(item)
        for line in (line for pair in self.edges.values() for line in pair):
            line.setOpacity(0.6)
            self.addItem(line, ignoreBounds=True)
        self.runs = MeanBand(self, z=5.0)
        self.rug = Rug(self.getPlotItem())
        self.dress(self._dress)
        self._scale: Scale = "linear"
        self._view, self._top = (0.0, 1.0), 1.0
        self._own = self._beside = self._view, 0.0  # the axes of what is shown, and of another network
        self.show_all()

    def _dress(self) -> None:
        colours = theme.current()
        fill = QColor(colours.accent)
        fill.setAlpha(90)
        self.bars.setBrush(fill)
        self.bars.setPen(theme.line(colours.accent))
        self.ghost.setPen(theme.line(colours.foreground))
        self.runs.wear(colours.foreground)
        self.null.setPen(theme.line(colours.foreground, theme.DASHES["dotted"]))
        fill.setAlpha(40)
        self.band.setBrush(fill)
        fill.setAlpha(80)
        self.band.setHoverBrush(fill)
        for edge in self.band.lines:
            edge.setPen(theme.line(colours.accent))
            edge.setHoverPen(theme.line(colours.foreground))
        for name, curve in self.laws.items():
            for item in (curve, *self.edges[name]):
                item.setPen(_pen(name))
        self.rug.set_colours(colours.foreground, colours.background)

    def show_picture(self, shown: Picture) -> None:
        """Feed the items; the axes move only where the picture asks for other ones than the last."""
        ticks = shown.ticks
        self.bars.setData(ticks, shown.density)
        self.ghost.setData(ticks, shown.initial)
        self.runs.show_bins(ticks, runs_of(shown))
        self.null.setData(*([0, 1], [0]) if shown.null is None else (ticks, shown.null))
        self.set_x_label(axis_label(shown.matrix))
        for name, curve in shown.curves.items():
            self.laws[name].setData(*curve)
            for number, line in enumerate(self.edges[name]):
                line.setVisible(number < len(shown.limits[name]))
                if number < len(shown.limits[name]):
                    line.setValue(shown.limits[name][-1 - number])
        self.rug.set_values(shown.rug, shown.rug_texts)
        self.show_scale(shown.scale)
        self.set_y_label(shown.height)
        self._own = shown.view, shown.top
        self._show_range()

    def forget(self) -> None:
        """Take away all that was shown."""
        self.runs.clear()
        for item in (self.bars, self.ghost, self.null):
            item.setData([0, 1], [0])
        self.band.setVisible(False)
        for name, curve in self.laws.items():
            curve.setData([], [])
            for line in self.edges[name]:
                line.setVisible(False)
        self.rug.set_values(np.zeros(0), ())

    def show_band(self, band: tuple[float, float] | None) -> None:
        """Show the band from one λ to another; None: no band."""
        self.band.setVisible(band is not None)
        if band is not None:
            ends = [log10(max(each, LEAST)) for each in band] if self._scale == "log" else list(band)
            self.band.blockSignals(True)
            self.band.setRegion(ends)
            self.band.blockSignals(False)

    def band_range(self) -> tuple[float, float]:
        """The λ where the band begins and ends."""
        low, high = self.band.getRegion()
        return (10.0**low, 10.0**high) if self._scale == "log" else (float(low), float(high))

    def outlier_at(self, x: float, y: float) -> int | None:
        """The number of the eigenvalue whose tick is at a point of the scene, or near it; None: there is none."""
        box = self.getPlotItem().vb
        area = box.sceneBoundingRect()
        if not len(self.rug.positions) or not area.bottom() - NEAR_BOTTOM <= y <= area.bottom():
            return None
        low, high = box.viewRange()[0]
        pixels = area.left() + (self.rug.positions - low) / (high - low) * area.width()
        nearest = int(np.abs(pixels - x).argmin())
        return nearest + 1 if abs(pixels[nearest] - x) <= NEAR else None

    def _on_scene_mouse_clicked(self, click: Any) -> None:
        super()._on_scene_mouse_clicked(click)
        if click.button() is Qt.MouseButton.LeftButton:
            number = self.outlier_at(click.scenePos().x(), click.scenePos().y())
            if number is not None:
                self.outlier_clicked.emit(number)

    def show_all(self) -> None:
        self.getPlotItem().vb.setRange(xRange=self._view, yRange=(0.0, self._top), padding=0)

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        (low, high), up = super().ranges()
        return ((10.0**low, 10.0**high) if self._scale == "log" else (low, high)), up

    def show_ranges(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        low, high = across
        if self._scale == "log":
            low, high = log10(max(low, LEAST)), log10(max(high, LEAST))
        super().show_ranges((low, high), up)

    def show_scale(self, scale: Scale) -> None:
        """Take on a scale for the eigenvalues."""
        if scale != self._scale:
            self._scale = scale
            self.getPlotItem().getAxis("bottom").setLogMode(x=scale == "log", y=False)

    def include(self, view: tuple[float, float], top: float) -> None:
        """Have room also for the spectrum of another network, which needs these axes; a `top` of 0: for none."""
        self._beside = view, top
        self._show_range()

    def _show_range(self) -> None:
        (view, top), (other, height) = self._own, self._beside
        if height:
            view, top = (min(view[0], other[0]), max(view[1], other[1])), max(top, height)
        box = self.getPlotItem().vb
        if view != self._view:
            box.setXRange(*view, padding=0)
        if top != self._top:
            box.setYRange(0.0, top, padding=0)
        self._view, self._top = view, top


def _pen(law: str) -> Any:
    return theme.line(colour_of(law), LAWS[law][1])


def colour_of(law: str) -> QColor:
    colour = QColor(LAWS[law][0])
    return colour.lighter(140) if theme.current().dark else colour
