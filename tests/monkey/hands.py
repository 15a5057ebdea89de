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
from shiboken6 import isValid

from workbench.gui.bench.waiting import rest

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

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


# Every press and release looks the window up anew: what was pressed may have ended it.


def click(widget: QWidget, at: QPoint | None = None, button: Qt.MouseButton = LEFT, modifier: object = NONE) -> None:
    place, top = _in_window(widget, at or widget.rect().center()), widget.window()
    _send(top, QTest.mousePress, button, modifier, place)
    _send(top, QTest.mouseRelease, button, modifier, place)


def double_click(widget: QWidget, at: QPoint) -> None:
    place, top = _in_window(widget, at), widget.window()
    click(widget, at)
    _send(top, QTest.mousePress, LEFT, NONE, place)
    _send(top, QTest.mouseRelease, LEFT, NONE, place)


def move(widget: QWidget, at: QPoint) -> None:
    _send(widget.window(), QTest.mouseMove, _in_window(widget, at))


def drag(widget: QWidget, along: list[QPoint], pause: int, modifier: object = NONE) -> None:
    """Press at the first point, move over the others, let go."""
    top, places = widget.window(), [_in_window(widget, at) for at in along]
    _send(top, QTest.mousePress, LEFT, modifier, places[0])
    for place in places[1:]:
        rest(pause)
        _send(top, QTest.mouseMove, place)
    rest(pause)
    _send(top, QTest.mouseRelease, LEFT, modifier, places[-1])


def key(top: QWidget, pressed: Qt.Key | str, modifier: object = NONE) -> None:
    _send(top, QTest.keyPress, pressed, modifier)
    _send(top, QTest.keyRelease, pressed, modifier)


def type_into(top: QWidget, text: str) -> None:
    for character in text:
        key(top, character)


def _send(top: QWidget, event: Callable[..., None], *arguments: object) -> None:
    handle = top.windowHandle() if isValid(top) else None
    if handle is not None:
        event(handle, *arguments)


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
