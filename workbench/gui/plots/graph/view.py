"""A view of the weight graph that lays itself out while one looks on: drag a node, zoom, pan, select."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QSize, Qt, Signal

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import forces, places
from workbench.gui.background.compiling import compile_beside
from workbench.gui.background.ticker import Ticker
from workbench.gui.plots.graph.density import EdgePictures
from workbench.gui.plots.graph.fit import ground_of, ranges_of, wanted_area
from workbench.gui.plots.graph.pins import Pins
from workbench.gui.plots.graph.seen import Left, SeenLayouts
from workbench.gui.plots.graph.units import UnitView

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from workbench.analysis.layout.blocks import Ground
    from workbench.gui.plots.graph.item import GraphLook
    from workbench.gui.plots.graph.seen import Key

WARM = 0.3  # how warm the layout becomes when edges or forces change, and stays while a node is dragged
FIRST_PICTURES_MS = 200  # after the graph's own: the other panels draw theirs before anything large is loaded
GLIDE = 12  # ticks in which the nodes go to where they were
TURNED = 1.2  # times another aspect of the view: from here on the graph takes the new one


class GraphView(UnitView):
    """The animated weight graph. `hovered(unit)` and `selected(units)` tell what a person does; −1 is no unit.

    With the focus the arrow keys go from unit to unit, Space takes one into the selection or out of it, and Escape
    empties it.
    """

    failed = Signal(object)  # the layout stands still since this error
    zoomed = Signal()  # moved or zoomed by hand
    restored = Signal()  # all is to be seen again
    opened = Signal(int)  # a unit, by a double click
    TICK_MS = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(160)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Weight graph; the arrow keys go from unit to unit, Space selects")
        self.forces = forces.Forces()
        self.layout_now: forces.Layout | None = None
        self.links: forces.Links | None = None
        self._held: dict[int, tuple[float, float]] = {}
        self.pins = Pins(self)
        self.key: Key | None = None  # of the graph that is shown
        self.seen = SeenLayouts(self)  # how those looked that were shown before
        self.glide: tuple[NDArray[np.float32], int] | None = None  # where the nodes come from, and for how long
        self.fitting = True
        self.put = False  # the nodes are where they were put, not where the layout would have them
        self._since_painted = QElapsedTimer()  # valid when there was a first picture
        self._timer = Ticker(self.tick, self.TICK_MS, self, in_turns=True)
        self._timer.failed.connect(self.failed)
        self.box.drag_moved.connect(self._on_box_drag_moved)
        self.box.drag_ended.connect(self._on_box_drag_ended)
        self.box.moved_by_hand.connect(self._on_box_moved_by_hand)
        self.box.selected.connect(self.selected)
        self.box.menu_requested.connect(self.menu_requested)
        self.scene().sigMouseMoved.connect(self._on_scene_mouse_moved)
        self.edges = EdgePictures(self)

    def minimumSizeHint(self) -> QSize:  # it gives way where the lines above and below it need more
        return QSize(self.minimumWidth(), 120)

    @property
    def moving(self) -> bool:
        """Whether the layout moves, or its edges are not all drawn."""
        return self._timer.isActive() or not self.edges.complete

    def shut(self) -> None:
        """Nothing more is drawn."""
        self.stop_timer()
        self.edges.close()

    @property
    def ground(self) -> Ground:
        return ground_of(self)

    def show_graph(self, look: GraphLook, links: forces.Links, afresh: bool, key: Key | None = None) -> None:
        """Show a graph; its nodes start from where they are, or from the start spiral where they are others.

        A graph with a `key` that was shown before comes back as it was: nodes that are there glide to where they were.
        """
        self.seen.keep_shown()
        before, self.links, self.key = self.links, links, key
        if afresh or self.layout_now is None or before is None or len(self.layout_now.positions) != links.units:
            self._begin(look, links, self.seen.get(key, links.units))
        else:
            if not self.seen.glide_back():
                self.layout_now, self.glide = places.carried(self.layout_now, before, links).reheated(WARM), None
                self.put = False
            self.item.set_look(look)
        self._start_timer()

    def _begin(self, look: GraphLook, links: forces.Links, seen: Left | None) -> None:
        """Show other nodes than before."""
        start = packing.start(links, look.blocks, self.ground) if seen is None else seen.layout
        self.layout_now, self._held, self.glide, self.put = start, {}, None, seen is not None and seen.put
        self.pins.show({} if seen is None else seen.pins)
        self.fitting = True
        self.item.set_look(look)
        self.item.set_positions(start.positions)
        self._on_ground_changed()

    def show_look(self, look: GraphLook) -> None:
        """Show other colours, and other blocks where those are others; the graph stays as it is."""
        self.item.set_look(look)
        self._pack()

    def clear(self) -> None:
        self.seen.keep_shown()
        self.stop_timer()
        self.layout_now, self.links, self._held, self.glide, self.key = None, None, {}, None, None
        self.item.clear()

    def set_forces(self, constants: forces.Forces) -> None:
        """Use other constants, which the layout follows."""
        if constants == self.forces:
            return
        self.seen.keep_shown()
        self.forces = constants
        if self.seen.glide_back():
            self._start_timer()
        else:
            self.reheat(WARM)

    def reheat(self, alpha: float = 1.0) -> None:
        """Set the layout moving again."""
        if self.layout_now is not None:
            self.layout_now, self.put, self.glide = self.layout_now.reheated(alpha), False, None
            self._start_timer()

    def show_at(self, positions: NDArray[np.float32]) -> None:
        """Put the nodes to these places, (m, 2), at rest."""
        if self.layout_now is None:
            return
        self.layout_now = replace(self.layout_now, positions=positions, velocities=0.0 * positions, alpha=0.0)
        self.item.set_positions(positions)
        self.stop_timer()
        self.put, self.glide = True, None
        self.show_all()

    def settle(self) -> None:
        """Let the layout come to rest at once."""
        if self.layout_now is None or self.links is None:
            return
        blocks = self.item.look.blocks
        self.glide = None
        for layout in packing.settle(
            self.layout_now, self.links, blocks, self.ground, self.forces, self._held, self.pins
        ):
            self.layout_now = layout
        self.item.set_positions(self.layout_now.positions)
        self._fit(at_once=True)
        self.stop_timer()

    def tick(self) -> None:
        """One step of the layout; the timer stops when it has cooled."""
        if self.layout_now is None or self.links is None:
            return
        if not forces.is_compiled():
            if self._since_painted.isValid() and self._since_painted.hasExpired(FIRST_PICTURES_MS):
                compile_beside()
            return  # the nodes wait where they are
        if self.glide is not None:
            self._glide_on(*self.glide)
            return
        if self.layout_now.alpha < self.forces.alpha_least:
            self.stop_timer()
            self._pack()
            return
        blocks, ground = self.item.look.blocks, self.ground
        how = blocks, ground, self.forces, self._held, self.pins
        self.layout_now = packing.step(self.layout_now, self.links, *how)
        self.item.set_positions(self.layout_now.positions)
        self._fit()

    def _glide_on(self, start: NDArray[np.float32], ticks: int) -> None:
        """A step of the way to where the nodes were when this graph was left."""
        assert self.layout_now is not None
        part = np.float32((ticks + 1) / GLIDE)
        self.glide = None if ticks + 1 >= GLIDE else (start, ticks + 1)
        self.item.set_positions(start + part * (self.layout_now.positions - start))
        self._fit()

    def show_all(self) -> None:
        """Fit the graph into the view, and keep it there."""
        self.fitting = True
        self._fit(at_once=True)

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is seen of the layout, across and up."""
        return ranges_of(self.box.viewRect())

    def show_ranges(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Show this part, and what lies around it where the view has another shape; the graph is not followed."""
        self.fitting = False
        self.box.setRange(xRange=across, yRange=up, padding=0, disableAutoRange=True)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        unit = self.box.unit_under(self.mapToScene(event.position().toPoint()))
        if unit >= 0:
            self.opened.emit(unit)
        else:
            self.restored.emit()
            self.show_all()
        event.accept()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._start_timer()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self.stop_timer()  # it is not visible

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if not self._since_painted.isValid():
            self._since_painted.start()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls this itself while it is being made
            self._on_ground_changed()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setBackground("default")

    def _start_timer(self) -> None:
        # A timer that is started again starts to wait again: under a moving mouse it would never tick.
        if self.isVisible() and self.layout_now is not None and not self._timer.isActive():
            self._timer.start()
            self.item.moving = True

    def stop_timer(self) -> None:
        self._timer.stop()
        self.item.moving = False
        self.item.update()

    def _on_ground_changed(self) -> None:
        """The blocks take the new room at once, the graph by and by where its shape is another."""
        if self.layout_now is None or self.put or not self.fitting:
            return self._fit(at_once=True)
        turned = self.ground.aspect / self.layout_now.aspect
        if max(turned, 1.0 / turned) > TURNED:
            self.reheat(WARM)
        (self._fit if self._timer.isActive() else self._pack)(at_once=True)  # moving blocks follow by themselves

    def _pack(self, at_once: bool = True) -> None:
        """Put the blocks exactly where they belong."""
        if self.layout_now is not None and self.links is not None and not (self.put or self._held):
            rest = self.item.look.blocks, self.ground, self.pins
            self.layout_now = packing.at_rest(self.layout_now, self.links, *rest)
            self.item.set_positions(self.layout_now.positions)
        self._fit(at_once)

    def _fit(self, at_once: bool = False) -> None:
        """Keep the whole graph in sight: grow with it at once, close in on it gently."""
        if not self.fitting or self.layout_now is None or self._held:
            return  # under a dragged node the ground stands still
        wanted = wanted_area(self.item.extent(self.ground), self.box.viewRect(), self.ground, at_once)
        if wanted is not None:
            self.box.setRange(wanted, padding=0, disableAutoRange=True)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        if self._held:  # the node in the hand, whatever it is dragged past
            return
        inside = self.box.sceneBoundingRect().contains(position)
        self.hover(self.box.unit_under(position) if inside else -1)

    def _on_box_drag_moved(self, point: QPointF) -> None:
        if self.layout_now is not None:
            self._held, self.glide = {self.box.grabbed: (point.x(), point.y())}, None
            self.layout_now = self.layout_now.reheated(WARM, target=WARM)
            self._start_timer()

    def _on_box_drag_ended(self) -> None:
        self.pins.drop(self._held, self.box.pinning)
        self._held = {}
        if self.layout_now is not None:
            self.layout_now = self.layout_now.reheated(WARM, target=0.0)

    def _on_box_moved_by_hand(self) -> None:
        self.fitting = False
        self.zoomed.emit()
