"""The table of the overview: a row for each layer, with numbers, bars and histories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.figures.directions.chance import NAMES, known_chance
from workbench.figures.groups.rows import hedge_of, of_group, said
from workbench.figures.overview.measures import MEASURES, NOTHING, Measure, number
from workbench.gui.panels.overview.cells import BAR, CELL, MARGIN, Cell, CellDelegate, Curve
from workbench.gui.panels.overview.columns import MoreColumns, left_out
from workbench.gui.panels.overview.words import SO_FAR
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtCore import QObject

    from workbench.figures.groups.overview import GroupNumber
    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Layer\n", "Units\n", *(measure.lines for measure in MEASURES), "Inputs\n")
FIRST = 2  # column of the first measure
AT_END = "at the end"  # below the head of what is of the last snapshot while another one is shown
WAITING = "…"
MOST_CURVE = 56  # pixels: the largest width of a history, where the table has room
MOST_MEASURED = 50  # rows whose texts decide on the width of a column
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


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
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, FIRST, len(HEADS) - 1)
            self.dataChanged.emit(self.index(0, 0), self.index(len(shown.layers) - 1, len(HEADS) - 1))

    def row(self, layer: str) -> LayerOverview | None:
        """The numbers of a layer at the snapshot that is shown."""
        return self.shown.histories[layer].get(self.shown.snapshot)

    def cell(self, layer: str, measure: Measure) -> Cell:
        """What the cell of a layer and a measure draws."""
        row, costs = self.row(layer), self.shown.costs.get(layer)
        value = measure.value(row, costs)
        text = (
            said(measure, row, costs) or NOTHING
            if value is not None
            else NOTHING
            if measure.missing(row, costs)
            else WAITING
        )
        share = None if value is None or row is None else measure.share(row, value)
        return Cell(
            text,
            share,
            measure.colour,
            self._curve(layer, measure),
            self.shown.snapshot,
            pale=self.of_last(measure) or bool(hedge_of(measure, costs)),
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
        measure = measure_of(section)
        if measure is not None and role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(f"{measure.head}: {measure.meaning}")
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if measure is not None and self.of_last(measure):
            return f"{measure.head}\n{AT_END}"
        return HEADS[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer, column = self.shown.layers[index.row()], index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column == 0 else Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        measure = measure_of(column)
        if measure is not None:
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
        known = said(measure, row, costs)
        found = f" {why}" if known is None and why else " to be computed" if known is None else f" {known}"
        found += _each(of_group(measure, row, costs), row)
        where = self.shown.last if measure.costs else self.shown.snapshot
        on = "" if costs is None or value is None or not measure.costs else f", on {costs.basis}"
        if on and costs is not None and measure.name == "removable":
            on = f" in the order {costs.order}{on}{SO_FAR[costs.hedge('removable')]}"
        only = f". Measured at the last snapshot only; the table shows {self.shown.snapshot}"
        drawn = None if row is None or measure.name not in NAMES else known_chance(row)
        chance = "" if drawn is None else f"; {getattr(drawn, measure.name):.3g} by chance (independent weights)"
        late = only if self.of_last(measure) else ""
        words = f"{layer}, snapshot {where}: {measure.head.lower()}{found}{on}{chance}{late}"
        return as_tooltip(literal(words))


def _each(numbers: GroupNumber | None, row: LayerOverview | None) -> str:
    """The number of each run of a group: " (seed_0: 12, seed_1: 14)"; "" of a single run."""
    if numbers is None or row is None or row.place.group is None:
        return ""
    pairs = zip(row.place.group.columns, numbers.values, strict=True)
    return f" ({', '.join(f'{name}: {NOTHING if value is None else number(value)}' for name, value in pairs)})"


def measure_of(column: int) -> Measure | None:
    """The measure that a column shows; None: a name or a size."""
    return MEASURES[column - FIRST] if FIRST <= column < FIRST + len(MEASURES) else None


def _has_history(column: int) -> bool:
    measure = measure_of(column)
    return measure is not None and not measure.costs


def _is_of_group(shown: Shown) -> bool:
    rows = (row for history in shown.histories.values() for row in history.values())
    return any(row.place.group is not None for row in rows)


class LayerTable(QTableView):
    """`chosen(layer, measure)` follows a click or a key on a cell; the measure is None on name and sizes."""

    chosen = Signal(str, object)
    height_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.content_height = 0  # pixels that header and rows take
        self._least: list[int] = []  # the width that each column needs without its history
        self.more = MoreColumns()
        self.more.toggled.connect(self._on_more_toggled)
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
        before = self.layers.shown
        wider = (shown.histories, shown.costs) != (before.histories, before.costs) and _is_of_group(shown)
        self.layers.show(shown)
        if others or wider:
            self._fit()
            self._tell_height()
        if layer in shown.layers:
            self.selectRow(shown.layers.index(layer))
        else:
            self.clearSelection()

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
        rows = min(len(self.layers.shown.layers), MOST_MEASURED)
        self._least = []
        for column, head in enumerate(HEADS):
            texts = [str(self.layers.index(row, column).data()) for row in range(rows)]
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
        layer = self.layers.shown.layers[index.row()]
        self.chosen.emit(layer, measure_of(index.column()))
