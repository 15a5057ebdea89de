"""The plots of the panel: eigenvalues of a change against noise, and principal angles against chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg

from workbench.figures.looks import CHANGES
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.comparing.figure import CompareFigure

_SIZE = 5  # pixels of a dot
_TOP = 92.0  # degrees


class ChangePlot(Plot):
    """The eigenvalues of ΔWΔWᵀ over their number, on a log axis, and the edge of noise."""

    def __init__(self) -> None:
        super().__init__("number", "log₁₀ eigenvalue")
        self.beyond = self.plot([], [], pen=None, symbol="o", symbolSize=_SIZE, symbolPen=None)
        self.within = self.plot([], [], pen=None, symbol="o", symbolSize=_SIZE, symbolBrush=None)
        self.edge = pg.InfiniteLine(0, angle=0)
        self.edge.setVisible(False)
        self.addItem(self.edge)
        self.dress(self._dress)

    def _dress(self) -> None:
        self.beyond.setSymbolBrush(theme.current().accent)
        self.within.setSymbolPen(theme.line(theme.current().accent))
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
    """Principal angles, ascending, and those of random spaces."""

    def __init__(self) -> None:
        super().__init__("number", "angle (degrees)")
        self.chance = self.plot([], [])
        self.curve = self.plot([], [], symbol="o", symbolSize=_SIZE, symbolPen=None)
        self.dress(self._dress)

    def _dress(self) -> None:
        self.curve.setPen(theme.line(theme.current().accent))
        self.curve.setSymbolBrush(theme.current().accent)
        self.chance.setPen(theme.line(CHANGES["chance"].colour, theme.DASHES[CHANGES["chance"].dash]))

    def show_angles(self, figure: CompareFigure) -> None:
        """Draw the angles of a figure."""
        numbers = np.arange(1, len(figure.degrees) + 1)
        self.curve.setData(numbers, figure.degrees)
        self.chance.setData(numbers, figure.expected)
        self.getPlotItem().setRange(xRange=(0.5, max(len(numbers), 1) + 0.5), yRange=(0.0, _TOP), padding=0)

    def forget(self) -> None:
        """Take everything away."""
        self.curve.setData([], [])
        self.chance.setData([], [])
