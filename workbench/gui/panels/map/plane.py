"""The units in the plane of two principal directions, under the mouse and the keys as in the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtWidgets import QVBoxLayout

from workbench.figures.graph.groups import NOT_DRAWN
from workbench.figures.graph.words import unit_in_words
from workbench.gui.panels.map.view import MapView, entries_of_groups
from workbench.gui.plots.axes import Axis, fit_fonts
from workbench.gui.plots.graph.look import nodes_alone
from workbench.gui.plots.graph.units import UnitView
from workbench.gui.plots.plot import tidy
from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.figures.map.picture import PlanePicture
    from workbench.gui.plots.legend import Entry

EXTENT = 400.0  # pixels of the layout that the map is wide or high, so that nodes have the sizes of the graph
MARGIN = 20.0


class PlanePlot(UnitView):
    """A view of units with axes."""

    def __init__(self) -> None:
        super().__init__()
        self.zero = tuple(pg.InfiniteLine(0.0, angle=angle) for angle in (0, 90))
        for line in self.zero:
            line.setZValue(-1)
            self.box.addItem(line, ignoreBounds=True)
        for side in ("bottom", "left"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.setAccessibleName("Principal plane; the arrow keys go from unit to unit, Space selects")
        self.setMinimumSize(120, 64)
        self.scene().sigMouseMoved.connect(self._on_scene_mouse_moved)
        self.box.selected.connect(self.selected)
        self._dress()

    def around_box(self) -> Any:
        self.plot = pg.PlotItem(viewBox=self.box, axisItems={"left": Axis("left"), "bottom": Axis("bottom")})
        tidy(self.plot)
        return self.plot

    def show_all(self) -> None:
        """The whole map."""
        places = self.item.positions[self.item.look.seen] if len(self.item.positions) else self.item.positions
        if len(places):
            (left, low), (right, high) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
            area = QRectF(left, low, right - left, high - low).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
            self.box.setRange(area, padding=0, disableAutoRange=True)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.show_all()
        event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange) and hasattr(self, "zero"):
            self._dress()

    def _dress(self) -> None:
        self.setBackground("default")
        fit_fonts(self.plot)
        for side in ("bottom", "left"):
            self.plot.getAxis(side).setPen()
            self.plot.getAxis(side).setTextPen()
        for line in self.zero:
            line.setPen(theme.line(theme.current().faint))

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        self.hover(self.box.unit_under(position) if inside else -1)


class PlaneView(MapView):
    """The map with its axes; a click selects a unit, a line drawn with Shift what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = PlanePlot()
        self.shown: PlanePicture | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.plot.selected.connect(self._on_plot_selected)
        self.plot.hovered.connect(self._on_plot_hovered)

    def show_picture(self, picture: PlanePicture) -> None:
        before, self.shown = self.shown, picture
        points, result = picture.plane.points, picture.result
        there = np.isfinite(points).all(axis=1)
        spans = np.ptp(points[there], axis=0)
        scale = EXTENT / max(float(spans.max()), 1e-12)
        groups = np.where(there, result.groups, NOT_DRAWN).astype(np.int32)
        self.plot.item.set_look(replace(nodes_alone(result), groups=groups))
        self.plot.item.set_positions((np.nan_to_num(points) * scale).astype(np.float32))
        for side, label in zip(("bottom", "left"), picture.labels, strict=True):
            axis = self.plot.plot.getAxis(side)
            axis.setScale(1.0 / scale)
            axis.setLabel(label)
        if before is None or before.question.needs.ground != picture.question.needs.ground:
            self.plot.show_all()

    def mark(self, units: frozenset[int]) -> None:
        if self.shown is not None:
            self.plot.item.mark(self.shown.result.nodes_of(units), self.plot.item.hovered)

    def entries(self, picture: PlanePicture) -> list[tuple[Entry, frozenset[int]]]:
        rows = entries_of_groups(picture.result)
        return [row for row in rows if row[0].mark != "thick"]  # no edges are drawn

    def forget(self) -> None:
        self.shown = None
        self.plot.item.clear()

    def _on_plot_selected(self, nodes: frozenset[int]) -> None:
        if self.shown is not None:
            self.chosen.emit(self.shown.result.units_of(nodes), False)

    def _on_plot_hovered(self, node: int) -> None:
        self.said.emit("" if node < 0 or self.shown is None else unit_in_words(self.shown.result, node))
