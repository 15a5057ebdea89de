"""What lies over the edges of the weight graph: pairs of a stack, and arrows from where nodes were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter

from workbench.figures.graph.edges import arrow_path, pair_path
from workbench.gui.plots.graph.nodes import LEAST_RADII
from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.gui.plots.graph.nodes import Screen

HEAD = 7.0  # pixels of the screen
STRENGTH = 0.75  # opacity
FEW = 1500  # lines, up to which they are smooth


def draw_pairs(screen: Screen, positions: NDArray[np.float32], pairs: NDArray[np.int64], thick: bool) -> None:
    """Lines between the nodes of each pair, (p, 2); `thick` ones are two pixels wide."""
    path = pair_path(screen.points(positions), pairs)
    _draw(screen, path[0::3], path[1::3], thick)


def draw_arrows(
    screen: Screen,
    tails: NDArray[np.float32],
    positions: NDArray[np.float32],
    radii: NDArray[np.float64],
    which: NDArray[np.bool_],
) -> None:
    """Arrows from tails, (m, 2), to the rims of the nodes that are `which`, (m,)."""
    which = which & (tails != positions).any(axis=1)
    rims = np.maximum(radii[which] * screen.scale, LEAST_RADII["disc"]) + 1.0
    path = arrow_path(screen.points(tails[which]), screen.points(positions[which]), rims, HEAD)
    steps = np.isfinite(path[:-1, 0]) & np.isfinite(path[1:, 0])
    _draw(screen, path[:-1][steps], path[1:][steps], False)


def _draw(screen: Screen, start: NDArray[np.float64], end: NDArray[np.float64], thick: bool) -> None:
    if not len(start):
        return
    painter, colour = screen.painter, QColor(theme.current().accent)
    colour.setAlphaF(STRENGTH)
    painter.setPen(pg.mkPen(colour, width=1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(start) <= FEW)
    lines = internals.PrimitiveArray(QLineF, 4)
    lines.resize(len(start))
    lines.ndarray()[:] = np.concatenate((start, end), axis=1)
    painter.drawLines(*lines.drawargs())
    if thick:  # a pen of two pixels takes many times as long
        along = end - start
        across = along[:, ::-1] * (-1.0, 1.0) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        lines.ndarray()[:] += np.tile(across, 2)
        painter.drawLines(*lines.drawargs())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
