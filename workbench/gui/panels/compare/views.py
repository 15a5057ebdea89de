"""The other ways to show two networks: angles, units in the space, CKA and the line between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout

from workbench.figures.comparing.angles import SHARE
from workbench.figures.comparing.figure import CHANCE
from workbench.figures.comparing.line import MATCHED, PLAIN, STRAIGHT
from workbench.figures.comparing.units import ASPECTS
from workbench.figures.looks import CHANGES
from workbench.gui.panels.compare.cka_map import CkaMap
from workbench.gui.panels.compare.plots import SIZE, AnglesPlot, ChangesView, View, in_row
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from workbench.figures.comparing.alignment import CkaFigure
    from workbench.figures.comparing.angles import AnglesFigure
    from workbench.figures.comparing.line import BarrierFigure
    from workbench.figures.comparing.units import Dots, UnitsFigure
    from workbench.figures.settings import Show

SMALL = 4  # pixels of a dot
FAINT, LINES, SHADE = 70, 110, 45  # of 255: units that are not the largest, lines over time, blocks


class SharesPlot(Plot):
    """Which network the joint directions belong to; blocks of nearly equal singular values are shaded."""

    def __init__(self) -> None:
        super().__init__("joint direction", SHARE)
        self.setToolTip("How much of each direction of both networks stacked is the selected one's: 50 % is shared")
        self.half = pg.InfiniteLine(50.0, angle=0)
        self.addItem(self.half)
        self.dots = self.plot([], [], pen=None, symbol="o", symbolSize=SIZE, symbolPen=None)
        self.blocks: list[pg.LinearRegionItem] = []
        self.dress(self._dress)

    def _dress(self) -> None:
        self.half.setPen(theme.line(theme.current().faint))
        self.dots.setSymbolBrush(theme.current().accent)

    def show_shares(self, figure: AnglesFigure) -> None:
        """Draw the shares of a figure."""
        self.forget()
        shade = pg.mkColor(theme.current().faint)
        shade.setAlpha(SHADE)
        for first, last in figure.blocks:
            region = pg.LinearRegionItem((first - 0.4, last + 0.4), movable=False, pen=pg.mkPen(None))
            region.setBrush(shade)
            region.setZValue(-10)
            self.addItem(region, ignoreBounds=True)
            self.blocks.append(region)
        self.dots.setData(np.arange(1, len(figure.shares) + 1), figure.shares)
        box = self.getPlotItem()
        box.setRange(xRange=(0.5, len(figure.shares) + 0.5), yRange=(0.0, 100.0), padding=0)

    def forget(self) -> None:
        """Take everything away."""
        for region in self.blocks:
            self.removeItem(region)
        self.blocks = []
        self.dots.setData([], [])


class AnglesView(View):
    """The angles with chance and another seed, and the joint directions."""

    def __init__(self) -> None:
        super().__init__()
        self.angles, self.shares = AnglesPlot(), SharesPlot()
        in_row(self, self.angles, self.shares)

    def show_figure(self, figure: AnglesFigure) -> None:
        self.angles.show_angles(figure)
        self.shares.show_shares(figure)

    def entries(self, figure: AnglesFigure) -> list[Entry]:
        entries = [Entry(figure.of_both, theme.current().accent, "line")]
        if figure.unrelated is not None:
            entries.append(Entry(f"another seed: {figure.unrelated_name}", CHANGES["unrelated"].colour, "dotted"))
        entries.append(Entry(f"{CHANCE}, with 95 %", CHANGES["chance"].colour, "dashed"))
        if figure.blocks:
            entries.append(Entry("nearly equal singular values", theme.current().faint, "box"))
        return entries

    def forget(self) -> None:
        self.angles.forget()
        self.shares.forget()


class UnitsView(View):
    """Three scatters over the norm, and the distance of each of the largest units from the space over time."""

    def __init__(self) -> None:
        super().__init__()
        self.scatters = {name: Plot("norm", label) for name, (label, _) in ASPECTS.items()}
        self.dots = {name: (pg.ScatterPlotItem(), pg.ScatterPlotItem()) for name in ASPECTS}
        for name, plot in self.scatters.items():
            plot.setToolTip(f"{ASPECTS[name][1].capitalize()} of each unit over its norm; strong: the largest units")
            for item in reversed(self.dots[name]):  # the selected network lies above the other one
                plot.addItem(item)
        self.over_time = Plot("snapshot", "distance")
        self.over_time.setToolTip("Distance of each of the largest units from the space; dotted: a random direction")
        self.ways = pg.PlotCurveItem(connect="finite"), pg.PlotCurveItem(connect="finite")
        self.chance, self.here = pg.InfiniteLine(angle=0), pg.InfiniteLine(angle=90)
        for item in reversed(self.ways):
            self.over_time.addItem(item)
        for item in (self.chance, self.here):
            self.over_time.addItem(item, ignoreBounds=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for at, plot in enumerate((*self.scatters.values(), self.over_time)):
            grid.addWidget(plot, at // 2, at % 2)

    def show_figure(self, figure: UnitsFigure) -> None:
        self.forget()
        for at, (dots, colour) in enumerate(zip(figure.networks, _colours(), strict=False)):
            largest = np.isin(np.arange(len(dots.norm)), dots.largest)
            pale = pg.mkColor(colour)
            pale.setAlpha(FAINT)
            brushes = [theme.brush(colour if large else pale) for large in largest]
            for name, items in self.dots.items():
                known = np.isfinite(getattr(dots, name))
                some = [brush for brush, there in zip(brushes, known, strict=True) if there]
                values = dots.norm[known], getattr(dots, name)[known]
                items[at].setData(*values, brush=some, pen=None, size=SMALL)
            pale.setAlpha(LINES)
            self.ways[at].setData(*_joined(dots))
            self.ways[at].setPen(theme.line(pale))
        faint = theme.current().faint
        self.chance.setPos(figure.networks[0].chance)
        self.chance.setPen(theme.line(theme.current().foreground, theme.DASHES["dotted"]))
        self.here.setPos(figure.here)
        self.here.setPen(theme.line(faint))
        for plot in (*self.scatters.values(), self.over_time):
            plot.show_all()

    def entries(self, figure: UnitsFigure) -> list[Entry]:
        return [Entry(dots.name, colour, "dot") for dots, colour in zip(figure.networks, _colours(), strict=False)] + [
            Entry("a random direction", theme.current().foreground, "dotted")
        ]

    def forget(self) -> None:
        for items in self.dots.values():
            for item in items:
                item.clear()
        for curve in self.ways:
            curve.setData([], [])


def _colours() -> tuple[QColor, QColor]:
    return theme.current().accent, theme.beside()


def _joined(dots: Dots) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ways of the largest units as one line with gaps."""
    ways = dots.distances[:, dots.largest].T
    gap = np.full((len(ways), 1), np.nan)
    places = np.tile(np.append(np.arange(float(ways.shape[1])), np.nan), (len(ways), 1))
    return places.ravel(), np.hstack((ways, gap)).ravel()


class CkaView(View):
    """The map of CKA."""

    def __init__(self) -> None:
        super().__init__()
        self.map = CkaMap()
        in_row(self, self.map)

    def show_figure(self, figure: CkaFigure) -> None:
        self.map.show_figure(figure)

    def entries(self, figure: CkaFigure) -> list[Entry]:
        return []

    def forget(self) -> None:
        self.map.forget()


class BarrierView(View):
    """The accuracy on the line, before and after matching."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = Plot("α", "accuracy (%)")
        self.plain = self.plot.plot([], [], symbol="o", symbolSize=SIZE, symbolPen=None)
        self.matched = self.plot.plot([], [], symbol="o", symbolSize=SIZE, symbolPen=None)
        self.straight = self.plot.plot([], [])
        self.plot.dress(self._dress)
        in_row(self, self.plot)

    def _dress(self) -> None:
        look = CHANGES["matched"]
        self.plain.setPen(theme.line(theme.current().accent))
        self.plain.setSymbolBrush(theme.current().accent)
        self.matched.setPen(theme.line(look.colour, theme.DASHES[look.dash]))
        self.matched.setSymbolBrush(look.colour)
        self.straight.setPen(theme.line(theme.current().foreground, theme.DASHES["dotted"]))

    def show_figure(self, figure: BarrierFigure) -> None:
        self.plot.set_x_label(figure.axis.replace("\n", " "))
        self.plain.setData(figure.alphas, figure.accuracy)
        self.matched.setData(figure.alphas, figure.matched_accuracy)
        self.straight.setData(figure.alphas[[0, -1]], figure.accuracy[[0, -1]])
        self.plot.show_all()

    def entries(self, figure: BarrierFigure) -> list[Entry]:
        return [
            Entry(PLAIN, theme.current().accent, "line"),
            Entry(MATCHED, CHANGES["matched"].colour, "dashed"),
            Entry(STRAIGHT, theme.current().foreground, "dotted"),
        ]

    def forget(self) -> None:
        for item in (self.plain, self.matched, self.straight):
            item.setData([], [])


VIEWS: dict[Show, Callable[[], View]] = {
    "changes": ChangesView,
    "angles": AnglesView,
    "units": UnitsView,
    "cka": CkaView,
    "barrier": BarrierView,
}
