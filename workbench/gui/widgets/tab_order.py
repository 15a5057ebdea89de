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
    """The widgets that lie directly in a layout, in its order."""
    items = (layout.itemAt(index) for index in range(layout.count()))
    yield from (widget for item in items if item is not None and (widget := item.widget()) is not None)


def tab_through(parts: Sequence[QWidget]) -> None:
    """Let the Tab key go through these widgets, and what lies in them, in this order; within each it stays as it is."""
    stops: list[list[QWidget]] = [[] for _ in parts]
    for widget in _chain(parts[0]):
        for part, found in zip(parts, stops, strict=True):
            if part is widget or part.isAncestorOf(widget):
                found.append(widget)
    for one, following in pairwise(stop for found in stops for stop in found):
        QWidget.setTabOrder(one, following)


def _chain(first: QWidget) -> Iterator[QWidget]:
    """All that the Tab key can stop at in a window; a widget with a proxy hands the focus on and is no stop."""
    widget: QWidget | None = first
    while widget is not None:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
            yield widget
        widget = widget.nextInFocusChain()
        if widget is first:
            return
