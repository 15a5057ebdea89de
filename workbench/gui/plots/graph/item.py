"""The weight graph as one graphics item, made once and fed: a few calls draw all edges, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from workbench.figures.graph.picture import FAINTEST, MOST_EDGES, SMALLEST_RADIUS, STRONGEST
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

GROUPS = 8  # of edges with one opacity
HOLLOW = QColor(0, 0, 0, 0)
Shape = Literal["disc", "cross", "diamond"]
CROSS = 1.6  # pixels: the width of its arms
LEAST_SEEN = 1.25  # pixels on the screen: the radius of the smallest node, however far out the view is zoomed
OUTLINED = 2.5  # pixels on the screen: a smaller node would vanish in its outline


@dataclass(frozen=True, eq=False)
class GraphLook:
    """What the nodes and edges look like, apart from where they are."""

    edges: NDArray[np.int32]  # (E, 2), the weakest first
    strengths: NDArray[np.float64]  # (E,) in (0, 1], ascending
    radii: NDArray[np.float64]  # (m,)
    colours: tuple[QColor, ...]  # of the groups of nodes; HOLLOW for an outline only
    groups: NDArray[np.int32]  # (m,) index into `colours`; below 0: not drawn
    shapes: Mapping[int, Shape] = field(default_factory=dict)  # of the groups that are no discs

    @property
    def drawn(self) -> NDArray[np.int32]:
        """The strongest edges, at most `MOST_EDGES`."""
        return self.edges[-MOST_EDGES:]

    @property
    def seen(self) -> NDArray[np.bool_]:
        """The units that are drawn, (m,)."""
        seen: NDArray[np.bool_] = self.groups >= 0
        return seen


EMPTY = GraphLook(np.zeros((0, 2), np.int32), np.zeros(0), np.zeros(0), (), np.zeros(0, np.int32))


@dataclass
class _Group:
    """Edges of one opacity, with the line array Qt draws from."""

    ends: NDArray[np.int32]
    pen: Any
    lines: Any = field(default_factory=lambda: internals.PrimitiveArray(QLineF, 4))


class WeightGraphItem(pg.GraphicsObject):  # type: ignore[misc]
    """Edges in eight opacities and nodes as discs; the view asks it what lies under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.look = EMPTY
        self.positions: NDArray[np.float32] = np.zeros((0, 2), np.float32)
        self.chosen: frozenset[int] = frozenset()
        self.hovered = -1
        self.groups: list[_Group] = []
        self.members: list[tuple[QColor, Shape, list[int]]] = []
        self._bounds = QRectF()

    def set_look(self, look: GraphLook) -> None:
        """Show other edges, radii and colours."""
        self.look = look
        self.groups = _by_strength(look)
        self.members = [
            (colour, look.shapes.get(number, "disc"), np.flatnonzero(look.groups == number).tolist())
            for number, colour in enumerate(look.colours)
        ]
        if len(self.positions) == len(look.radii):
            self.set_positions(self.positions)

    def clear(self) -> None:
        """Show nothing."""
        self.set_look(EMPTY)
        self.set_positions(np.zeros((0, 2), np.float32))
        self.chosen, self.hovered = frozenset(), -1

    def set_positions(self, positions: NDArray[np.float32]) -> None:
        """Move the nodes; (m, 2)."""
        self.positions = positions
        for group in self.groups:
            group.lines.resize(len(group.ends))
            group.lines.ndarray()[:] = positions[group.ends].reshape(-1, 4)
        self.prepareGeometryChange()
        self._bounds = self._extent()
        self.update()

    def mark(self, chosen: frozenset[int], hovered: int) -> None:
        """Ring the selected units and the one under the mouse."""
        if (chosen, hovered) != (self.chosen, self.hovered):
            self.chosen, self.hovered = chosen, hovered
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

    def unit_toward(self, unit: int, along: tuple[float, float]) -> int:
        """The nearest unit that lies more along this direction than across it; `unit` itself where there is none."""
        offsets = self.positions - self.positions[unit]
        ahead = offsets @ np.array(along, np.float32)
        aside = np.abs(offsets @ np.array((-along[1], along[0]), np.float32))
        near = np.where((ahead > 0) & (ahead >= aside) & self.look.seen, ahead + 2 * aside, np.inf)
        return int(np.argmin(near)) if np.isfinite(near).any() else unit

    def unit_nearest(self, point: QPointF) -> int:
        """The unit whose centre is nearest to the point; −1 for none."""
        distances = np.hypot(self.positions[:, 0] - point.x(), self.positions[:, 1] - point.y())
        distances[~self.look.seen] = np.inf
        return int(distances.argmin()) if np.isfinite(distances).any() else -1

    def units_in(self, rectangle: QRectF) -> frozenset[int]:
        """The units whose centres lie in the rectangle."""
        x, y = self.positions[:, 0], self.positions[:, 1]
        across = (x >= rectangle.left()) & (x <= rectangle.right())
        inside = across & (y >= rectangle.top()) & (y <= rectangle.bottom()) & self.look.seen
        return frozenset(np.flatnonzero(inside).tolist())

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_args: object) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for group in self.groups:
            painter.setPen(group.pen)
            painter.drawLines(*group.lines.drawargs())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        pixel = 1.0 / max(abs(painter.worldTransform().m11()), 1e-9)  # of the screen, in those of the layout
        places, radii = self.positions.tolist(), np.maximum(self.look.radii, LEAST_SEEN * pixel).tolist()
        small = OUTLINED * pixel > SMALLEST_RADIUS
        for colour, shape, members in self.members:
            _prepare(painter, colour, shape, small)
            draw = _DRAWN[shape]
            for unit in members:
                x, y = places[unit]
                draw(painter, x, y, radii[unit])
        self._paint_rings(painter, places, radii)

    def _paint_rings(self, painter: QPainter, places: list[list[float]], radii: list[float]) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pg.mkPen(theme.current().foreground, width=2))
        marked = self.chosen | ({self.hovered} if self.hovered >= 0 else set())
        for unit in marked:
            if unit < len(places) and self.look.groups[unit] >= 0:
                painter.drawEllipse(QPointF(*places[unit]), radii[unit] + 3, radii[unit] + 3)

    def _extent(self) -> QRectF:
        known = len(self.look.groups) == len(self.positions)
        places = self.positions[self.look.seen] if known else self.positions
        if len(places) == 0:
            return QRectF()
        margin = float(self.look.radii.max()) + 6 if len(self.look.radii) else 6.0
        left, top = places.min(axis=0).tolist()
        right, bottom = places.max(axis=0).tolist()
        return QRectF(left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin)


def _prepare(painter: QPainter, colour: QColor, shape: Shape, small: bool) -> None:
    """Take pen and brush for nodes of this colour and shape; `small` ones of a colour have no outline."""
    colours, hollow = theme.current(), colour == HOLLOW
    if shape == "cross":
        painter.setPen(pg.mkPen(colour, width=CROSS))
    elif small and not hollow:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(pg.mkPen(colours.foreground if hollow else colours.background, width=1))
    painter.setBrush(colours.background if hollow else colour)


def _draw_disc(painter: QPainter, x: float, y: float, radius: float) -> None:
    painter.drawEllipse(QPointF(x, y), radius, radius)


def _draw_cross(painter: QPainter, x: float, y: float, radius: float) -> None:
    arm = 0.8 * radius
    painter.drawLine(QLineF(x - arm, y - arm, x + arm, y + arm))
    painter.drawLine(QLineF(x - arm, y + arm, x + arm, y - arm))


def _draw_diamond(painter: QPainter, x: float, y: float, radius: float) -> None:
    arm = 1.2 * radius  # of nearly a disc's area
    painter.drawConvexPolygon([QPointF(x, y - arm), QPointF(x + arm, y), QPointF(x, y + arm), QPointF(x - arm, y)])


_DRAWN: dict[Shape, Callable[[QPainter, float, float, float], None]] = {
    "disc": _draw_disc,
    "cross": _draw_cross,
    "diamond": _draw_diamond,
}


def _by_strength(look: GraphLook) -> list[_Group]:
    drawn, strengths = look.drawn, look.strengths[-MOST_EDGES:]
    if len(drawn) == 0:
        return []
    low, high = float(strengths[0]), float(strengths[-1])
    bounds = np.linspace(low, high, GROUPS + 1)[1:-1]
    ends = np.searchsorted(strengths, bounds, side="right")
    groups = []
    for number, members in enumerate(np.split(drawn, ends)):
        colour = QColor(theme.current().foreground)
        colour.setAlphaF(FAINTEST + (STRONGEST - FAINTEST) * number / (GROUPS - 1))
        if len(members):
            groups.append(_Group(members, pg.mkPen(colour, width=1)))
    return groups
