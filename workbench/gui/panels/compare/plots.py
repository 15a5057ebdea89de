"""The plots of what changed in a layer: eigenvalues of the change against noise, and principal angles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.figures.comparing.figure import BEYOND, CHANCE, EDGE, WITHIN
from workbench.figures.looks import CHANGES
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.comparing.figure import CompareFigure

SIZE = 5  # pixels of a dot
_TOP = 92.0  # degrees
_BAND = 60  # of 255: what 95 % of chance lie in


class View(QWidget):
    """One way to show two networks."""

    def show_figure(self, figure: Any) -> None:
        """Draw a figure."""
        raise NotImplementedError

    def entries(self, figure: Any) -> list[Entry]:
        """The legend of a figure."""
        raise NotImplementedError

    def forget(self) -> None:
        """Take everything away."""
        raise NotImplementedError


class ChangePlot(Plot):
    """The eigenvalues of ΔWΔWᵀ over their number, on a log axis, and the edge of noise."""

    def __init__(self) -> None:
        super().__init__("number", "log₁₀ eigenvalue")
        self.beyond = self.plot([], [], pen=None, symbol="o", symbolSize=SIZE, symbolPen=None)
        self.within = self.plot([], [], pen=None, symbol="o", symbolSize=SIZE, symbolBrush=None)
        self.edge = pg.InfiniteLine(0, angle=0)
        self.edge.setVisible(False)
        self.addItem(self.edge)
        self.dress(self._dress)

    def _dress(self) -> None:
        self.beyond.setSymbolBrush(theme.current().accent)
        self.within.setSymbolPen(theme.line(theme.current().faint))  # rings that overlap would look filled
        self.edge.setPen(theme.line(CHANGES["edge"].colour, theme.DASHES[CHANGES["edge"].dash]))

    def show_change(self, figure: CompareFigure) -> None:
        """Draw the eigenvalues of a figure."""
        heights, numbers = np.log10(figure.eigenvalues), np.arange(1, len(figure.eigenvalues) + 1)
        self.beyond.setData(numbers[: figure.rank], heights[: figure.rank])
        self.within.setData(numbers[figure.rank :], heights[figure.rank :])
        there = bool(np.isfinite(figure.edge))
        self.edge.setVisible(there)
        levels = list(heights)
        if there:
            self.edge.setPos(np.log10(figure.edge))
            levels.append(np.log10(figure.edge))
        if levels:
            self.getPlotItem().setRange(xRange=(0, len(numbers) + 1), yRange=(min(levels), max(levels)))

    def forget(self) -> None:
        """Take everything away."""
        self.beyond.setData([], [])
        self.within.setData([], [])
        self.edge.setVisible(False)


class AnglesPlot(Plot):
    """Principal angles, ascending; those of random spaces, with what 95 % lie in; and those to another seed."""

    def __init__(self) -> None:
        super().__init__("number", "angle (degrees)")
        self.low, self.high = pg.PlotCurveItem(), pg.PlotCurveItem()
        self.spread = pg.FillBetweenItem(self.low, self.high)
        self.addItem(self.spread)
        self.chance = self.plot([], [])
        self.unrelated = self.plot([], [])
        self.curve = self.plot([], [], symbol="o", symbolSize=SIZE, symbolPen=None)
        self.dress(self._dress)

    def _dress(self) -> None:
        self.curve.setPen(theme.line(theme.current().accent))
        self.curve.setSymbolBrush(theme.current().accent)
        for item, name in ((self.chance, "chance"), (self.unrelated, "unrelated")):
            item.setPen(theme.line(CHANGES[name].colour, theme.DASHES[CHANGES[name].dash]))
        band = pg.mkColor(CHANGES["chance"].colour)
        band.setAlpha(_BAND)
        self.spread.setBrush(band)

    def show_angles(self, figure: Any) -> None:
        """Draw the angles of a figure; only one of angles alone has a range and another seed."""
        numbers = np.arange(1, len(figure.degrees) + 1)
        self.curve.setData(numbers, figure.degrees)
        self.chance.setData(numbers, figure.expected)
        for item, name in ((self.low, "low"), (self.high, "high"), (self.unrelated, "unrelated")):
            values = getattr(figure, name, None)
            item.setData(*(([], []) if values is None else (numbers, values)))
        self.getPlotItem().setRange(xRange=(0.5, max(len(numbers), 1) + 0.5), yRange=(0.0, _TOP), padding=0)

    def forget(self) -> None:
        """Take everything away."""
        for item in (self.curve, self.chance, self.unrelated, self.low, self.high):
            item.setData([], [])


class ChangesView(View):
    """The eigenvalues of the change, and the angles."""

    def __init__(self) -> None:
        super().__init__()
        self.plot, self.angles = ChangePlot(), AnglesPlot()
        in_row(self, self.plot, self.angles)

    def show_figure(self, figure: CompareFigure) -> None:
        self.plot.show_change(figure)
        self.angles.show_angles(figure)

    def entries(self, figure: CompareFigure) -> list[Entry]:
        colours, entries = theme.current(), []
        if figure.rank:
            entries.append(Entry(BEYOND, colours.accent, "dot"))
        if len(figure.eigenvalues) > figure.rank:
            entries.append(Entry(WITHIN, colours.faint, "ring"))
        if np.isfinite(figure.edge):
            entries.append(Entry(EDGE, CHANGES["edge"].colour, "dashed"))
        if len(figure.degrees):
            entries.append(Entry(CHANCE, CHANGES["chance"].colour, "dashed"))
        return entries

    def forget(self) -> None:
        self.plot.forget()
        self.angles.forget()


def in_row(widget: QWidget, *parts: QWidget) -> None:
    """Put parts beside one another."""
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        row.addWidget(part, 1)
