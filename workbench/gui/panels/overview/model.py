"""The model behind the table of the overview: a row for each layer, and one for the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, Qt
from PySide6.QtGui import QPolygonF

from workbench.figures.directions.chance import NAMES, known_chance
from workbench.figures.groups.rows import hedge_of, of_group, said
from workbench.figures.overview.headline import total_of
from workbench.figures.overview.measures import MEASURES, NOTHING, Measure, number
from workbench.gui.panels.overview.cells import LEFT, Cell, Curve
from workbench.gui.panels.overview.columns import NAMES as COLUMN_NAMES
from workbench.gui.panels.overview.network_row import NETWORK, cell_of_total, text_of_total, tip_of_total
from workbench.gui.panels.overview.words import SO_FAR
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import QObject

    from workbench.figures.groups.overview import GroupNumber
    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.headline import Total
    from workbench.figures.overview.layer import LayerOverview

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Layer\n", "Units\n", *(measure.lines for measure in MEASURES), "Inputs\n")
FIRST = 2  # column of the first measure
AT_END = "at the end"  # below the head of what is of the last snapshot while another one is shown
WAITING = "…"
MOST_CELLS = 20_000  # that are kept
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


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
        self._curves: dict[tuple[str, str], Curve | None] = {}  # by layer and measure
        # By layer (None: the network), column and snapshot, with the numbers and the costs that they were made from.
        self._cells: dict[
            tuple[str | None, str, int], tuple[LayerOverview | Total | None, LayerCosts | None, Cell]
        ] = {}
        self._total: Total | None = None  # of all layers, once each is known

    def show(self, shown: Shown) -> None:
        """Show other numbers. The rows are reset only if the layers differ."""
        if shown.histories is not self.shown.histories or shown.last != self.shown.last:
            self._curves.clear()
            self._cells.clear()
        rows = [row for each in shown.layers if (row := shown.histories[each].get(shown.snapshot)) is not None]
        self._total = total_of(rows) if len(rows) == len(shown.layers) else None
        if shown.layers != self.shown.layers:
            self.beginResetModel()
            self.shown = shown
            self.endResetModel()
            return
        self.shown = shown
        if shown.layers:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, FIRST, len(HEADS) - 1)
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(HEADS) - 1))

    def row(self, layer: str) -> LayerOverview | None:
        """The numbers of a layer at the snapshot that is shown."""
        return self.shown.histories[layer].get(self.shown.snapshot)

    def cell(self, layer: str, measure: Measure) -> Cell:
        """What the cell of a layer and a measure draws; made once for each snapshot, until other numbers are known."""
        costs = self.shown.costs.get(layer)
        return self._made(layer, measure.name, costs, lambda: self._make_cell(layer, measure, costs))

    def _made(self, layer: str | None, name: str, costs: LayerCosts | None, make: Callable[[], Cell]) -> Cell:
        key, row = (layer, name, self.shown.snapshot), self._total if layer is None else self.row(layer)
        known = self._cells.get(key)
        if known is None or known[0] is not row or known[1] is not costs:
            if len(self._cells) > MOST_CELLS:
                self._cells.clear()
            known = self._cells[key] = row, costs, make()
        return known[2]

    def _make_cell(self, layer: str, measure: Measure, costs: LayerCosts | None) -> Cell:
        row = self.row(layer)
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

    def _curve(self, layer: str, measure: Measure) -> Curve | None:
        key = layer, measure.name
        if key not in self._curves:
            self._curves[key] = self._make_curve(layer, measure)
        return self._curves[key]

    def _make_curve(self, layer: str, measure: Measure) -> Curve | None:
        history = {} if measure.costs else self.shown.histories[layer]
        values = ((at, row, measure.value(row)) for at, row in history.items())
        shares = {at: measure.share(row, value) for at, row, value in values if value is not None}
        highest, last = max(shares.values(), default=0.0) or 1.0, max(self.shown.last, 1)
        points = {at: QPointF(at / last, 1.0 - share / highest) for at, share in shares.items()}
        return Curve(QPolygonF(list(points.values())), points) if len(points) > 1 else None

    # --- what Qt asks ---

    def rowCount(self, parent: Index | None = None) -> int:
        layers = len(self.shown.layers)
        return 0 if parent is not None and parent.isValid() else layers + (layers > 1)

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
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return LEFT if column == 0 else RIGHT
        layer = self.layer_at(index.row())
        return self._of_network(column, role) if layer is None else self._of_layer(layer, column, role)

    def layer_at(self, row: int) -> str | None:
        """The layer of a row; None: the row is that of the network, or there is no such row."""
        return self.shown.layers[row] if 0 <= row < len(self.shown.layers) else None

    def cell_at(self, row: int, column: int) -> Cell:
        """What the cell of a row and a column draws."""
        measure, layer = measure_of(column), self.layer_at(row)
        if measure is not None and layer is not None:
            return self.cell(layer, measure)
        name = HEADS[column] if measure is None else measure.name
        return self._made(layer, name, None, lambda: self._make_plain_cell(layer, column, measure))

    def _make_plain_cell(self, layer: str | None, column: int, measure: Measure | None) -> Cell:
        """Of a name, a size, or of the network."""
        if layer is None and measure is not None:
            return cell_of_total(self._total, measure, self.shown.snapshot)
        show = Qt.ItemDataRole.DisplayRole
        text = self._of_network(column, show) if layer is None else self._of_layer(layer, column, show)
        return Cell(text, None, "", None, self.shown.snapshot, aligned=LEFT if column == 0 else RIGHT)

    def _of_network(self, column: int, role: int) -> Any:
        measure = measure_of(column)
        if role == Qt.ItemDataRole.ToolTipRole and measure is not None:
            return as_tooltip(tip_of_total(self._total, measure))
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return NETWORK if column == 0 else text_of_total(self._total, COLUMN_NAMES[column])

    def _of_layer(self, layer: str, column: int, role: int) -> Any:
        measure = measure_of(column)
        if measure is not None:
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
