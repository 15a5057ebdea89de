"""The plot of the training panel: curves over the iterations, fed as they grow."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg

from workbench.gui.plots.axes import Axis, width_of_labelled_axis
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme
from workbench.gui.state.course import PARTS
from workbench.gui.widgets.forms.values import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.figures.groups.trainings import Trainings

    Curve = tuple[NDArray[np.float64], NDArray[np.float64]]

NO_RUNS: Mapping[str, Trainings] = MappingProxyType({})


class CurvePlot(Plot):
    """One curve per part of the data over the iterations, and a line where the selected snapshot is."""

    def __init__(self, y_label: str) -> None:
        super().__init__("iteration", y_label, Axis("bottom", least=1.0))
        self._numbered: dict[str, bool] = {}
        self._number("left", False)
        self._number("bottom", False)
        self.getPlotItem().setDownsampling(auto=True, mode="peak")
        self.bands: dict[str, MeanBand] = {}  # of the parts, once a group is shown
        self.curves = {part: self.plot([], [], symbolSize=5, symbolPen=None) for part in PARTS}
        self.cursor = pg.InfiniteLine(0)
        self.cursor.setVisible(False)
        self.addItem(self.cursor, ignoreBounds=True)
        self.dress(self._dress)

    def _dress(self) -> None:
        self.getPlotItem().getAxis("left").setWidth(width_of_labelled_axis())
        for part, curve in self.curves.items():
            curve.setPen(theme.accuracy_pen(part))
            curve.setSymbolBrush(theme.accuracy_pen(part).color())
            if part in self.bands:
                self.bands[part].wear(theme.accuracy_pen(part).color())
        self.cursor.setPen(theme.line(theme.current().accent))

    def show_curves(self, curves: Mapping[str, Curve], runs: Mapping[str, Trainings] = NO_RUNS) -> None:
        """Draw these curves and no others; of a group also the interval and the curve of each of its `runs`."""
        self._number("left", bool(curves))
        self._number("bottom", bool(curves))
        for part, item in self.curves.items():
            x, y = curves.get(part, ([], []))
            item.setData(x, y, symbol="o" if len(x) == 1 else None)  # a single point makes no line
            self._show_runs(part, np.asarray(x), runs.get(part))

    def _show_runs(self, part: str, x: NDArray[np.float64], runs: Trainings | None) -> None:
        if runs is not None:
            if part not in self.bands:
                self.bands[part] = MeanBand(self, moves_axes=True)
            band = self.bands[part]
            band.wear(theme.accuracy_pen(part).color())
            band.show(x, runs.over.low, runs.over.high)
            (band.show_dots if len(x) == 1 else band.show_runs)(x, runs.values)
        elif part in self.bands:
            self.bands[part].clear()

    def _number(self, side: str, shown: bool) -> None:
        """An axis without a curve has no numbers."""
        if self._numbered.get(side) != shown:
            self._numbered[side] = shown
            self.getPlotItem().getAxis(side).setStyle(showValues=shown)

    def point_at(self, iteration: float | None) -> None:
        """Put the line at an iteration, or take it away."""
        self.cursor.setVisible(iteration is not None)
        if iteration is not None:
            self.cursor.setPos(iteration)

    def reading(self, iteration: float) -> str:
        """The value of every curve at its point nearest to an iteration."""
        values = []
        for part, item in self.curves.items():
            x, y = item.getOriginalDataset()
            if x is not None and len(x):
                values.append(f"{part} {y[np.abs(x - iteration).argmin()]:.4g}")
        return ", ".join(values)


def of_loss(view: Setting) -> Setting:
    """What is zoomed to; of a view that also has an accuracy plot, as they once had, the part of the loss."""

    def write(value: object) -> None:
        heights = value.get("y") if isinstance(value, dict) else None
        if isinstance(value, dict) and isinstance(heights, list) and len(heights) == 2:
            value = {**value, "y": heights[:1]}
        view.write(value)

    return Setting(view.read, write)
