"""The pairs of a stack as a list, and a histogram of their cosines against chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView

from workbench.figures.looks import DIRECTIONS
from workbench.figures.map.figure import CHANCE, pair_colour
from workbench.figures.stacks.members import MOST_STACKED
from workbench.gui.panels.map.view import MapView
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QObject

    from workbench.figures.map.picture import PairsPicture

Index = QModelIndex | QPersistentModelIndex
ROLE = Qt.ItemDataRole
LAYER = 4  # the column of the partner's layer
LOOKED_AT = 50  # rows, for the width of a column


class PairModel(QAbstractTableModel):
    """A row for each pair, the highest cosines first."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.picture: PairsPicture | None = None
        self.nodes: NDArray[np.int64] = np.zeros((0, 2), np.int64)
        self._cosines: NDArray[np.float64] = np.zeros(0)
        self._beyond: NDArray[np.bool_] = np.zeros(0, np.bool_)

    def show(self, picture: PairsPicture | None) -> None:
        """Show the pairs of a picture; None: no pairs."""
        self.beginResetModel()
        self.picture = picture
        if picture is None:
            self.nodes, self._cosines, self._beyond = np.zeros((0, 2), np.int64), np.zeros(0), np.zeros(0, np.bool_)
        else:
            self.nodes, self._cosines, self._beyond = picture.rows
        self.endResetModel()

    @property
    def heads(self) -> tuple[str, ...]:
        """What the columns are called."""
        several = self.picture is not None and len(self.picture.result.stack.names) > 2
        return ("unit", "partner", "cosine", "beyond chance", *(("partner in",) if several else ()))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.nodes)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == ROLE.DisplayRole:
            return self.heads[section]
        return None

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        if role == ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if index.column() == LAYER else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != ROLE.DisplayRole or self.picture is None:
            return None
        stack, (first, second) = self.picture.result.stack, self.nodes[index.row()].tolist()
        beyond = "yes" if self._beyond[index.row()] else "no"
        layer = stack.names[int(stack.origins[second])]
        cosine = f"{self._cosines[index.row()]:.3f}"
        return (str(first), str(int(stack.units[second])), cosine, beyond, layer)[index.column()]


class PairBars(Plot):
    """The pairs of each layer on top of one another, what chance gives, and where pairs are beyond it."""

    def __init__(self) -> None:
        super().__init__("cosine of the pair", "pairs")
        steps: dict[str, Any] = {"stepMode": "center", "antialias": False}
        self.bars = [pg.PlotCurveItem([0, 1], [0], fillLevel=0, **steps) for _ in range(MOST_STACKED)]
        self.chance = pg.PlotCurveItem([0, 1], [0], **steps)
        self.threshold = pg.InfiniteLine(angle=90, movable=False)
        for item in (*reversed(self.bars), self.chance):  # the lowest bars on top
            self.addItem(item)
        self.addItem(self.threshold, ignoreBounds=True)
        self.edges = np.array([0.0, 1.0])
        self._top = 1.0
        self.dress(self._dress)

    def show_pairs(self, picture: PairsPicture | None) -> None:
        """The bars of a picture; None: nothing."""
        heights = np.zeros((0, 1)) if picture is None else np.cumsum(picture.counts, axis=0)
        self.edges = np.array([0.0, 1.0]) if picture is None else picture.edges
        for number, bars in enumerate(self.bars):
            bars.setVisible(number < len(heights))
            if number < len(heights):
                bars.setData(self.edges, heights[number])
        chance = None if picture is None else picture.by_chance
        self.chance.setVisible(chance is not None)
        self._top = float(heights[-1].max(initial=1.0)) if len(heights) else 1.0
        if chance is not None:
            self.chance.setData(self.edges, chance)
            self._top = max(self._top, float(chance.max()))
        self.threshold.setVisible(picture is not None)
        if picture is not None:
            self.threshold.setValue(picture.threshold)
        self.show_all()

    def show_all(self) -> None:
        """The whole histogram."""
        ends = (float(self.edges[0]), float(self.edges[-1]))
        self.getPlotItem().vb.setRange(xRange=ends, yRange=(0.0, 1.05 * self._top), padding=0)

    def _dress(self) -> None:
        for number, bars in enumerate(self.bars):
            colour = theme.mixed(theme.current().background, pg.mkColor(pair_colour(number)), 0.6)
            bars.setBrush(colour)
            bars.setPen(theme.line(pair_colour(number)))
        look = DIRECTIONS[CHANCE]
        self.chance.setPen(theme.line(look.colour, theme.DASHES[look.dash]))
        self.threshold.setPen(theme.line(theme.current().foreground))


class PairsView(MapView):
    """The histogram beside the list. A click on a row or a bar selects the units of its pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.bars, self.list = PairBars(), QTableView()
        self.model = PairModel(self)
        self.list.setModel(self.model)
        self.list.setAccessibleName("Pairs of the stack")
        self.list.verticalHeader().hide()
        self.list.setShowGrid(False)
        self.list.setFrameShape(QTableView.Shape.NoFrame)
        self.list.setWordWrap(False)
        self.list.setTabKeyNavigation(False)
        self.list.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setMinimumWidth(160)
        header = self.list.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(LOOKED_AT)
        header.setStretchLastSection(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bars, 1)
        row.addWidget(self.list, 1)
        self.list.selectionModel().currentRowChanged.connect(self._on_list_row_changed)
        self.bars.scene().sigMouseClicked.connect(self._on_bars_clicked)

    def show_picture(self, picture: PairsPicture) -> None:
        self.model.show(picture)
        self.list.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.bars.show_pairs(picture)

    def mark(self, units: frozenset[int]) -> None:
        """The first pair of a single selected unit comes into sight."""
        current = self.list.currentIndex().row()
        firsts = self.model.nodes[:, 0]
        if len(units) != 1 or (0 <= current < len(firsts) and int(firsts[current]) in units):
            return
        rows = np.flatnonzero(firsts == next(iter(units)))
        if len(rows):
            chooser = self.list.selectionModel()
            chooser.blockSignals(True)
            self.list.selectRow(int(rows[0]))
            chooser.blockSignals(False)
            self.list.scrollTo(self.model.index(int(rows[0]), 0))
            self.list.viewport().update()

    def entries(self, picture: PairsPicture) -> list[tuple[Entry, frozenset[int]]]:
        stack = picture.result.stack
        rows = [
            (Entry(f"{stack.names[0]} and {stack.names[each.origin]}", pair_colour(number), "box"), frozenset[int]())
            for number, each in enumerate(picture.result.pairs)
        ]
        look = DIRECTIONS[CHANCE]
        if picture.by_chance is not None:
            rows.append((Entry(CHANCE, look.colour, "dashed"), frozenset()))
        words = f"beyond chance: over {picture.threshold:.2f}"
        return [*rows, (Entry(words, theme.current().foreground, "line"), frozenset())]

    def forget(self) -> None:
        self.model.show(None)
        self.bars.show_pairs(None)

    def _units(self, rows: NDArray[np.intp]) -> frozenset[int]:
        return frozenset(self.model.nodes[rows, 0].tolist())

    def _on_list_row_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._units(np.array([current.row()])), False)

    def _on_bars_clicked(self, click: Any) -> None:
        picture, box = self.model.picture, self.bars.getPlotItem().vb
        here = click.button() is Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(click.scenePos())
        if picture is None or not here:
            return
        bar = int(np.searchsorted(picture.edges, box.mapSceneToView(click.scenePos()).x(), side="right")) - 1
        if 0 <= bar < len(picture.edges) - 1:
            _, cosines, _ = picture.rows
            low, high = picture.edges[bar : bar + 2]
            there = (cosines >= low) & ((cosines < high) | (bar == len(picture.edges) - 2))
            self.chosen.emit(
                self._units(np.flatnonzero(there)), bool(click.modifiers() & Qt.KeyboardModifier.ControlModifier)
            )
            self.said.emit(f"{counted(int(there.sum()), 'pair')} with a cosine from {low:.2f} to {high:.2f}")
