"""Mouse and keyboard, as the window system delivers them: what is modal or covered stays out of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QSlider,
    QTabBar,
    QWidget,
)

from workbench.gui.waiting import rest

if TYPE_CHECKING:
    import random

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
MODIFIERS = (NONE, NONE, NONE, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)
WITHIN_REACH = (
    QAbstractButton,
    QComboBox,
    QSlider,
    QAbstractSpinBox,
    QLineEdit,
    QTabBar,
    QAbstractItemView,
    pg.GraphicsView,
)


def within_reach(top: QWidget) -> list[QWidget]:
    """What a hand can touch in a window: in sight, enabled, and not the inner part of something else here."""
    found = [widget for widget in top.findChildren(QWidget) if isinstance(widget, WITHIN_REACH)]
    return [
        widget
        for widget in found
        if widget.isVisible()
        and widget.isEnabled()
        and widget.window() is top
        and not widget.visibleRegion().isEmpty()
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox))
    ]


def name_of(widget: QWidget) -> str:
    """What a person would call it, for the report."""
    text = widget.accessibleName() or (widget.text() if isinstance(widget, (QAbstractButton, QLineEdit)) else "")
    return f"{type(widget).__name__} {text!r}"


def click(widget: QWidget, at: QPoint | None = None, button: Qt.MouseButton = LEFT, modifier: object = NONE) -> None:
    top = widget.window()
    QTest.mouseClick(top.windowHandle(), button, modifier, _in_window(widget, at or widget.rect().center()))


def double_click(widget: QWidget, at: QPoint) -> None:
    QTest.mouseDClick(widget.window().windowHandle(), LEFT, NONE, _in_window(widget, at))


def move(widget: QWidget, at: QPoint) -> None:
    QTest.mouseMove(widget.window().windowHandle(), _in_window(widget, at))


def drag(widget: QWidget, along: list[QPoint], pause: int, modifier: object = NONE) -> None:
    """Press at the first point, move over the others, let go."""
    handle = widget.window().windowHandle()
    QTest.mousePress(handle, LEFT, modifier, _in_window(widget, along[0]))
    for at in along[1:]:
        rest(pause)
        QTest.mouseMove(handle, _in_window(widget, at))
    rest(pause)
    QTest.mouseRelease(handle, LEFT, modifier, _in_window(widget, along[-1]))


def key(top: QWidget, pressed: Qt.Key, modifier: object = NONE) -> None:
    QTest.keyClick(top.windowHandle(), pressed, modifier)


def type_into(top: QWidget, text: str) -> None:
    for character in text:
        QTest.keyClick(top.windowHandle(), character)


def somewhere(widget: QWidget, seeded: random.Random) -> QPoint:
    """A point of the part that can be seen."""
    area = widget.visibleRegion().boundingRect()
    across = seeded.randint(area.left(), max(area.right(), area.left()))
    return QPoint(across, seeded.randint(area.top(), max(area.bottom(), area.top())))


def path_within(widget: QWidget, seeded: random.Random, moves: int) -> list[QPoint]:
    """A straight way between two points of a widget, in so many moves."""
    start, end = somewhere(widget, seeded), somewhere(widget, seeded)
    return [start + (end - start) * (move / moves) for move in range(moves + 1)]


def _in_window(widget: QWidget, at: QPoint) -> QPoint:
    return widget.mapTo(widget.window(), at)
