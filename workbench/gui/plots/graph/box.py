"""The part of the weight graph's view that takes the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

if TYPE_CHECKING:
    from workbench.gui.plots.graph.item import WeightGraphItem

REACH = 4  # pixels beside a node that still count as on it


class GraphBox(pg.ViewBox):  # type: ignore[misc]
    """Mouse gestures: on a node, drag it; with Shift, select what a rectangle holds; else pan and zoom."""

    clicked = Signal(object, bool)  # position, whether to add to the selection
    drag_moved = Signal(object)
    drag_ended = Signal()
    enclosed = Signal(object, bool)  # rectangle, whether to add to the selection
    moved_by_hand = Signal()

    def __init__(self, item: WeightGraphItem) -> None:
        super().__init__(lockAspect=True, enableMenu=False)
        self._item = item
        self._gesture: str | None = None
        self.grabbed = -1
        self.disableAutoRange()

    def unit_under(self, scene_position: QPointF) -> int:
        """The unit at a position of the scene, −1 for none."""
        reach = REACH * self.viewPixelSize()[0]
        return self._item.unit_at(self.mapSceneToView(scene_position), reach)

    def mouseClickEvent(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.clicked.emit(event.scenePos(), adding)
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
        corner, here = event.buttonDownPos(), event.pos()
        if event.isFinish():
            self.rbScaleBox.hide()
            adding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            area = self.childGroup.mapRectFromParent(QRectF(corner, here).normalized())
            self.enclosed.emit(area, adding)
        else:
            self.updateScaleBox(corner, here)
