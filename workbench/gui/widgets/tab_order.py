"""The way of the Tab key."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtWidgets import QLayout


def widgets_of(layout: QLayout) -> Iterator[QWidget]:
    """The widgets that lie in a layout and in the layouts within it, in its order."""
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from widgets_of(inner)


def tab_through(parts: Sequence[QWidget]) -> None:
    """Let the Tab key go through these widgets in this order, and in each through what lies in it.

    That is as its layout has it, and after that as it was made.
    """
    # Not along `nextInFocusChain`: PySide makes what it answers with a child, which then dies too early for Python.
    window = parts[0].window()
    inside = dict.fromkeys(widget for part in parts for widget in _within(part))
    stops = [widget for widget in inside if _stops_at(widget) and widget.window() is window]  # menus are windows too
    for one, following in pairwise(stops):
        QWidget.setTabOrder(one, following)


def _within(part: QWidget) -> Iterator[QWidget]:
    """A widget and all that lies in it."""
    yield part
    layout = part.layout()
    if layout is not None:
        for widget in widgets_of(layout):
            yield from _within(widget)
    yield from part.findChildren(QWidget)


def _stops_at(widget: QWidget) -> bool:
    """Whether the Tab key stops at a widget; one with a proxy hands the focus on."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
