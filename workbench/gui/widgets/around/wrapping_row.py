"""Controls beside one another, on further lines where there is no room for them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

GAP = 6
Row = list[tuple[QLayoutItem, int]]


class WrappingRow(QLayout):
    """A row that breaks into lines before any of its widgets becomes narrower than it needs to be read.

    A widget with a stretch may be as narrow as its minimum and takes what its line has left; others keep their size.
    """

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._stretches: dict[QWidget | None, int] = {}
        self.setContentsMargins(0, 0, 0, 0)

    def addWidget(self, widget: QWidget, stretch: int = 0) -> None:
        """Put a widget at the end."""
        self._stretches[widget] = stretch
        super().addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = self._rows(width)
        return sum(map(_height, rows)) + GAP * max(len(rows) - 1, 0)

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item, _ in self._shown()]
        width = sum(hint.width() for hint in shown) + GAP * max(len(shown) - 1, 0)
        return QSize(width, max((hint.height() for hint in shown), default=0))

    def minimumSize(self) -> QSize:
        """As wide as the widest widget, and one line high: a window does not grow because a row wraps."""
        width = max((_least(item, stretch) for item, stretch in self._shown()), default=0)
        return QSize(width, max((item.minimumSize().height() for item, _ in self._shown()), default=0))

    def setGeometry(self, place: QRect) -> None:
        super().setGeometry(place)
        top, rows = place.top(), self._rows(place.width())
        for row in rows:
            height, left = _height(row), place.left()
            for (item, _), width in zip(row, _widths(row, place.width()), strict=True):
                own = min(height, max(item.sizeHint().height(), item.minimumSize().height()))
                item.setGeometry(QRect(QPoint(left, top + (height - own) // 2), QSize(width, own)))
                left += width + GAP
            top += height + GAP

    def _shown(self) -> Row:
        return [(item, self._stretches.get(item.widget(), 0)) for item in self._items if not item.isEmpty()]

    def _rows(self, width: int) -> list[Row]:
        rows: list[Row] = []
        end = 0
        for item, stretch in self._shown():
            end += GAP + _least(item, stretch)
            if not rows or end > width:
                rows.append([])
                end = _least(item, stretch)
            rows[-1].append((item, stretch))
        return rows


def _least(item: QLayoutItem, stretch: int) -> int:
    least = item.minimumSize().width()
    return least if stretch else max(least, item.sizeHint().width())


def _height(row: Row) -> int:
    return max(max(item.sizeHint().height(), item.minimumSize().height()) for item, _ in row)


def _widths(row: Row, width: int) -> list[int]:
    """The widths of a line's widgets: what they need, and the rest shared by stretch."""
    least = [_least(item, stretch) for item, stretch in row]
    rest = max(width - sum(least) - GAP * (len(row) - 1), 0)
    shares = sum(stretch for _, stretch in row) or 1
    return [own + rest * stretch // shares for own, (_, stretch) in zip(least, row, strict=True)]
