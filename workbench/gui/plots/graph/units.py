"""A view of units that the mouse and the keys go over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent

from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.plots.graph.box import GraphBox
from workbench.gui.plots.graph.fit import DIRECTIONS, unit_by_key
from workbench.gui.plots.graph.item import WeightGraphItem

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget


class UnitView(FocusFrame, pg.GraphicsView):  # type: ignore[misc]
    """Units and edges in a box; with the focus the arrow keys go from unit to unit, Space selects, Escape clears."""

    hovered = Signal(int)
    selected = Signal(object)
    menu_requested = Signal(int, object)  # of the unit, −1 for none, at a point of the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = WeightGraphItem()
        self.box = GraphBox(self.item)
        self.setCentralItem(self.around_box())
        self.box.addItem(self.item)

    def around_box(self) -> Any:
        """What fills the view: the box, or what holds it."""
        return self.box

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if len(self.item.positions) == 0 or not (key in DIRECTIONS or key in (Qt.Key.Key_Space, Qt.Key.Key_Escape)):
            super().keyPressEvent(event)
            return
        if key in DIRECTIONS:
            self.hover(unit_by_key(self.item, key, self.box.viewRect().center()))
        elif key == Qt.Key.Key_Space and self.item.hovered >= 0:
            self.selected.emit(self.item.chosen ^ {self.item.hovered})
        elif key == Qt.Key.Key_Escape:
            self.selected.emit(frozenset())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:  # the box sees the mouse, which may also drag
            self.menu_requested.emit(self.item.hovered, self.mapToGlobal(self.place_of(self.item.hovered)))
        event.accept()

    def place_of(self, unit: int) -> QPoint:
        """Where a unit is in this widget; its middle for none."""
        place: QPoint = self.rect().center() if unit < 0 else self.mapFromScene(self.box.scene_place(unit))
        return place

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self.hover(-1)

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.hover(-1)

    def mark(self, chosen: frozenset[int]) -> None:
        self.item.mark(chosen, self.item.hovered)

    def hover(self, unit: int) -> None:
        if unit != self.item.hovered:
            self.item.mark(self.item.chosen, unit)
            self.hovered.emit(unit)
