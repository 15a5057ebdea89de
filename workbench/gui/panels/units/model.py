"""The model behind the table of units: arrays, an order of rows, and which units are selected."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from workbench.figures.overview.unit_words import chance_words, images_words, why_missing
from workbench.figures.overview.units import LABELS
from workbench.gui.panels.units.columns import BY_NAME, COLUMNS, Column
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal
from workbench.runs.collection.naming import moment, moment_beside_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PySide6.QtCore import QObject

    from workbench.figures.overview.units import UnitTable

Index = QModelIndex | QPersistentModelIndex
NOTHING = "–"
DIGITS = 3  # of an epoch
CACHED = 512  # rows whose texts are remembered
LABEL_COLOURS = {"dead": theme.DEAD, "untrained": theme.HARDLY_MOVED, "unmoved": theme.HARDLY_MOVED}
DOT = int(Qt.ItemDataRole.UserRole)  # the colour of a label's mark; None: a ring


class UnitModel(QAbstractTableModel):
    """A row for each unit that is shown, in the order of a column. Texts are made when a row comes into sight."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.table: UnitTable | None = None
        self.columns: tuple[Column, ...] = COLUMNS
        self.units: NDArray[np.int64] = np.zeros(0, np.int64)  # of each row
        self.selected: NDArray[np.bool_] = np.zeros(0, np.bool_)  # of each unit
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)  # of each unit; −1: it is not shown
        self._values: tuple[NDArray[np.float64], ...] = ()  # of each column
        self._formats: tuple[str, ...] = ()
        self.cached: dict[int, tuple[str, ...]] = {}

    def show(self, table: UnitTable, columns: tuple[Column, ...], which: NDArray[np.bool_], order: Order) -> None:
        """Show the units of a table that are `which`, (m,) bool, sorted by a column."""
        self.beginResetModel()
        if table is not self.table or columns != self.columns:
            self.table, self.columns, self.cached = table, columns, {}
            self._values = tuple(_numbers(table, column) for column in columns)
            self._formats = tuple(map(Column.format, columns, self._values))
        if len(self.selected) != len(table):
            self.selected = np.zeros(len(table), np.bool_)
        ranked = sorted_by(_numbers(table, BY_NAME[order[0]]), order[1])
        self.units = ranked[which[ranked]]
        self._rows = np.full(len(table), -1, np.int64)
        self._rows[self.units] = np.arange(len(self.units))
        self.endResetModel()

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self.table, self.cached = None, {}
        self.units, self.selected, self._rows = np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.int64)
        self.endResetModel()

    def mark(self, units: Iterable[int]) -> bool:
        """Mark the selected units; whether that changed anything."""
        selected = np.zeros(len(self.selected), np.bool_)
        wanted = np.fromiter(units, np.int64)
        selected[wanted[wanted < len(selected)]] = True
        changed = not np.array_equal(selected, self.selected)
        self.selected = selected
        return changed

    def row_of(self, unit: int) -> int:
        """The row that shows a unit; −1: none does."""
        return int(self._rows[unit]) if 0 <= unit < len(self._rows) else -1

    def texts(self, row: int) -> tuple[str, ...]:
        """What the cells of a row show."""
        unit = int(self.units[row])
        if unit not in self.cached:
            if len(self.cached) >= CACHED:
                self.cached.clear()
            cells = zip(self.columns, self._values, self._formats, strict=True)
            self.cached[unit] = tuple(self._text(column, values.item(unit), form) for column, values, form in cells)
        return self.cached[unit]

    def longest(self, at: int) -> tuple[str, ...]:
        """The texts of the smallest and the largest number of a column, of which one is the longest."""
        values = self._values[at][np.isfinite(self._values[at])]
        ends: tuple[float, ...] = (float(values.min()), float(values.max())) if len(values) else ()
        if self.columns[at].name == "died_at":  # the epoch of an earlier snapshot may have more digits
            ends = tuple(map(float, np.unique(values)))
        return tuple(self._text(self.columns[at], end, self._formats[at]) for end in ends)

    # --- what Qt asks ---

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.units)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            chance = self._chance(column)
            return as_tooltip(f"{column.title}: {column.meaning}{chance}. In rules and CSV files: {column.name}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        return column.head if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(literal(self._tip(int(self.units[index.row()]), self.columns[index.column()])))
        if role == DOT:
            return self.dot(index.row())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(self.columns[index.column()])
        return None

    def dot(self, row: int) -> str | None:
        """The colour of a unit as in the weight graph; None: it is in no cluster."""
        assert self.table is not None
        unit, table = int(self.units[row]), self.table
        if (colour := LABEL_COLOURS.get(table.label(unit))) is not None:
            return colour
        if not table.degree[unit] > 0.0:
            return None
        return theme.COMPONENTS[min(int(table.component[unit]), len(theme.COMPONENTS) - 1)]

    def _tip(self, unit: int, column: Column) -> str:
        assert self.table is not None
        if column.name == "label":
            return f"unit {unit}, {self.table.label(unit)}: {self.table.rule(unit)}"
        value = self.table.named[column.name][unit]
        name = column.name.replace("_", " ")
        if np.isnan(value):
            return f"unit {unit}, {name} unknown: {why_missing(self.table, column.name, unit)}"
        if column.name == "died_at" and (when := moment_beside_number(self.table.place.run, int(value))):
            return f"unit {unit}, died at snapshot {value:.0f}, {when}"
        about = "about " if self._is_about(column) else ""
        on = images_words(self.table, column.name)
        return f"unit {unit}, {name}: {about}{value:.10g}{on}{self._chance(column)}"

    def _chance(self, column: Column) -> str:
        """What chance gives there, after a semicolon."""
        words = "" if self.table is None else chance_words(self.table, column.name)
        return words and f"; {words}"

    def _is_about(self, column: Column) -> bool:
        """Whether its numbers rest on some of the images so far; that of a class is no amount."""
        return self.table is not None and column.name in self.table.provisional and column.name != "worst_class"

    def _text(self, column: Column, value: float, form: str) -> str:
        text = _text(column, value, form)
        if self._is_about(column) and not isnan(value):
            return f"≈ {text}"
        if column.name != "died_at" or isnan(value) or self.table is None:
            return text
        run = self.table.place.run
        when = moment(run, int(value), DIGITS).removeprefix("epoch ")
        return f"{text} ({when})" if moment_beside_number(run, int(value)) else text


def _text(column: Column, value: float, form: str) -> str:
    if column.name == "label":
        return LABELS[int(value)]
    return NOTHING if isnan(value) else format(value, form).replace("-", "−")


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column.name == "label" else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


Order = tuple[str, bool]  # a column, and whether its largest number comes first


def sorted_by(values: NDArray[np.float64], descending: bool) -> NDArray[np.int64]:
    """The units in the order of these numbers; what is not known comes last, equal ones in the order of the units."""
    return np.argsort(-values if descending else values, kind="stable").astype(np.int64)


def _numbers(table: UnitTable, column: Column) -> NDArray[np.float64]:
    """The numbers of a column; of labels, their place in `LABELS`."""
    if column.name == "label":
        return table.labels.astype(np.float64)
    found = table.named.get(column.name)
    return np.full(len(table), np.nan) if found is None else np.asarray(found, np.float64)


assert set(LABEL_COLOURS) <= set(LABELS)
