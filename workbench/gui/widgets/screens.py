"""Where windows may be: a place that was on a screen that is gone is moved to one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

FRAME = 8  # pixels of the borders of a window
SMALLEST = 200  # pixels of a window's side


def available() -> list[QRect]:
    """The places of all screens that windows may take up, the main screen's first."""
    main = QGuiApplication.primaryScreen()
    screens = [main, *(screen for screen in QGuiApplication.screens() if screen is not main)]
    return [screen.availableGeometry() for screen in screens]


def available_to_windows() -> list[QRect]:
    """The same without what a window's frame needs, which is not known before it is shown."""
    return [_without_frame(place) for place in available()]


def _without_frame(place: QRect) -> QRect:
    title = QApplication.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
    return place.adjusted(0, 0, -FRAME, -title - FRAME)


def open_up(window: QWidget, width: int, height: int) -> None:
    """Give a window this size, or as much of it as there is on its screen."""
    window.resize(QSize(width, height).boundedTo(_without_frame(window.screen().availableGeometry()).size()))


def inside(wanted: QRect, screens: Sequence[QRect]) -> QRect:
    """The place nearest to `wanted` that lies whole on one screen: the one that shows most of it, else the first."""
    screen = max(screens, key=lambda screen: _area(screen.intersected(wanted)))
    width = min(max(wanted.width(), SMALLEST), screen.width())
    height = min(max(wanted.height(), SMALLEST), screen.height())
    x = min(max(wanted.x(), screen.x()), screen.x() + screen.width() - width)
    y = min(max(wanted.y(), screen.y()), screen.y() + screen.height() - height)
    return QRect(QPoint(x, y), QRect(0, 0, width, height).size())


def _area(place: QRect) -> int:
    return max(place.width(), 0) * max(place.height(), 0)
