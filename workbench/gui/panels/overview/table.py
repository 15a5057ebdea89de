"""The table of the overview: a row for each layer, with numbers, bars and histories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.gui.panels.overview.cells import BAR, LEFT, MARGIN, Cells
from workbench.gui.panels.overview.columns import MoreColumns, left_out
from workbench.gui.panels.overview.model import HEADS, LayerModel, Shown, measure_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

Index = QModelIndex | QPersistentModelIndex
MOST_CURVE = 56  # pixels: the largest width of a history, where the table has room
MOST_MEASURED = 50  # rows whose texts decide on the width of a column


def _has_history(column: int) -> bool:
    measure = measure_of(column)
    return measure is not None and not measure.costs


def _is_of_group(shown: Shown) -> bool:
    rows = (row for history in shown.histories.values() for row in history.values())
    return any(row.place.group is not None for row in rows)


def _rows_known(shown: Shown) -> int:
    """Of how many layers the numbers are known that are shown."""
    return sum(shown.snapshot in history for history in shown.histories.values())


class LayerTable(QTableView):
    """`chosen(layer, measure)` follows a click or a key on a cell; the measure is None on name and sizes."""

    chosen = Signal(str, object)
    height_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.content_height = 0  # pixels that header and rows take
        self._least: list[int] = []  # the width that each column needs without its history …
        self._fitted = 0  # … of so many layers
        self.more = MoreColumns()
        self.more.toggled.connect(self._on_more_toggled)
        self.layers = LayerModel(self)
        self.setModel(self.layers)
        self._cells = Cells()
        self.setAccessibleName("Layers and how redundant each is")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(60)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setDefaultAlignment(LEFT)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_clicked)

    def fill(self, shown: Shown, layer: str) -> None:
        """Show these numbers, with a layer selected."""
        others = shown.layers != self.layers.shown.layers
        before = self.layers.shown
        wider = (shown.histories, shown.costs) != (before.histories, before.costs) and _is_of_group(shown)
        grown = _rows_known(shown) > self._fitted  # until then their numbers are as narrow as "…"
        self.layers.show(shown)
        if others or wider or grown:
            self._fit()
            self._tell_height()
        if layer in shown.layers:
            self.selectRow(shown.layers.index(layer))
        else:
            self.clearSelection()
        self.executeDelayedItemsLayout()  # else it is painted later, together with what changes then

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows in sight in one go: a delegate that is called for each cell takes twice as long."""
        area, header = event.rect(), self.horizontalHeader()
        first, last = self.rowAt(area.top()), self.rowAt(area.bottom())
        if first < 0:
            return
        columns = [at for at in range(header.count()) if not header.isSectionHidden(at)]
        spans = [(at, header.sectionViewportPosition(at), header.sectionSize(at)) for at in columns]
        spans = [(at, left, wide) for at, left, wide in spans if left <= area.right() and left + wide > area.left()]
        painter = QPainter(self.viewport())
        for row in range(first, (last if last >= 0 else self.layers.rowCount() - 1) + 1):
            self._draw_row(painter, row, spans)

    def _draw_row(self, painter: QPainter, row: int, spans: Iterable[tuple[int, int, int]]) -> None:
        palette, metrics, header = self.palette(), self.fontMetrics(), self.horizontalHeader()
        top, high = self.rowViewportPosition(row), self.rowHeight(row)
        selected = self.selectionModel().isRowSelected(row)
        if selected:
            painter.fillRect(0, top, header.length() - header.offset(), high, palette.highlight())
        ink = (palette.highlightedText() if selected else palette.text()).color()
        current = self.currentIndex().column() if self.hasFocus() and row == self.currentIndex().row() else -1
        for column, left, wide in spans:
            place = QRect(left, top, wide, high)
            self._cells.draw(painter, place, self.layers.cell_at(row, column), ink, metrics)
            if column == current:  # where the keyboard is
                painter.setPen(ink)
                painter.drawRect(place.adjusted(0, 0, -1, -1))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._cells.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._least:
            self._spread()
        self._tell_height()

    def _tell_height(self) -> None:
        """It takes no more room than its rows need."""
        scrolls = self.horizontalHeader().length() > self.viewport().width()  # its bar knows only later
        below = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        high = self.horizontalHeader().sizeHint().height() + self.verticalHeader().length() + below
        if high != self.content_height:
            self.content_height = high
            self.height_changed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the first click has chosen already

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(metrics.height() + BAR + 9)
        every = self.layers.rowCount()
        rows = {*range(min(every, MOST_MEASURED)), every - 1} - {-1}
        self._least, self._fitted = [], _rows_known(self.layers.shown)
        for column, head in enumerate(HEADS):
            texts = [str(self.layers.index(row, column).data()) for row in rows]
            widest = max(map(metrics.horizontalAdvance, texts), default=0)
            self._least.append(max(widest, *map(metrics.horizontalAdvance, head.split("\n"))) + 2 * MARGIN + 2)
        self._spread()

    def _spread(self) -> None:
        """Give each column the width it needs, and its history what is left; the least important have to fit too."""
        width, without = self.viewport().width(), left_out(self._least, self.viewport().width())
        hidden = () if self.more.isChecked() else without
        left = width - sum(least for column, least in enumerate(self._least) if column not in hidden)
        histories = sum(_has_history(column) for column in range(len(HEADS)) if column not in hidden)
        more = min(max(left // max(histories, 1), 0), MOST_CURVE)
        for column, least in enumerate(self._least):
            self.setColumnHidden(column, column in hidden)
            self.setColumnWidth(column, least + (more if _has_history(column) else 0))
        self.more.show_for([HEADS[column].replace("\n", " ").strip().lower() for column in without])

    def _on_more_toggled(self) -> None:
        self._spread()
        self._tell_height()

    def _on_clicked(self, index: Index) -> None:
        layer = self.layers.layer_at(index.row())
        if layer is not None:
            self.chosen.emit(layer, measure_of(index.column()))
