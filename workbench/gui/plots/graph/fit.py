"""How the view follows the graph: what it has room for, what it shows, and where the keys lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt

from workbench.analysis.layout.blocks import Ground

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.gui.plots.graph.item import WeightGraphItem

MARGIN = 0.01  # of the graph, left free around it
ENOUGH = 0.03  # of the view: less empty room than this is no reason to close in
CLOSING = 0.08  # of the way to the graph at each tick
LARGEST = 3.0  # pixels of the screen for one of the layout, where a graph of a few units is shown whole
ROOM = 120  # pixels: a smaller view is laid out as if it had this size
LEADING, WIDER = 8.0, 1.15  # pixels around a label, for the rings of nodes; a letter of ours against the average one

# Keys, and where they lead in the view, whose second axis points up.
DIRECTIONS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


def ground_of(picture: QWidget) -> Ground:
    """The ground that this widget is, with labels in its font."""
    width, height, words = max(picture.width(), ROOM), max(picture.height(), ROOM), picture.fontMetrics()
    return Ground(width, height, words.height() + LEADING, words.averageCharWidth() * WIDER)


def ranges_of(area: QRectF) -> tuple[tuple[float, float], tuple[float, float]]:
    """Across and up."""
    return (area.left(), area.right()), (area.top(), area.bottom())


def wanted_area(bounds: QRectF, shown: QRectF, ground: Ground, at_once: bool) -> QRectF | None:
    """What to show so that the graph is seen whole: grow with it at once, close in on it gently; None: as it is."""
    margin = MARGIN * max(bounds.width(), bounds.height())
    wanted = bounds.adjusted(-margin, -margin, margin, margin)
    if wanted.width() < ground.width / LARGEST and wanted.height() < ground.height / LARGEST:  # a few huge nodes
        across = ground.width / LARGEST - wanted.width()
        wanted.adjust(-across / 2, 0, across / 2, 0)
    if at_once or not shown.contains(bounds):
        return wanted
    slack = min(1 - wanted.width() / shown.width(), 1 - wanted.height() / shown.height())
    if slack < ENOUGH:
        return None
    return QRectF(
        shown.left() + CLOSING * (wanted.left() - shown.left()),
        shown.top() + CLOSING * (wanted.top() - shown.top()),
        shown.width() + CLOSING * (wanted.width() - shown.width()),
        shown.height() + CLOSING * (wanted.height() - shown.height()),
    )


def unit_by_key(item: WeightGraphItem, key: Qt.Key, middle: QPointF) -> int:
    """The unit that an arrow key leads to: from the one that is lit, or else the one nearest to the middle."""
    here = item.hovered
    return unit_toward(item, here, DIRECTIONS[key]) if here >= 0 else _unit_nearest(item, middle)


def unit_toward(item: WeightGraphItem, unit: int, along: tuple[float, float]) -> int:
    """The nearest unit that lies more along this direction than across it; `unit` itself where there is none."""
    offsets = item.positions - item.positions[unit]
    ahead = offsets @ np.array(along, np.float32)
    aside = np.abs(offsets @ np.array((-along[1], along[0]), np.float32))
    near = np.where((ahead > 0) & (ahead >= aside) & item.look.seen, ahead + 2 * aside, np.inf)
    return int(np.argmin(near)) if np.isfinite(near).any() else unit


def _unit_nearest(item: WeightGraphItem, point: QPointF) -> int:
    """The unit whose centre is nearest to the point; −1 for none."""
    distances = np.hypot(item.positions[:, 0] - point.x(), item.positions[:, 1] - point.y())
    distances[~item.look.seen] = np.inf
    return int(distances.argmin()) if np.isfinite(distances).any() else -1
