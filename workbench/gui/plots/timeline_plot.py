"""The plot of the timeline: curves over the snapshots, and the handle that goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from workbench.gui.plots.axes import room_beside
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent


PARTS = ("test", "validation", "train")


class EpochAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis of snapshot numbers that is labelled with their epochs."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self._epochs: NDArray[np.float64] = np.zeros(0)

    def set_epochs(self, epochs: NDArray[np.float64]) -> None:
        self._epochs = epochs
        self.picture = None
        self.update()

    def tickSpacing(self, minimum: float, maximum: float, size: float) -> list[tuple[float, float]]:
        # Whole snapshots only, and no more labels than fit.
        labels = max(size / (1.3 * room_beside()), 1)
        step = max(int(np.ceil((maximum - minimum) / labels)), 1)
        return [(float(step), 0.0)]

    def tickStrings(self, values: list[float], _scale: float, _spacing: float) -> list[str]:
        known = range(len(self._epochs))
        return [
            f"{self._epochs[int(value)]:.{2 if self._epochs[int(value)] < 1 else 3}g}" if int(value) in known else ""
            for value in values
        ]


class TimelinePlot(Plot):
    """The accuracy curves over the snapshots; press or drag anywhere to go there."""

    scrubbed = Signal(int)
    least_height: ClassVar[int] = 96

    def __init__(self) -> None:
        self.axis = EpochAxis()
        super().__init__("epoch", "accuracy (%)", self.axis)
        self.setMouseTracking(True)
        box = self.getPlotItem().vb
        box.setMouseEnabled(False, False)
        self.curves = {part: self.plot([], []) for part in reversed(PARTS)}
        self.handle = pg.InfiniteLine(0)
        self.handle.setZValue(40)
        self.addItem(self.handle, ignoreBounds=True)
        self.damage = pg.VTickGroup(yrange=(0.0, 0.12), pen=pg.mkPen(theme.OKABE_ITO["vermillion"], width=2))
        self.addItem(self.damage, ignoreBounds=True)
        self.points = pg.ScatterPlotItem(size=7, pen=None)
        self.addItem(self.points, ignoreBounds=True)
        self.dress(self._dress)

    def _dress(self) -> None:
        for part, curve in self.curves.items():
            curve.setPen(theme.accuracy_pen(part))
        self.handle.setPen(theme.line(theme.current().accent))

    def forget(self) -> None:
        """Take away all that was shown."""
        for curve in self.curves.values():
            curve.setData([], [])
        self.points.setData([])
        self.damage.setXVals([])
        self.axis.set_epochs(np.zeros(0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)  # the crosshair follows
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def wheelEvent(self, event: Any) -> None:
        event.ignore()

    def _scrub(self, event: QMouseEvent) -> None:
        self.scrubbed.emit(round(self.data_position(event.position()).x()))
        event.accept()
