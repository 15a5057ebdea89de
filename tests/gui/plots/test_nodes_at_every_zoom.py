"""Dead units keep the shape of a cross at every zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QTransform

from workbench.gui.plots.graph import nodes
from workbench.gui.plots.graph.nodes import MANY, Screen, radii_seen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

MIDDLE, SIDE = 60, 121


@pytest.mark.parametrize("stamped", [False, True], ids=["few", f"more than {MANY}"])
@pytest.mark.parametrize("zoom", [1e-4, 0.03, 0.5, 1.0, 4.0])
def test_a_dead_unit_is_a_cross_however_small(qtbot: QtBot, zoom: float, stamped: bool) -> None:
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter, colour = QPainter(image), QColor("black")
    painter.setWorldTransform(QTransform(zoom, 0, 0, zoom, MIDDLE + 0.5, MIDDLE + 0.5))
    with Screen(painter) as screen:
        radii = radii_seen(np.array([9.0]) * screen.scale, "cross", colour)
        screen.draw(np.zeros((1, 2)), radii, "cross", colour, stamped)
    painter.end()
    ink = np.array([[255 - image.pixelColor(x, y).lightness() for x in range(SIDE)] for y in range(SIDE)])
    reach = round(max(0.8 * float(radii[0]), 2.0))
    ends = [ink[MIDDLE + down * reach, MIDDLE + right * reach] for down in (-1, 1) for right in (-1, 1)]
    sides = [ink[MIDDLE + down * reach, MIDDLE + right * reach] for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    assert min(ends) > 60
    assert max(sides) < min(ends) / 2, "between its arms there is nothing"


def test_a_node_that_fills_the_screen_takes_no_memory(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    stamp = nodes._stamp_of

    def noted(*how: Any) -> QPixmap:
        made.append(how[2])
        return stamp(*how)

    monkeypatch.setattr(nodes, "_stamp_of", noted)
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    with Screen(painter) as screen:
        screen.draw(np.full((2, 2), MIDDLE), np.array([20_000.0, 4.0]), "disc", QColor("black"), stamped=True)
    painter.end()
    assert made == [4.0]
    assert image.pixelColor(0, 0).lightness() == 0
