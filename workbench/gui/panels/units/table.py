"""The view of the table of units: draws only what is in sight, and selects units by mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.figures.overview.units import LABELS
from workbench.gui.panels.units.model import UnitModel
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QFocusEvent

    from workbench.figures.overview.units import UnitTable
    from workbench.gui.panels.units.columns import Column
    from workbench.gui.panels.units.model import Order

MARGIN = 6  # pixels around a text
DOT_SIZE = 7  # pixels
MOST_LENGTHS = 1 << 14  # texts whose width is remembered
PALE = 120  # opacity of numbers that may still change, of 255
ARROW = 12  # pixels: of the column that the rows are sorted by
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class UnitView(QTableView):
    """`chosen(units)` follows a selection by hand, `opened(unit)` a double click or Enter.

    Which units are selected is up to the session alone: the view shows what `mark` says. Qt's own selection takes
    seconds where thousands of rows that do not touch are selected.
    """

    chosen = Signal(object)
    opened = Signal(int)
    copied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.units = UnitModel(self)
        self.setModel(self.units)
        self.setAccessibleName("Units of the layer")
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(60)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows, header = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._lengths: dict[str, int] = {}  # of texts, in pixels
        self._fitted: list[int] = []  # the width that each column was given, in pixels; −1: none yet
        self._anchor = 0  # the row from which on a range is selected

    def show_units(
        self, table: UnitTable, columns: tuple[Column, ...], which: NDArray[np.bool_], order: Order, afresh: bool
    ) -> None:
        """Show these units, see `UnitModel.show`; not `afresh`: the rows in sight, the current one and widths stay."""
        at, bar = self.currentIndex().row(), self.verticalScrollBar()
        current, top = int(self.units.units[at]) if 0 <= at < len(self.units.units) else -1, bar.value()
        afresh = afresh or columns != self.units.columns or self.units.table is None
        self.units.show(table, columns, which, order)
        if afresh:
            self._fitted = [-1] * len(columns)
        self.fit()
        row = self.units.row_of(current)
        if row >= 0:
            self.setCurrentIndex(self.units.index(row, 0))
        bar.setValue(0 if afresh else top)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and len(self.units.units):
            self.setCurrentIndex(self.units.index(max(self.rowAt(0), 0), 0))
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.scrollTo(self.currentIndex())  # so that one sees where the keyboard is
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mark(self, units: frozenset[int], come: bool = True) -> None:
        """Show these units as selected; with `come`, the first of them comes into sight where none is."""
        if self.units.mark(units):
            self.viewport().update()
            if come:
                self._come_to_selected()

    def fit(self) -> None:
        """Give each column the width of its head and of its longest number.

        One that has its width grows with its numbers, unless a person has changed it.
        """
        metrics, model = self.fontMetrics(), self.units
        self.verticalHeader().setDefaultSectionSize(metrics.height() + 6)
        for at, column in enumerate(model.columns):
            texts = LABELS if column.name == "label" else model.longest(at)
            widest = max(map(metrics.horizontalAdvance, texts), default=0) + (
                DOT_SIZE + MARGIN if column.name == "label" else 0
            )
            head = max(map(metrics.horizontalAdvance, column.head.split("\n"))) + ARROW
            wide, fitted = max(widest, head) + 2 * MARGIN, self._fitted[at]
            if fitted < 0 or (fitted == self.columnWidth(at) and wide > fitted):
                self.setColumnWidth(at, wide)
                self._fitted[at] = wide

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows in sight in one go: a delegate that is called for each cell takes three times as long."""
        model, area = self.units, event.rect()
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            return
        rows = range(first, (last if last >= 0 else model.rowCount() - 1) + 1)
        header = self.horizontalHeader()
        columns = [at for at in range(len(model.columns)) if not header.isSectionHidden(at)]
        spans = {at: (header.sectionViewportPosition(at), header.sectionSize(at)) for at in columns}
        spans = {at: span for at, span in spans.items() if span[0] <= area.right() and sum(span) >= area.left()}
        painter = QPainter(self.viewport())
        for row in rows:
            self._draw_row(painter, row, spans)
        labels = [span for at, span in spans.items() if model.columns[at].name == "label"]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for left, _ in labels:
            for row in rows:
                self._draw_dot(painter, row, left + MARGIN)

    def _draw_row(self, painter: QPainter, row: int, spans: Mapping[int, tuple[int, int]]) -> None:
        model, palette, metrics = self.units, self.palette(), self.fontMetrics()
        top, high = self.rowViewportPosition(row), self.rowHeight(row)
        selected = self._is_selected(row)
        if selected:
            painter.fillRect(0, top, self.viewport().width(), high, palette.highlight())
        if row == self.currentIndex().row() and self.hasFocus():
            painter.setPen(theme.current().accent)
            painter.drawRect(0, top, self.viewport().width() - 1, high - 1)
        ink = palette.highlightedText().color() if selected else palette.text().color()
        pale = QColor(ink)
        pale.setAlpha(PALE)
        may_change = () if model.table is None else model.table.provisional
        texts, base = model.texts(row), top + (high + metrics.ascent() - metrics.descent()) // 2
        for at, (left, wide) in spans.items():
            text, indent = texts[at], MARGIN
            if model.columns[at].name == "label":
                indent += DOT_SIZE + MARGIN
            length = self._length(text)
            if length > wide - indent - MARGIN:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide - indent - MARGIN)
                length = self._length(text)
            painter.setPen(pale if model.columns[at].name in may_change else ink)
            shift = indent if model.columns[at].name == "label" else wide - MARGIN - length
            painter.drawText(left + shift, base, text)

    def _length(self, text: str) -> int:
        """The width of a text; numbers repeat, so most are known."""
        if text not in self._lengths:
            if len(self._lengths) > MOST_LENGTHS:
                self._lengths.clear()
            self._lengths[text] = self.fontMetrics().horizontalAdvance(text)
        return self._lengths[text]

    def _draw_dot(self, painter: QPainter, row: int, left: int) -> None:
        box = QRectF(left, self.rowViewportPosition(row) + (self.rowHeight(row) - DOT_SIZE) / 2, DOT_SIZE, DOT_SIZE)
        colour = self.units.dot(row)
        text = self.palette().highlightedText() if self._is_selected(row) else self.palette().text()
        painter.setPen(text.color() if colour is None else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if colour is None else QColor(colour))
        painter.drawEllipse(box)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lengths = {}
            if self.units.table is not None:
                self._fitted = [-1] * len(self.units.columns)
                self.fit()

    def selected_rows(self) -> list[int]:
        """The units of the selected rows that are shown, from above."""
        units = self.units.units
        found: list[int] = units[self.units.selected[units]].tolist()
        return found

    def _come_to_selected(self) -> None:
        model = self.units
        rows = np.flatnonzero(model.selected[model.units]) if len(model.units) else np.zeros(0, np.int64)
        if not len(rows):
            return
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        last = len(model.units) - 1 if last < 0 else last
        if not ((rows >= first) & (rows <= last)).any():
            self.scrollTo(model.index(int(rows[0]), 0), QAbstractItemView.ScrollHint.PositionAtCenter)

    # --- selecting by hand ---

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self.rowAt(int(event.position().y()))
        if event.button() == Qt.MouseButton.LeftButton:
            if row < 0:
                self.chosen.emit(frozenset())
            else:
                self._select(row, event.modifiers())
        elif event.button() == Qt.MouseButton.RightButton and row >= 0 and not self._is_selected(row):
            self._select(row, Qt.KeyboardModifier.NoModifier)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        row = self.rowAt(int(event.position().y()))
        if event.buttons() & Qt.MouseButton.LeftButton and row >= 0 and row != self._anchor:
            self._select(row, SHIFT)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self.rowAt(int(event.position().y()))
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(int(self.units.units[row]))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.chosen.emit(frozenset(self.units.units.tolist()))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and before >= 0:
            self.opened.emit(int(self.units.units[before]))
        else:
            super().keyPressEvent(event)
            row = self.currentIndex().row()
            if row >= 0 and row != before:
                self._select(row, event.modifiers() & SHIFT)

    def _is_selected(self, row: int) -> bool:
        return bool(self.units.selected[self.units.units[row]])

    def _select(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        """Select a row: alone, with Ctrl besides or no longer, with Shift all from the anchor on."""
        shown = self.units.units
        self._anchor = min(self._anchor, len(shown) - 1)
        if modifiers & SHIFT:
            first, last = sorted((self._anchor, row))
            units = frozenset(shown[first : last + 1].tolist())
        elif modifiers & CONTROL:
            units = frozenset(np.flatnonzero(self.units.selected).tolist()) ^ {int(shown[row])}
            self._anchor = row
        else:
            units = frozenset((int(shown[row]),))
            self._anchor = row
        self.chosen.emit(units)
