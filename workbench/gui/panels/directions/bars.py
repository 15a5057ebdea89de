"""A histogram of units: bars, the bars of the selected units, and outlines to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor

from workbench.figures.looks import DIRECTIONS
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.directions.picture import Float64, Histogram, Int64
    from workbench.figures.groups.trainings import Trainings

LOOKS = {name: (look.colour, theme.DASHES[look.dash]) for name, look in DIRECTIONS.items()}


class Bars(Plot):
    """The items are made once and fed with `show_units` and `show_selected`. A click says which bar it was on."""

    bar_clicked = Signal(int, bool)  # its number, and whether its units are added to those that are selected

    def __init__(self, x_label: str) -> None:
        super().__init__(x_label, "units")
        steps: dict[str, Any] = {"stepMode": "center", "antialias": False}
        self.bars = pg.PlotCurveItem([0, 1], [0], fillLevel=0, **steps)
        self.selected = pg.PlotCurveItem([0, 1], [0], fillLevel=0, **steps)
        self.lines = {name: pg.PlotCurveItem([0, 1], [0], **steps) for name in LOOKS}
        self.threshold = pg.InfiniteLine(angle=90, movable=False)
        self.interval = pg.LinearRegionItem(movable=False)
        for item in (self.interval, self.bars, self.selected, *self.lines.values()):
            self.addItem(item)
        self.addItem(self.threshold, ignoreBounds=True)
        self.runs = MeanBand(self, z=5.0)
        self._edges = np.array([0.0, 1.0])
        self.dress(self._dress)
        self.scene().sigMouseClicked.connect(self._on_bar_clicked)
        self.forget()

    def show_units(
        self, units: Histogram, others: Mapping[str, Int64 | Float64 | None], runs: Trainings | None = None
    ) -> None:
        """The bars of a layer's units, and the outlines of `others` by the names of `DIRECTIONS`.

        With the bars of the `runs` of a group, their mean, its intervals and the runs as dots.
        """
        self._edges = units.edges
        heights = units.counts if runs is None else runs.over.mean
        self.bars.setData(units.edges, heights)
        self.runs.show_bins(units.edges, runs)
        top = float((heights if runs is None else runs.values).max(initial=1))
        for name, line in self.lines.items():
            counts = others.get(name)
            line.setVisible(counts is not None)
            if counts is not None:
                line.setData(units.edges, counts)
                top = max(top, float(counts.max(initial=0)))
        self.getPlotItem().vb.setRange(xRange=(0.0, float(units.edges[-1])), yRange=(0.0, 1.05 * top), padding=0)

    def show_selected(self, counts: Int64) -> None:
        """The bars of the selected units, one for each bin."""
        self.selected.setData(self._edges, counts)
        self.selected.setVisible(bool(counts.any()))

    def show_threshold(self, threshold: float | None, interval: tuple[float, float] | None) -> None:
        """Where the norms are split, and how certain that is; None: nowhere."""
        for item in (self.threshold, self.interval):
            item.setVisible(threshold is not None)
        if threshold is not None and interval is not None:
            self.threshold.setValue(threshold)
            self.interval.setRegion(interval)

    def forget(self) -> None:
        """Take away all that was shown."""
        for item in (self.bars, self.selected, *self.lines.values()):
            item.setData([0, 1], [0])
        self.runs.clear()
        self.show_threshold(None, None)

    def show_all(self) -> None:
        """The whole histogram again."""
        top = float(np.max(self.bars.yData, initial=1))
        self.getPlotItem().vb.setRange(xRange=(0.0, float(self._edges[-1])), yRange=(0.0, 1.05 * top), padding=0)

    def bar_at(self, x: float) -> int:
        """The number of the bar over a value; −1: there is none."""
        number = int(np.searchsorted(self._edges, x, side="right")) - 1
        return number if 0 <= number < len(self._edges) - 1 else -1

    def _dress(self) -> None:
        colours = theme.current()
        fill, chosen, band = QColor(colours.accent), QColor(colours.foreground), QColor(colours.foreground)
        fill.setAlpha(90)
        chosen.setAlpha(150)
        band.setAlpha(30)
        self.bars.setBrush(fill)
        self.bars.setPen(theme.line(colours.accent))
        self.selected.setBrush(chosen)
        self.selected.setPen(theme.line(colours.foreground))
        self.interval.setBrush(band)
        self.runs.wear(colours.foreground)
        for edge in self.interval.lines:
            edge.setPen(pg.mkPen(None))
        self.threshold.setPen(theme.line(colours.foreground))
        for name, line in self.lines.items():
            line.setPen(theme.line(colour_of(name), LOOKS[name][1]))

    def _on_bar_clicked(self, click: Any) -> None:
        box = self.getPlotItem().vb
        if click.button() is not Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(click.scenePos()):
            return
        number = self.bar_at(box.mapSceneToView(click.scenePos()).x())
        if number >= 0:
            self.bar_clicked.emit(number, bool(click.modifiers() & Qt.KeyboardModifier.ControlModifier))


def colour_of(name: str) -> QColor:
    """The colour of an outline; lighter on a dark ground."""
    colour = QColor(LOOKS[name][0])
    return colour.lighter(140) if theme.current().dark else colour
