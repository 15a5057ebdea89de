"""The edges of the weight graph in a few opacities: a few calls draw them all, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from workbench.figures.graph.edges import ON_DARK, REPEATED, shades
from workbench.figures.graph.picture import MOST_EDGES
from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.gui.plots.graph.item import GraphLook

FLUENT = 3000  # edges that are drawn while the graph moves


def thinned(edges: int) -> int:
    """Of how many edges one is drawn while a graph of so many moves."""
    return -(-edges // FLUENT) or 1


@dataclass
class EdgeGroup:
    """Edges of one opacity, with the line array Qt draws from."""

    ends: NDArray[np.int32]
    opacity: float
    thick: bool = False
    every: int = 1  # of how many edges one is drawn
    lines: Any = field(default_factory=lambda: internals.PrimitiveArray(QLineF, 4))

    def move(self, positions: NDArray[np.float32], every: int = 1) -> None:
        """Put the edges where the nodes are; every so many-th of them, which then count for the others."""
        ends = self.ends[::every]
        self.every = every
        self.lines.resize(len(ends))
        self.lines.ndarray()[:] = positions[ends].reshape(-1, 4)

    def draw(self, painter: QPainter, pixel: float) -> None:
        """Draw the lines; `pixel` is one of the screen, in those of the layout. Two thin ones are a thick one.

        A pen of two pixels takes a hundred times as long.
        """
        painter.setPen(pen_of(min(self.opacity * self.every, 1.0)))
        painter.drawLines(*self.lines.drawargs())
        if self.thick:
            ends = self.lines.ndarray()
            along = ends[:, 2:] - ends[:, :2]
            across = along[:, ::-1] * (-1.0, 1.0) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
            ends += np.tile(pixel * across, 2)
            painter.drawLines(*self.lines.drawargs())
            ends -= np.tile(pixel * across, 2)


def groups_of(look: GraphLook) -> list[EdgeGroup]:
    """The edges that are drawn in groups of one opacity; those of repeated units last, on top."""
    drawn, opacity = look.drawn, look.opacities[-MOST_EDGES:]
    close = np.zeros(len(drawn), np.bool_) if look.repeated is None else look.repeated[-MOST_EDGES:]
    groups = [EdgeGroup(members, alpha) for members, alpha in shades(drawn[~close], opacity[~close])]
    if close.any():
        groups.append(EdgeGroup(drawn[close], REPEATED, thick=True))
    return groups


def pen_of(alpha: float) -> Any:
    """The pen of edges of this opacity."""
    colour = QColor(theme.current().foreground)
    colour.setAlphaF(alpha * (ON_DARK if theme.current().dark else 1.0))
    return pg.mkPen(colour, width=1)
