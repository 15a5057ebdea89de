"""A view of the weight graph that lays itself out while one looks on: drag a node, zoom, pan, select."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, Signal

from workbench.analysis.layout import forces
from workbench.gui.background.compiling import compile_beside
from workbench.gui.background.ticker import Ticker
from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.plots.graph.box import GraphBox
from workbench.gui.plots.graph.item import GraphLook, WeightGraphItem

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

WARM = 0.3  # how warm the layout becomes when edges or forces change, and stays while a node is dragged


FIRST_PICTURES_MS = 200  # after the graph's own: the other panels draw theirs before anything large is loaded
MARGIN = 0.02  # of the graph, left free around it
ENOUGH = 0.03  # of the view: less empty room than this is no reason to close in
CLOSING = 0.08  # of the way to the graph at each tick


# Keys, and where they lead in the view, whose second axis points up.
_DIRECTIONS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


class GraphView(FocusFrame, pg.GraphicsView):  # type: ignore[misc]
    """The animated weight graph. `hovered(unit)` and `selected(units)` tell what a person does; −1 is no unit.

    With the focus the arrow keys go from unit to unit, Space takes one into the selection or out of it, and Escape
    empties it.
    """

    hovered = Signal(int)
    selected = Signal(object)
    failed = Signal(object)  # the layout stands still since this error
    zoomed = Signal()  # moved or zoomed by hand
    restored = Signal()  # all is to be seen again
    TICK_MS = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = WeightGraphItem()
        self.box = GraphBox(self.item)
        self.setCentralItem(self.box)
        self.box.addItem(self.item)
        self.setMinimumWidth(160)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Weight graph; the arrow keys go from unit to unit, Space selects")
        self.forces = forces.Forces()
        self.layout_now: forces.Layout | None = None
        self._links: forces.Links | None = None
        self._held: dict[int, tuple[float, float]] = {}
        self._fitting = True
        self._since_painted = QElapsedTimer()  # valid when there was a first picture
        self._timer = Ticker(self.tick, self.TICK_MS, self)
        self._timer.failed.connect(self.failed)
        self.box.clicked.connect(self._on_box_clicked)
        self.box.drag_moved.connect(self._on_box_drag_moved)
        self.box.drag_ended.connect(self._on_box_drag_ended)
        self.box.enclosed.connect(self._on_box_enclosed)
        self.box.moved_by_hand.connect(self._on_box_moved_by_hand)
        self.scene().sigMouseMoved.connect(self._on_scene_mouse_moved)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), 120)  # it gives way where the lines above and below it need more

    @property
    def moving(self) -> bool:
        """Whether the layout is still warm."""
        return self._timer.isActive()

    def show_graph(self, look: GraphLook, links: forces.Links, afresh: bool) -> None:
        """Show a graph; its nodes start from where they are, or from the start spiral where they are others."""
        self._links = links
        if afresh or self.layout_now is None or len(self.layout_now.positions) != links.units:
            self.layout_now = forces.start(links.units, links.members)
            self._held = {}
            self._fitting = True
            self.item.set_look(look)
            self.item.set_positions(self.layout_now.positions)
            self._fit(at_once=True)
        else:
            self.layout_now = self.layout_now.reheated(WARM)
            self.item.set_look(look)
        self._start_timer()

    def clear(self) -> None:
        """Show nothing."""
        self._timer.stop()
        self.layout_now, self._links, self._held = None, None, {}
        self.item.clear()

    def set_forces(self, constants: forces.Forces) -> None:
        """Use other constants; the layout warms up to follow them."""
        self.forces = constants
        self.reheat(WARM)

    def reheat(self, alpha: float = 1.0) -> None:
        """Set the layout moving again."""
        if self.layout_now is not None:
            self.layout_now = self.layout_now.reheated(alpha)
            self._start_timer()

    def show_at(self, positions: NDArray[np.float32]) -> None:
        """Put the nodes to these places, (m, 2), at rest."""
        if self.layout_now is None:
            return
        velocities = np.zeros_like(positions)
        self.layout_now = replace(self.layout_now, positions=positions, velocities=velocities, alpha=0.0)
        self.item.set_positions(positions)
        self._timer.stop()
        self.show_all()

    def settle(self) -> None:
        """Let the layout settle at once."""
        if self.layout_now is None or self._links is None:
            return
        for layout in forces.settle(self.layout_now, self._links, self.forces, self._held):
            self.layout_now = layout
        self.item.set_positions(self.layout_now.positions)
        self._fit(at_once=True)
        self._timer.stop()

    def tick(self) -> None:
        """One step of the layout; the timer stops when it has cooled."""
        if self.layout_now is None or self._links is None:
            return
        if not forces.is_compiled():
            if self._since_painted.isValid() and self._since_painted.hasExpired(FIRST_PICTURES_MS):
                compile_beside()
            return  # the nodes wait where they are
        if self.layout_now.alpha < self.forces.alpha_least:
            self._timer.stop()
            self._fit(at_once=True)
            return
        self.layout_now = forces.step(self.layout_now, self._links, self.forces, self._held)
        self.item.set_positions(self.layout_now.positions)
        self._fit()

    def show_all(self) -> None:
        """Fit the graph into the view, and keep it there."""
        self._fitting = True
        self._fit(at_once=True)

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is seen of the layout, across and up."""
        area = self.box.viewRect()
        return (area.left(), area.right()), (area.top(), area.bottom())

    def show_ranges(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Show this part, and what lies around it where the view has another shape; the graph is not followed."""
        self._fitting = False
        self.box.setRange(xRange=across, yRange=up, padding=0, disableAutoRange=True)

    def mark(self, chosen: frozenset[int]) -> None:
        """Ring the selected units."""
        self.item.mark(chosen, self.item.hovered)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.restored.emit()
        self.show_all()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if len(self.item.positions) == 0 or not (key in _DIRECTIONS or key in (Qt.Key.Key_Space, Qt.Key.Key_Escape)):
            super().keyPressEvent(event)
            return
        if key in _DIRECTIONS:
            here = self.item.hovered
            middle = self.box.viewRect().center()
            self._hover(self.item.unit_toward(here, _DIRECTIONS[key]) if here >= 0 else self.item.unit_nearest(middle))
        elif key == Qt.Key.Key_Space and self.item.hovered >= 0:
            self.selected.emit(self.item.chosen ^ {self.item.hovered})
        elif key == Qt.Key.Key_Escape:
            self.selected.emit(frozenset())
        event.accept()

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        self._hover(-1)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._start_timer()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._timer.stop()  # nobody is looking

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if not self._since_painted.isValid():
            self._since_painted.start()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls this itself while it is being made
            self._fit(at_once=True)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setBackground("default")

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _start_timer(self) -> None:
        # A timer that is started again starts to wait again: under a moving mouse it would never tick.
        if self.isVisible() and self.layout_now is not None and not self._timer.isActive():
            self._timer.start()

    def _fit(self, at_once: bool = False) -> None:
        """Keep the whole graph in sight: grow with it at once, close in on it gently."""
        if not self._fitting or self.layout_now is None or self._held:
            return  # under a dragged node the ground stands still
        bounds, shown = self.item.boundingRect(), self.box.viewRect()
        margin = MARGIN * max(bounds.width(), bounds.height())
        wanted = bounds.adjusted(-margin, -margin, margin, margin)
        if not at_once and shown.contains(bounds):
            slack = min(1 - wanted.width() / shown.width(), 1 - wanted.height() / shown.height())
            if slack < ENOUGH:
                return
            wanted = QRectF(
                shown.left() + CLOSING * (wanted.left() - shown.left()),
                shown.top() + CLOSING * (wanted.top() - shown.top()),
                shown.width() + CLOSING * (wanted.width() - shown.width()),
                shown.height() + CLOSING * (wanted.height() - shown.height()),
            )
        self.box.setRange(wanted, padding=0, disableAutoRange=True)

    def _hover(self, unit: int) -> None:
        if unit != self.item.hovered:
            self.item.mark(self.item.chosen, unit)
            self.hovered.emit(unit)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        if self._held:  # the node in the hand, whatever it is dragged past
            return
        inside = self.box.sceneBoundingRect().contains(position)
        self._hover(self.box.unit_under(position) if inside else -1)

    def _on_box_clicked(self, position: QPointF, adding: bool) -> None:
        unit = self.box.unit_under(position)
        clicked = frozenset({unit} if unit >= 0 else ())
        self.selected.emit(self.item.chosen ^ clicked if adding else clicked)

    def _on_box_enclosed(self, area: QRectF, adding: bool) -> None:
        inside = self.item.units_in(area)
        self.selected.emit(self.item.chosen | inside if adding else inside)

    def _on_box_drag_moved(self, point: QPointF) -> None:
        if self.layout_now is not None:
            self._held = {self.box.grabbed: (point.x(), point.y())}
            self.layout_now = self.layout_now.reheated(WARM, target=WARM)
            self._start_timer()

    def _on_box_drag_ended(self) -> None:
        self._held = {}
        if self.layout_now is not None:
            self.layout_now = self.layout_now.reheated(WARM, target=0.0)

    def _on_box_moved_by_hand(self) -> None:
        self._fitting = False
        self.zoomed.emit()
