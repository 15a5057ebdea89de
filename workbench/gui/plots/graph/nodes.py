"""The nodes of the weight graph, drawn in pixels of the screen: each shape is told at its smallest size."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Shape = Literal["disc", "cross", "diamond", "ring"]
HOLLOW = QColor(0, 0, 0, 0)
CROSS = 1.6  # pixels: the width of its arms
RING, AROUND = 2.0, 3.0  # pixels: the width of a selected unit's ring, and how far it lies around the node
# Pixels: the smallest radius at which a shape still is what it is. A disc is 4 pixels wide.
LEAST_RADII: dict[Shape, float] = {"disc": 2.0, "cross": 2.5, "diamond": 2.5, "ring": 2.0}
LEAST_HOLLOW = 2.5
DIAMOND = 1.2  # of the radius: the arm of a diamond of nearly a disc's area
OUTLINED = 2.5  # pixels: a smaller node would vanish in its outline
MANY = 600  # nodes in all: from here on they are stamped …
MANY_MOVING = 50  # … and from here on while they move, when nobody sees that a stamp lies on whole pixels
STEPS = 2  # radii of stamps to a pixel
LARGEST_STAMP = 40.0  # pixels: of larger nodes few are in sight, and a picture of each size would fill the memory


class Screen:
    """Draws in pixels of the screen what has places in the layout."""

    def __init__(self, painter: QPainter) -> None:
        self.painter = painter
        world = painter.worldTransform()
        self._turn = np.array([[world.m11(), world.m12()], [world.m21(), world.m22()]])
        self._shift = np.array([world.dx(), world.dy()])
        self.scale = abs(world.m11())

    def __enter__(self) -> Screen:
        self.painter.save()
        self.painter.resetTransform()
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        return self

    def __exit__(self, *_error: object) -> None:
        self.painter.restore()

    def points(self, places: NDArray[Any]) -> NDArray[np.float64]:
        """Where these (k, 2) places are on the screen."""
        found: NDArray[np.float64] = places.astype(np.float64) @ self._turn + self._shift
        return found

    def draw(
        self, places: NDArray[Any], radii: NDArray[np.float64], shape: Shape, colour: QColor, stamped: bool = False
    ) -> None:
        """Draw nodes at these (k, 2) places with these (k,) radii in pixels of the screen, which `radii_seen` gave."""
        draw_nodes(self.painter, self.points(places), radii, shape, colour, stamped)


def radii_seen(radii: NDArray[np.float64], shape: Shape, colour: QColor) -> NDArray[np.float64]:
    """The radii of nodes in pixels of the screen, none smaller than can be told."""
    least = LEAST_HOLLOW if colour == HOLLOW else LEAST_RADII[shape]
    return np.maximum(radii, least)


def ring_radii(radii: NDArray[np.float64], shape: Shape, colour: QColor) -> NDArray[np.float64]:
    """The radii of the rings around nodes, in pixels of the screen: the whole shape is seen inside."""
    return radii_seen(radii, shape, colour) * (DIAMOND if shape == "diamond" else 1.0) + AROUND


def above_ring(reach: float) -> float:
    """How far above the middle of nodes that reach so far a label clears their rings, all in pixels of the screen."""
    return DIAMOND * max(reach, LEAST_HOLLOW) + AROUND + RING / 2.0


def draw_nodes(
    painter: QPainter,
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    shape: Shape,
    colour: QColor,
    stamped: bool = False,
) -> None:
    """Draw nodes at these (k, 2) points of the screen with these (k,) radii, which `radii_seen` gave."""
    if stamped or len(points) > MANY:
        small_enough = radii <= LARGEST_STAMP
        _stamp(painter, points[small_enough], radii[small_enough], shape, colour)
        points, radii = points[~small_enough], radii[~small_enough]
    last: bool | None = None
    for (x, y), radius in zip(points.tolist(), radii.tolist(), strict=True):
        small = radius < OUTLINED
        if small is not last:
            _prepare(painter, shape, colour, small)
            last = small
        _DRAWN[shape](painter, x, y, radius)


def _stamp(
    painter: QPainter, points: NDArray[np.float64], radii: NDArray[np.float64], shape: Shape, colour: QColor
) -> None:
    """The same with a picture for each size, which is much faster where there are many."""
    sizes = np.round(radii * STEPS).astype(np.int64)
    scale = painter.device().devicePixelRatio()
    for size in np.unique(sizes).tolist():
        stamp = _stamp_of(shape, colour.rgba(), size / STEPS, scale, theme.current().dark)
        places = points[sizes == size]
        width = float(stamp.width())
        pieces = internals.PrimitiveArray(QPainter.PixmapFragment, 10)
        pieces.resize(len(places))
        rows = pieces.ndarray()
        rows[:, 0:2] = places
        rows[:, 2:] = (0.0, 0.0, width, width, 1.0 / scale, 1.0 / scale, 0.0, 1.0)
        draw: Any = painter.drawPixmapFragments
        draw(*pieces.drawargs(), stamp)


@lru_cache(maxsize=512)
def _stamp_of(shape: Shape, colour: int, radius: float, scale: float, _dark: bool) -> QPixmap:
    """A picture of one node; its pixels are those of the device, as the pieces that are drawn count in them."""
    half = int(np.ceil((DIAMOND * radius + 2.0) * scale))
    stamp = QPixmap(2 * half + 1, 2 * half + 1)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(half + 0.5, half + 0.5)
    painter.scale(scale, scale)
    _prepare(painter, shape, QColor.fromRgba(colour), radius < OUTLINED)
    _DRAWN[shape](painter, 0.0, 0.0, radius)
    painter.end()
    return stamp


def _prepare(painter: QPainter, shape: Shape, colour: QColor, small: bool) -> None:
    """Take pen and brush for nodes of this colour and shape; `small` ones of a colour have no outline."""
    colours, hollow = theme.current(), colour == HOLLOW
    if shape == "cross":
        painter.setPen(pg.mkPen(colour, width=CROSS))
    elif shape == "ring":
        painter.setPen(pg.mkPen(colour, width=RING))
    elif small and not hollow:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(pg.mkPen(colours.foreground if hollow else colours.background, width=1))
    no_brush = shape in ("cross", "ring")
    painter.setBrush(Qt.BrushStyle.NoBrush if no_brush else colours.background if hollow else colour)


def _draw_disc(painter: QPainter, x: float, y: float, radius: float) -> None:
    painter.drawEllipse(QPointF(x, y), radius, radius)


def _draw_cross(painter: QPainter, x: float, y: float, radius: float) -> None:
    arm = max(0.8 * radius, 2.0)  # 4 pixels wide
    painter.drawLine(QLineF(x - arm, y - arm, x + arm, y + arm))
    painter.drawLine(QLineF(x - arm, y + arm, x + arm, y - arm))


def _draw_diamond(painter: QPainter, x: float, y: float, radius: float) -> None:
    arm = DIAMOND * radius
    painter.drawConvexPolygon([QPointF(x, y - arm), QPointF(x + arm, y), QPointF(x, y + arm), QPointF(x - arm, y)])


_DRAWN: dict[Shape, Callable[[QPainter, float, float, float], None]] = {
    "disc": _draw_disc,
    "ring": _draw_disc,
    "cross": _draw_cross,
    "diamond": _draw_diamond,
}
