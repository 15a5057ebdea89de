"""The part of the weight graph's view that takes the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPolygonF
from PySide6.QtWidgets import QGraphicsPolygonItem

from workbench.gui.state import theme

if TYPE_CHECKING:
    from workbench.gui.plots.graph.item import WeightGraphItem

REACH = 4  # pixels beside a node that still count as on it


class GraphBox(pg.ViewBox):  # type: ignore[misc]
    """Mouse gestures: on a node, drag it; with Shift, select what a line drawn by hand holds; else pan and zoom."""

    drag_moved = Signal(object)
    drag_ended = Signal()
    selected = Signal(object)  # units
    moved_by_hand = Signal()
    menu_requested = Signal(int, object)  # the unit under the mouse, −1 for none; a point of the screen

    def __init__(self, item: WeightGraphItem) -> None:
        super().__init__(lockAspect=True, enableMenu=False)
        self._item = item
        self._gesture: str | None = None
        self.grabbed = -1
        self.pinning = False  # the node that was dragged is to stay: Ctrl was held
        self._line: list[QPointF] = []
        self.outline = QGraphicsPolygonItem(self.childGroup)  # of the lasso, while it is drawn
        self.outline.setZValue(100)
        self.outline.setVisible(False)
        self.disableAutoRange()

    def unit_under(self, scene_position: QPointF) -> int:
        """The unit at a position of the scene, −1 for none."""
        reach = REACH * self.viewPixelSize()[0]
        return self._item.unit_at(self.mapSceneToView(scene_position), reach)

    def scene_place(self, unit: int) -> QPointF:
        """Where a unit is in the scene."""
        place: QPointF = self.mapViewToScene(QPointF(*self._item.positions[unit].tolist()))
        return place

    def mouseClickEvent(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            unit = self.unit_under(event.scenePos())
            clicked = frozenset({unit} if unit >= 0 else ())
            self.selected.emit(self._item.chosen ^ clicked if _adding(event) else clicked)
            event.accept()
        elif event.button() == Qt.MouseButton.RightButton:
            self.menu_requested.emit(self.unit_under(event.scenePos()), event.screenPos().toPoint())
            event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis)
            self.moved_by_hand.emit()
            return
        if event.isStart():
            self.grabbed = self.unit_under(event.buttonDownScenePos())
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._gesture = "node" if self.grabbed >= 0 and not shift else "lasso" if shift else "pan"
        if self._gesture == "node":
            event.accept()
            self.drag_moved.emit(self.mapSceneToView(event.scenePos()))
            if event.isFinish():
                self.pinning = _adding(event)
                self.drag_ended.emit()
        elif self._gesture == "lasso":
            event.accept()
            self._lasso(event)
        else:
            super().mouseDragEvent(event, axis)
            self.moved_by_hand.emit()

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:
        super().wheelEvent(event, axis)
        self.moved_by_hand.emit()

    def _lasso(self, event: Any) -> None:
        """Draw the line with the mouse; at its end select what lies inside."""
        if event.isStart():
            fill = pg.mkColor(theme.current().accent)
            self.outline.setPen(pg.mkPen(fill, width=1.5))
            fill.setAlpha(40)
            self.outline.setBrush(fill)
            self._line = [self.mapSceneToView(event.buttonDownScenePos())]
        self._line.append(self.mapSceneToView(event.scenePos()))
        self.outline.setPolygon(QPolygonF(self._line))
        self.outline.setVisible(not event.isFinish())
        if event.isFinish():
            within = self._item.units_inside(np.array([(point.x(), point.y()) for point in self._line]))
            self.selected.emit(self._item.chosen | within if _adding(event) else within)


def _adding(event: Any) -> bool:
    """Whether to add to the selection."""
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
