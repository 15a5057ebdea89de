"""The table of the overview: a row for each layer, with numbers, bars and histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from workbench.figures.overview.measures import MEASURES, NOTHING, Measure, number
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QObject

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Layer", "Units", "Inputs", *(measure.head for measure in MEASURES))
FIRST = 3  # column of the first measure
CELL = int(Qt.ItemDataRole.UserRole)
WAITING = "…"
MARGIN = 4  # pixels around what is in a cell
BAR = 3  # pixels: its height
CURVE = 36  # pixels: the width that a history has at first
LEAST_CURVE = 12  # pixels: a narrower one is not drawn
PALE = 120  # opacity of what is of another snapshot, of 255
DOT = 2.0  # pixels: the radius of the mark at the snapshot
MOST_MEASURED = 50  # rows whose texts decide on the width of a column
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Curve:
    """A history in a square of side 1 with y downwards, made once and drawn into cells of any size."""

    line: QPolygonF
    points: Mapping[int, QPointF]  # by snapshot


@dataclass(frozen=True)
class Cell:
    """What a cell draws."""

    text: str
    share: float | None  # how long its bar is, 0 to 1
    colour: str
    curve: Curve
    at: int  # the snapshot that is shown
    pale: bool = False  # it is of another snapshot, the last


@dataclass(frozen=True)
class Shown:
    """What the table is filled from."""

    layers: tuple[str, ...]
    histories: Mapping[str, Mapping[int, LayerOverview]]  # by layer and snapshot
    costs: Mapping[str, LayerCosts]
    snapshot: int
    last: int


NO_LAYERS = Shown((), {}, {}, 0, 0)


class LayerModel(QAbstractTableModel):
    """The model behind the table."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shown = NO_LAYERS
        self._curves: dict[tuple[str, str], Curve] = {}  # by layer and measure

    def show(self, shown: Shown) -> None:
        """Show other numbers. The rows are reset only if the layers differ."""
        if shown.histories is not self.shown.histories:
            self._curves.clear()
        if shown.layers != self.shown.layers:
            self.beginResetModel()
            self.shown = shown
            self.endResetModel()
            return
        self.shown = shown
        if shown.layers:
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown.layers) - 1, len(HEADS) - 1))

    def row(self, layer: str) -> LayerOverview | None:
        """The numbers of a layer at the snapshot that is shown."""
        return self.shown.histories[layer].get(self.shown.snapshot)

    def cell(self, layer: str, measure: Measure) -> Cell:
        """What the cell of a layer and a measure draws."""
        row, costs = self.row(layer), self.shown.costs.get(layer)
        value = measure.value(row, costs)
        text = number(value) if value is not None else NOTHING if measure.missing(row, costs) else WAITING
        share = None if value is None or row is None else measure.share(row, value)
        return Cell(
            text, share, measure.colour, self._curve(layer, measure), self.shown.snapshot, self.of_last(measure)
        )

    def of_last(self, measure: Measure) -> bool:
        """Whether a measure is known at the last snapshot only, and another one is shown."""
        return measure.costs and self.shown.snapshot != self.shown.last

    def _curve(self, layer: str, measure: Measure) -> Curve:
        key = layer, measure.name
        if key not in self._curves:
            self._curves[key] = self._make_curve(layer, measure)
        return self._curves[key]

    def _make_curve(self, layer: str, measure: Measure) -> Curve:
        history = {} if measure.costs else self.shown.histories[layer]
        values = ((at, row, measure.value(row)) for at, row in history.items())
        shares = {at: measure.share(row, value) for at, row, value in values if value is not None}
        highest, last = max(shares.values(), default=0.0) or 1.0, max(self.shown.last, 1)
        points = {at: QPointF(at / last, 1.0 - share / highest) for at, share in shares.items()}
        return Curve(QPolygonF(list(points.values())), points)

    # --- what Qt asks ---

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.shown.layers)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.ToolTipRole and section >= FIRST:
            measure = MEASURES[section - FIRST]
            return as_tooltip(f"{measure.head}: {measure.meaning}")
        return HEADS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer, column = self.shown.layers[index.row()], index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column == 0 else Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if column >= FIRST:
            measure = MEASURES[column - FIRST]
            if role == CELL:
                return self.cell(layer, measure)
            if role == Qt.ItemDataRole.ToolTipRole:
                return self._tip(layer, measure)
            return self.cell(layer, measure).text if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return as_tooltip(literal(layer))
        return self._size(layer, column) if role == Qt.ItemDataRole.DisplayRole else None

    def _size(self, layer: str, column: int) -> str:
        row = self.row(layer)
        if column == 0:
            return literal(layer)
        return WAITING if row is None else number(row.units if column == 1 else row.inputs)

    def _tip(self, layer: str, measure: Measure) -> str:
        row, costs = self.row(layer), self.shown.costs.get(layer)
        value, why = measure.value(row, costs), measure.missing(row, costs)
        found = f" {why}" if value is None and why else " to be computed" if value is None else f" {number(value)}"
        where = self.shown.last if measure.costs else self.shown.snapshot
        on = f", on {costs.basis}" if measure.costs and costs is not None and value is not None else ""
        only = f". Measured at the last snapshot only; the table shows {self.shown.snapshot}"
        words = f"{layer}, snapshot {where}: {measure.head.lower()}{found}{on}{only if self.of_last(measure) else ''}"
        return as_tooltip(literal(words))


class CellDelegate(QStyledItemDelegate):
    """Draws a number on the left, its history on the right and its bar below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cell: Cell | None = index.data(CELL)
        if cell is None:
            super().paint(painter, option, index)
            return
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        text = palette.highlightedText().color() if selected else palette.text().color()
        if cell.pale:
            text.setAlpha(PALE)
        rectangle = QRectF(option.rect).adjusted(MARGIN, 2, -MARGIN, -3)
        painter.save()
        painter.setPen(text)
        painter.drawText(
            rectangle.adjusted(0, 0, 0, -BAR), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cell.text
        )
        width = option.fontMetrics.horizontalAdvance(cell.text) + 2 * MARGIN
        _draw_curve(painter, rectangle.adjusted(width, 2, 0, -BAR - 3), cell, text)
        _draw_bar(painter, rectangle, cell, text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width(), size.height() + BAR + 6)


def _draw_bar(painter: QPainter, rectangle: QRectF, cell: Cell, text: QColor) -> None:
    if cell.share is None:
        return
    ground = QColor(text)
    ground.setAlpha(28)
    bar = QRectF(rectangle.left(), rectangle.bottom() - BAR, rectangle.width(), BAR)
    painter.fillRect(bar, ground)
    colour = QColor(cell.colour)
    colour.setAlpha(text.alpha())
    painter.fillRect(QRectF(bar.left(), bar.top(), bar.width() * cell.share, BAR), colour)


def _draw_curve(painter: QPainter, rectangle: QRectF, cell: Cell, text: QColor) -> None:
    if cell.curve.line.size() < 2 or rectangle.width() < LEAST_CURVE:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pale = QColor(text)
    pale.setAlpha(150)
    pen = theme.line(pale)
    pen.setCosmetic(True)  # as wide whatever the scale
    painter.setPen(pen)
    square = painter.transform()
    painter.translate(rectangle.topLeft())
    painter.scale(rectangle.width(), rectangle.height())
    painter.drawPolyline(cell.curve.line)
    painter.setTransform(square)
    here = cell.curve.points.get(cell.at)
    if here is not None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(text)
        x, y = here.x() * rectangle.width(), here.y() * rectangle.height()
        painter.drawEllipse(rectangle.topLeft() + QPointF(x, y), DOT, DOT)


class LayerTable(QTableView):
    """`chosen(layer, measure)` follows a click or a key on a cell; the measure is None on name and sizes."""

    chosen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.layers = LayerModel(self)
        self.setModel(self.layers)
        self.setItemDelegate(CellDelegate(self))
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
        self.layers.show(shown)
        if others:
            self._fit()
        if layer in shown.layers:
            self.selectRow(shown.layers.index(layer))
        else:
            self.clearSelection()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the first click has chosen already

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        self.verticalHeader().setDefaultSectionSize(metrics.height() + BAR + 9)
        rows = min(len(self.layers.shown.layers), MOST_MEASURED)
        for column, head in enumerate(HEADS):
            texts = [str(self.layers.index(row, column).data()) for row in range(rows)]
            widest = max(map(metrics.horizontalAdvance, texts), default=0) + (0 if column < FIRST else CURVE)
            self.setColumnWidth(column, max(metrics.horizontalAdvance(head), widest) + 4 * MARGIN)

    def _on_clicked(self, index: Index) -> None:
        layer = self.layers.shown.layers[index.row()]
        measure = None if index.column() < FIRST else MEASURES[index.column() - FIRST]
        self.chosen.emit(layer, measure)
