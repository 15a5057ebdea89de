"""The picture of very many edges, drawn off the GUI thread: a sample while the graph moves, all of them at rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QImage

from workbench.figures.graph.density import SAMPLE, Lines, density, picture
from workbench.figures.graph.edges import ON_DARK
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.gui.background.latest import Answer
    from workbench.gui.plots.graph.view import GraphView

REST_MS = 120  # without a change, after which all edges are drawn


@dataclass(frozen=True, eq=False)
class Asked:
    """What the picture is of."""

    lines: Lines
    positions: NDArray[np.float32]
    area: QRectF  # of the layout, whose second axis points up
    size: tuple[int, int]  # pixels of the device
    ratio: float  # of them to a point
    colour: QColor
    share: float  # of each edge's opacity


def drawn(asked: Asked) -> tuple[QImage, QRectF]:
    """The picture, and the part of the layout that it shows."""
    area, (width, height) = asked.area, asked.size
    across, up = width / area.width(), height / area.height()
    places = np.empty(asked.positions.shape)
    places[:, 0] = (asked.positions[:, 0] - area.left()) * across
    places[:, 1] = (area.bottom() - asked.positions[:, 1]) * up
    lines = Lines(asked.lines.ends, asked.lines.opacities * np.float32(asked.share))
    colour = asked.colour
    pixels: Any = picture(density(places, lines, (width, height)), (colour.red(), colour.green(), colour.blue()))
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
    image.setDevicePixelRatio(asked.ratio)
    return image, area


class EdgePictures(QObject):
    """Draws the edges that a view shows, newest first; `drawn(image, area)` follows each time."""

    def __init__(self, view: GraphView) -> None:
        super().__init__(view)
        self._view = view
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="edges")  # its thread begins with the first picture
        self._latest = Latest(drawn, self._pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._closed = False
        self._next: Asked | None = None  # all edges of what was asked for last, until they are drawn
        self._rest = single_shot(self, REST_MS, self._draw_all)
        view.item.moved.connect(self.follow)
        view.box.sigRangeChanged.connect(self.follow)

    def follow(self, *_changed: object) -> None:
        """Draw a sample of the edges where they are now, and all of them when nothing changes for a while."""
        view, item = self._view, self._view.item
        lines = item.look.lines
        if lines is None or self._closed:
            self._next = None
            return
        area = view.box.viewRect()
        if len(item.positions) != len(item.look.radii) or not area.width() > 0.0:
            self._next = None
            return
        ratio, colours = view.devicePixelRatioF(), theme.current()
        size = max(round(view.width() * ratio), 1), max(round(view.height() * ratio), 1)
        share, colour = ON_DARK if colours.dark else 1.0, QColor(colours.foreground)
        self._next = Asked(lines, item.positions, area, size, ratio, colour, share)
        self._latest.ask(replace(self._next, lines=lines.sample(SAMPLE)))
        self._rest.start()

    @property
    def complete(self) -> bool:
        """Whether all edges of what was asked for last are drawn."""
        return self._next is None

    def close(self) -> None:
        """End the thread; nothing more is drawn."""
        self._closed, self._next = True, None
        self._rest.stop()
        self._latest.close()
        self._pool.shutdown(wait=False)

    def _draw_all(self) -> None:
        if self._next is not None:
            self._latest.ask(self._next)

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question is self._next:
            self._next = None
        self._view.item.show_density(*answer.value)
