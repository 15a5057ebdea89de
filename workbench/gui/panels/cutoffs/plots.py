"""The four plots of the cut-offs, made once and fed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from workbench.figures.looks import DIRECTIONS
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.cutoffs.picture import CutoffsPicture

CHANCE = DIRECTIONS["independent directions"]


class OverCutoff(Plot):
    """A plot over the cosine, with the cut-off as a line that can be dragged."""

    cutoff_dragged = Signal(float)

    def __init__(self, y_label: str, steps: bool = False, logarithmic: bool = False) -> None:
        super().__init__("cosine", y_label)
        self._log = logarithmic
        if logarithmic:
            self.getPlotItem().setLogMode(y=True)
        mode: dict[str, Any] = {"stepMode": "center"} if steps else {}
        empty = ([0, 1], [0]) if steps else ([], [])
        self.found = pg.PlotCurveItem(*empty, fillLevel=0 if steps else None, **mode)
        self.other = pg.PlotCurveItem(*empty, **mode)
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.top = pg.InfiniteLine(angle=0, movable=False)
        self.top.setVisible(False)
        for item in (self.found, self.other):
            self.addItem(item)
        for item in (self.line, self.top):
            self.addItem(item, ignoreBounds=True)
        self.line.sigDragged.connect(lambda line: self.cutoff_dragged.emit(float(line.value())))
        self.dress(self._dress)

    def show_curves(self, x: Any, found: Any, other: Any, least: float = 0.0) -> None:
        """Curves over cosines; on a logarithmic axis from `least` on."""
        if self._log:
            found, other = (np.log10(np.where(each < least, np.nan, each)) for each in (found, other))
        self.found.setData(x, found, connect="finite")
        self.other.setData(x, other, connect="finite")
        low, high = (np.log10(least), 2.0) if self._log else (0.0, 1.05 * float(np.max(found, initial=1.0)))
        self.getPlotItem().vb.setRange(xRange=(float(x[0]), 1.0), yRange=(low, high), padding=0)

    def show_top(self, share: float) -> None:
        """A line across at this number."""
        self.top.setValue(np.log10(share) if self._log else share)
        self.top.setVisible(True)

    def show_all(self) -> None:
        """All of the curves again."""
        self.getPlotItem().vb.autoRange(items=[self.found], padding=0)

    def _dress(self) -> None:
        colours = theme.current()
        fill = pg.mkColor(colours.accent)
        fill.setAlpha(90)
        self.found.setPen(theme.line(colours.accent))
        if self.found.opts.get("fillLevel") is not None:
            self.found.setBrush(fill)
        self.other.setPen(theme.line(CHANCE.colour, theme.DASHES[CHANCE.dash]))
        self.line.setPen(theme.line(colours.foreground, Qt.PenStyle.DashLine))
        self.line.setHoverPen(theme.line(colours.accent))
        self.top.setPen(theme.line(colours.faint))


class Components(OverCutoff):
    """How many components there are at each cut-off; the other curve is of those of two units or more."""

    def __init__(self) -> None:
        super().__init__("components")

    def _dress(self) -> None:
        super()._dress()
        self.found.setPen(theme.line(theme.current().foreground))
        self.other.setPen(theme.line(theme.current().accent))


class Sizes(Plot):
    """A dot for each component at the cut-off: its size, and the largest norm of its units."""

    def __init__(self) -> None:
        super().__init__("component size", "largest norm")
        self.getPlotItem().setLogMode(x=True)
        self.dots = pg.ScatterPlotItem(size=8, pen=None)
        self.addItem(self.dots)
        self.dress(self._dress)

    def show_components(self, picture: CutoffsPicture) -> None:
        """The components of a picture."""
        across = np.log10(picture.sizes)
        self.dots.setData(across, picture.largest_norms)
        high = 1.08 * float(picture.largest_norms.max(initial=1e-9))
        ends = (-0.1, max(float(across.max(initial=0.0)) + 0.1, 1.0))
        self.getPlotItem().vb.setRange(xRange=ends, yRange=(0.0, high), padding=0)

    def _dress(self) -> None:
        colour = pg.mkColor(theme.current().accent)
        colour.setAlpha(150)
        self.dots.setBrush(colour)
