"""The weight graph as one graphics item, made once and fed: a few calls draw all edges, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap

from workbench.analysis.layout import blocks as packing
from workbench.analysis.layout import lasso
from workbench.gui.plots.graph.edges import EdgeGroup, groups_of
from workbench.gui.plots.graph.nodes import MANY, MANY_MOVING, Screen, Shape, above_ring, radii_seen, ring_radii
from workbench.gui.plots.graph.overlays import draw_arrows, draw_pairs
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.analysis.layout.blocks import Block, Ground
    from workbench.figures.graph.density import Lines

DIMMED = 0.22  # opacity of all that is not lit
LIT = 0.8  # opacity of the edges that are
PIN = 2.5  # pixels: the radius of the dot on a pinned node


@dataclass(frozen=True, eq=False)
class GraphLook:
    """What the nodes and edges look like, apart from where they are."""

    edges: NDArray[np.int32]  # (E, 2), the weakest first
    opacities: NDArray[np.float64]  # (E,) in (0, 1]
    radii: NDArray[np.float64]  # (m,)
    colours: tuple[QColor, ...]  # of the groups of nodes; HOLLOW for an outline only
    groups: NDArray[np.int32]  # (m,) index into `colours`; below 0: not drawn
    shapes: Mapping[int, Shape] = field(default_factory=dict)  # of the groups that are no discs
    repeated: NDArray[np.bool_] | None = None  # (E,) edges of repeated units, which are stronger
    blocks: tuple[Block, ...] = ()
    lines: Lines | None = None  # the same edges where their density is drawn
    pairs: NDArray[np.int64] | None = None  # (p, 2) nodes that a line joins

    @property
    def seen(self) -> NDArray[np.bool_]:
        """The units that are drawn, (m,)."""
        seen: NDArray[np.bool_] = self.groups >= 0
        return seen

    def neighbours(self, unit: int) -> NDArray[np.int64]:
        """The units that an edge joins with this one, ascending."""
        near = self.edges[(self.edges == unit).any(axis=1)]
        found: NDArray[np.int64] = np.unique(near[near != unit]).astype(np.int64)
        return found


EMPTY = GraphLook(np.zeros((0, 2), np.int32), np.zeros(0), np.zeros(0), (), np.zeros(0, np.int32))


class WeightGraphItem(pg.GraphicsObject):  # type: ignore[misc]
    """Edges in a few opacities, nodes in their shapes, labels of blocks; the view asks what lies under the mouse."""

    moved = Signal()  # or shows other edges

    def __init__(self) -> None:
        super().__init__()
        self.look = EMPTY
        self.positions: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self.chosen: frozenset[int] = frozenset()
        self.hovered = -1
        self.pinned: NDArray[np.int64] = np.zeros(0, np.int64)
        self._tails: NDArray[np.float32] | None = None  # (m, 2) where arrows begin, while the nodes rest
        self._moving = False
        self.groups: list[EdgeGroup] = []
        self.members: list[tuple[QColor, Shape, NDArray[np.int64]]] = []
        self._bounds = QRectF()
        self.density: tuple[QImage, QRectF] | None = None  # of very many edges, and where it lies in the layout
        self._still: tuple[object, QPixmap] | None = None  # the picture without what is lit, and of what it is

    def set_look(self, look: GraphLook) -> None:
        """Show other edges, radii and colours."""
        self.look = look
        self.groups = groups_of(look)
        self.members = [
            (colour, look.shapes.get(number, "disc"), np.flatnonzero(look.groups == number))
            for number, colour in enumerate(look.colours)
            if (look.groups == number).any()  # most of the colours that there might be have no unit
        ]
        if len(self.positions) == len(look.radii):
            self.set_positions(self.positions)

    def show_density(self, image: QImage, area: QRectF) -> None:
        """Show the edges as this picture of a part of the layout."""
        self.density, self._still = (image, area), None
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.density = None
        self.set_look(EMPTY)
        self.set_positions(np.zeros((0, 2), np.float32))
        self.chosen, self.hovered = frozenset(), -1

    def set_positions(self, positions: NDArray[np.float32]) -> None:
        """Move the nodes; (m, 2)."""
        self.positions = positions
        for group in self.groups:
            group.move(positions)
        self.prepareGeometryChange()
        self._bounds = self._extent()
        self._still = None
        self.update()
        self.moved.emit()

    @property
    def moving(self) -> bool:
        """Whether the nodes move: then nothing is dimmed."""
        return self._moving

    @moving.setter
    def moving(self, moving: bool) -> None:
        if moving != self._moving:
            self._moving, self._still = moving, None
            self.update()

    def mark(self, chosen: frozenset[int], hovered: int) -> None:
        """Ring the selected units; light the one under the mouse and its neighbours."""
        if (chosen, hovered) != (self.chosen, self.hovered):
            if chosen != self.chosen:
                self._still = None
            self.chosen, self.hovered = chosen, hovered
            self.update()

    def show_pins(self, nodes: tuple[int, ...]) -> None:
        """Mark these nodes as pinned."""
        self.pinned, self._still = np.array(nodes, np.int64), None
        self.update()

    def show_tails(self, tails: NDArray[np.float32] | None) -> None:
        """Draw arrows from there, (m, 2), to the nodes; None: no arrows."""
        self._tails, self._still = tails, None
        self.prepareGeometryChange()
        self._bounds = self._extent()
        self.update()

    def unit_at(self, point: QPointF, reach: float) -> int:
        """The unit whose disc, widened by `reach`, holds the point; the nearest of several; −1 for none."""
        if len(self.positions) == 0:
            return -1
        distances = np.hypot(self.positions[:, 0] - point.x(), self.positions[:, 1] - point.y())
        distances -= self.look.radii
        distances[~self.look.seen] = np.inf
        nearest = int(np.argmin(distances))
        return nearest if distances[nearest] <= reach else -1

    def units_inside(self, outline: NDArray[np.float64]) -> frozenset[int]:
        """The units whose centres lie inside a closed line through these (c, 2) places."""
        there = lasso.inside(self.positions, outline) & self.look.seen
        return frozenset(np.flatnonzero(there).tolist())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def extent(self, ground: Ground) -> QRectF:
        """What must be seen of the layout: the nodes, and the labels of blocks as large as they are on this ground."""
        bounds = QRectF(self._bounds)
        size = 1.08 * max(bounds.width() / ground.width, bounds.height() / ground.height)  # of a pixel
        for label, left, top, _ in self.labels():
            height = ground.line * size
            bounds = bounds.united(QRectF(left, top, len(label) * ground.letter * size, height))
        return bounds

    def labels(self) -> list[tuple[str, float, float, float]]:
        """What stands above each block, where its nodes begin and end: left and top; and how far they reach."""
        found = []
        for each in self.look.blocks:
            if len(self.positions) <= int(each.units.max()):
                continue
            ends = packing.corners(self.positions, each.units, self.look.seen)
            if ends is not None:
                reach = float(self.look.radii[each.units].max()) + packing.BETWEEN / 2.0
                found.append((each.label, float(ends[0][0]) - reach, float(ends[1][1]) + reach, reach))
        return found

    def paint(self, painter: QPainter, _option: object = None, widget: Any = None) -> None:
        lit = 0 <= self.hovered < len(self.positions)
        if widget is None or self.moving:
            self._paint_all(painter)
        else:
            painter.save()
            self._paint_still(painter, widget, DIMMED if lit else 1.0)
            painter.restore()
        if lit and widget is not None:
            self._paint_lit(painter)

    def _paint_all(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        pixel = 1.0 / max(abs(painter.worldTransform().m11()), 1e-9)
        for group in self.groups:
            group.draw(painter, pixel)
        if self.density is not None and self.look.lines is not None:
            image, area = self.density
            painter.save()
            target = painter.worldTransform().mapRect(area)
            painter.resetTransform()
            painter.drawImage(target, image)
            painter.restore()
        with Screen(painter) as screen:
            if self.look.pairs is not None:
                draw_pairs(screen, self.positions, self.look.pairs, not self.moving)
            if self._tails is not None and len(self._tails) == len(self.positions):
                draw_arrows(screen, self._tails, self.positions, self.look.radii, self.look.seen)
            for colour, shape, members in self.members:
                self._paint_nodes(screen, members, shape, colour)
            there = self.pinned[self.pinned < len(self.positions)]
            screen.draw(self.positions[there], np.full(len(there), PIN), "disc", theme.current().foreground)
            self._paint_rings(screen, self.chosen)
            self._paint_labels(screen)

    def _paint_still(self, painter: QPainter, widget: Any, opacity: float) -> None:
        """All as it is without the mouse, which may make it faint; it is drawn again only where it changed."""
        world = painter.worldTransform()
        numbers = (world.m11(), world.m12(), world.m21(), world.m22(), world.dx(), world.dy())
        size, font = (widget.width(), widget.height(), widget.devicePixelRatioF()), painter.font().key()
        of = numbers, size, font, theme.current().dark
        if self._still is None or self._still[0] != of:
            picture = QPixmap(widget.size() * widget.devicePixelRatioF())
            picture.setDevicePixelRatio(widget.devicePixelRatioF())
            picture.fill(theme.current().background)  # drawing on what is opaque is twice as fast
            inner = QPainter(picture)
            inner.setFont(painter.font())
            inner.setClipRect(widget.rect())  # without it lines take many times as long
            inner.setWorldTransform(world)
            self._paint_all(inner)
            inner.end()
            self._still = of, picture
        painter.resetTransform()
        painter.setOpacity(opacity)
        painter.drawPixmap(0, 0, self._still[1])

    def _paint_lit(self, painter: QPainter) -> None:
        near = self.look.neighbours(self.hovered)
        lit = np.append(near[self.look.seen[near]], self.hovered)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        ends = np.stack((np.full(len(lit) - 1, self.hovered), lit[:-1]), axis=1).astype(np.int32)
        lines = EdgeGroup(ends, LIT)
        lines.move(self.positions)
        lines.draw(painter, 1.0)
        with Screen(painter) as screen:
            for each, shape, members in self.members:
                self._paint_nodes(screen, members[np.isin(members, lit)], shape, each)
            self._paint_rings(screen, self.chosen & set(lit.tolist()) | {self.hovered})

    def _paint_nodes(self, screen: Screen, members: NDArray[np.int64], shape: Shape, colour: QColor) -> None:
        radii = radii_seen(self.look.radii[members] * screen.scale, shape, colour)
        screen.draw(self.positions[members], radii, shape, colour, self._stamped)

    @property
    def _stamped(self) -> bool:
        return len(self.positions) > (MANY_MOVING if self.moving else MANY)

    def _paint_rings(self, screen: Screen, units: frozenset[int]) -> None:
        if not units:
            return
        is_there = np.zeros(len(self.positions), bool)
        is_there[[unit for unit in units if unit < len(self.positions) and self.look.groups[unit] >= 0]] = True
        for colour, shape, members in self.members:
            ringed = members[is_there[members]]
            radii = ring_radii(self.look.radii[ringed] * screen.scale, shape, colour)
            screen.draw(self.positions[ringed], radii, "ring", theme.current().foreground, self._stamped)

    def _paint_labels(self, screen: Screen) -> None:
        screen.painter.setPen(theme.current().foreground)
        for label, left, top, reach in self.labels():
            (x, y), *_ = screen.points(np.array([[left, top - reach]])).tolist()
            lift = above_ring(reach * screen.scale) + screen.painter.fontMetrics().descent()
            screen.painter.drawText(QPointF(x, y - lift), label)

    def _extent(self) -> QRectF:
        known = len(self.look.groups) == len(self.positions)
        places = self.positions[self.look.seen] if known else self.positions
        if known and self._tails is not None and len(self._tails) == len(self.positions):  # arrows begin there
            places = np.concatenate((places, self._tails[self.look.seen]))
        if len(places) == 0:
            return QRectF()
        margin = float(self.look.radii.max(initial=0.0)) + 6
        (left, top), (right, bottom) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
        return QRectF(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)
