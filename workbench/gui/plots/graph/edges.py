"""The edges of the weight graph in a few opacities: a few calls draw them all, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from workbench.figures.graph.edges import ON_DARK, REPEATED, shades
from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.gui.plots.graph.item import GraphLook


@dataclass
class EdgeGroup:
    """Edges of one opacity, with the line array Qt draws from."""

    ends: NDArray[np.int32]
    opacity: float
    thick: bool = False
    lines: Any = field(default_factory=lambda: internals.PrimitiveArray(QLineF, 4))

    def move(self, positions: NDArray[np.float32]) -> None:
        """Put the edges where the nodes are."""
        self.lines.resize(len(self.ends))
        self.lines.ndarray()[:] = positions[self.ends].reshape(-1, 4)

    def draw(self, painter: QPainter, pixel: float) -> None:
        """Draw the lines; `pixel` is one of the screen, in those of the layout. Two thin ones are a thick one.

        A pen of two pixels takes a hundred times as long.
        """
        painter.setPen(pen_of(self.opacity))
        painter.drawLines(*self.lines.drawargs())
        if self.thick:
            ends = self.lines.ndarray()
            along = ends[:, 2:] - ends[:, :2]
            across = along[:, ::-1] * (-1.0, 1.0) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
            ends += np.tile(pixel * across, 2)
            painter.drawLines(*self.lines.drawargs())
            ends -= np.tile(pixel * across, 2)


def groups_of(look: GraphLook) -> list[EdgeGroup]:
    """The edges in groups of one opacity, those of repeated units last, on top; none where their density is drawn."""
    if look.lines is not None:
        return []
    drawn, opacity = look.edges, look.opacities
    close = np.zeros(len(drawn), np.bool_) if look.repeated is None else look.repeated
    groups = [EdgeGroup(members, alpha) for members, alpha in shades(drawn[~close], opacity[~close])]
    if close.any():
        groups.append(EdgeGroup(drawn[close], REPEATED, thick=True))
    return groups


def pen_of(alpha: float) -> Any:
    """The pen of edges of this opacity."""
    colours = theme.current()
    return _pen(colours.foreground.rgb(), alpha * (ON_DARK if colours.dark else 1.0))


@lru_cache(maxsize=256)
def _pen(rgb: int, alpha: float) -> Any:
    colour = QColor.fromRgb(rgb)
    colour.setAlphaF(alpha)
    return pg.mkPen(colour, width=1)
