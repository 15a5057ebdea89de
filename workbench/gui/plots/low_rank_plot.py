"""The plot of the low-rank panel, and the row of elbows above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from workbench.analysis.low_rank import ELBOWS as ESTIMATORS
from workbench.figures.looks import ELBOWS as PRINTED
from workbench.figures.low_rank.picture import stacked
from workbench.gui.plots.axes import Axis
from workbench.gui.plots.legend import Legend
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent, QResizeEvent

    from workbench.gui.plots.legend import Entry

TOP = 104.0  # percent: room for a mark at 100
MARK = 9  # pixels
GAP = 14  # pixels between the legend and a button beside it
LABELS = {True: "residual, accuracy (%)", False: "residual (%)"}


@dataclass(frozen=True)
class Elbow:
    """How one estimator of the rank looks, and what it is."""

    colour: str
    symbol: str  # of pyqtgraph
    tip: str


SYMBOLS = {"o": "o", "^": "t1", "s": "s", "D": "d"}  # of matplotlib: of pyqtgraph
ELBOWS = {name: Elbow(PRINTED[name].colour, SYMBOLS[each.symbol], each.meaning) for name, each in ESTIMATORS.items()}


class LowRankPlot(Plot):
    """Residual and accuracy over the rank, both from 0 to 100 %; press or drag anywhere to go to a rank."""

    dragged = Signal(int)
    least_height: ClassVar[int] = 110

    def __init__(self) -> None:
        super().__init__("rank k", LABELS[True], Axis("bottom", least=1.0))
        item = self.getPlotItem()
        item.vb.setMouseEnabled(True, False)
        item.vb.setYRange(0.0, TOP, padding=0)
        self._ranks = 0
        self._part = "test"
        self.stored = pg.InfiniteLine(angle=0)
        self.residual = pg.PlotCurveItem()
        self.accuracy = pg.PlotCurveItem()
        self.handle = pg.InfiniteLine(angle=90)
        self.interval = pg.PlotCurveItem(connect="pairs")
        self.points = pg.ScatterPlotItem(size=7, pen=None)
        self.marks = pg.ScatterPlotItem(size=MARK)
        self.words = pg.TextItem("", anchor=(0, 0.5))
        self.words.setZValue(45)
        for line in (self.stored, self.handle):
            self.addItem(line, ignoreBounds=True)
        for shown in (self.residual, self.accuracy, self.interval, self.points, self.marks, self.words):
            self.addItem(shown, ignoreBounds=True)
        self.stored.setVisible(False)
        item.vb.sigResized.connect(self._place_words)
        self.dress(self._dress)

    def _dress(self) -> None:
        colours = theme.current()
        self.stored.setPen(theme.line(colours.faint, Qt.PenStyle.DashLine))
        self.residual.setPen(theme.line(colours.foreground))
        self.accuracy.setPen(theme.accuracy_pen(self._part))
        for item in (self.handle, self.interval):
            item.setPen(theme.line(colours.accent))
        self.points.setBrush(pg.mkBrush(colours.accent))
        self.marks.setPen(pg.mkPen(colours.background))
        behind = QColor(colours.background)
        behind.setAlpha(190)  # the words stay readable over curves
        self.words.fill = pg.mkBrush(behind)
        self.words.setColor(colours.foreground)
        self.words.setFont(QGuiApplication.font())

    def show_residual(self, lost: NDArray[np.float64]) -> None:
        """The residual in percent at rank 0…r; the axis moves only where r is another one."""
        self.residual.setData(np.arange(len(lost)), lost)
        if len(lost) - 1 != self._ranks:
            self._ranks = len(lost) - 1
            margin = 0.02 * self._ranks
            self.getPlotItem().vb.setLimits(xMin=-margin, xMax=self._ranks + margin)
            self.show_all()

    def show_label(self, with_accuracy: bool) -> None:
        """Say whether the axis stands for accuracies too."""
        self.set_y_label(LABELS[with_accuracy])

    def show_stored(self, accuracy: float) -> None:
        """The accuracy with nothing changed; NaN takes the line away."""
        self.stored.setVisible(bool(np.isfinite(accuracy)))
        if np.isfinite(accuracy):
            self.stored.setValue(accuracy)

    def show_curve(self, ranks: NDArray[np.int64], accuracy: NDArray[np.float64], part: str) -> None:
        """The accuracy over the rank, with the look of its part."""
        self._part = part
        self.accuracy.setPen(theme.accuracy_pen(part))
        self.accuracy.setData(ranks, accuracy)

    def show_rank(self, rank: int, lost: float, known: tuple[float, tuple[float, float]] | None) -> None:
        """The line at a rank, its points on both curves; `known` is its accuracy with the interval of that."""
        self.handle.setValue(rank)
        self.handle.setVisible(True)
        accuracy, (low, high) = known or (np.nan, (np.nan, np.nan))
        heights = [lost] if known is None else [lost, accuracy]
        self.points.setData([rank] * len(heights), heights)
        cap = 0.01 * self._ranks
        ends = [rank - cap, rank + cap]
        self.interval.setData([rank, rank, *ends, *ends], [low, high, low, low, high, high])
        self.interval.setVisible(known is not None)

    def show_words(self, text: str) -> None:
        """Text beside the line at the rank, on the side with more room; a plot that is flatter shows none."""
        self.words.setPlainText(text)
        self._place_words()

    def _place_words(self) -> None:
        rank, box = self.handle.value(), self.getPlotItem().vb
        low, high = box.viewRange()[0]
        left = rank - low < high - rank
        size = self.words.boundingRect()
        self.words.setVisible(1.15 * size.height() <= box.height())  # they stand a little above the middle
        wide = size.width() * box.viewPixelSize()[0]
        room = max(rank - low, high - rank)
        over = max(1.0 - room / wide, 0.0) if wide else 0.0  # this part stands beyond the line rather than cut off
        self.words.setAnchor((over if left else 1.0 - over, 0.5))
        self.words.setPos(rank, 58.0)

    def show_marks(self, proposed: Mapping[str, int | None], lost: NDArray[np.float64]) -> None:
        """The elbows on the residual; those that would hide each other are stacked."""
        known = {name: rank for name, rank in proposed.items() if rank is not None}
        ranks, heights = list(known.values()), stacked(list(known.values()), lost)
        symbols = [ELBOWS[name].symbol for name in known]
        brushes = [theme.brush(colour_of(name)) for name in known]
        self.marks.setData(ranks, heights, symbol=symbols, brush=brushes)

    def forget(self) -> None:
        """Take away all that was shown."""
        for item in (self.residual, self.accuracy, self.interval, self.points, self.marks):
            item.setData([], [])
        for line in (self.stored, self.handle):
            line.setVisible(False)
        self.words.setPlainText("")

    def show_all(self) -> None:
        margin = 0.02 * self._ranks
        self.getPlotItem().vb.setXRange(-margin, self._ranks + margin, padding=0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _drag(self, event: QMouseEvent) -> None:
        self.dragged.emit(min(max(round(self.data_position(event.position()).x()), 0), self._ranks))
        event.accept()


def colour_of(name: str) -> QColor:
    """The colour of an elbow, readable in the light and in the dark."""
    colour = QColor(ELBOWS[name].colour)
    return colour.lighter(140) if theme.current().dark else colour


class ElbowRow(QWidget):
    """The legend of the curves, and a button for each elbow; as many rows as they need in the panel's width.

    `chosen(name)` says which button was pressed.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        self._most = 0
        self.buttons: dict[str, QToolButton] = {}
        super().__init__()
        self.legend = Legend(self)
        self.buttons = {name: self._button(name) for name in ELBOWS}
        self.show_elbows({})

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._most = 0
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._replace)  # the buttons hear of the font after this row
        elif event.type() == QEvent.Type.PaletteChange:
            for name, button in self.buttons.items():
                button.setIcon(_icon(name))

    def _replace(self) -> None:
        self._most = 0
        self._place()

    def show_curves(self, entries: Sequence[Entry]) -> None:
        """Say what the curves are."""
        self.legend.set_entries(entries)
        self._place()

    def _place(self) -> None:
        """Everything in one row, else the buttons under the legend; it only grows, so that the plot stays still."""
        hints = [button.sizeHint() for button in self.buttons.values()]
        height = self.fontMetrics().height() + 4
        beside = self.legend.length() + GAP + sum(hint.width() for hint in hints) <= self.width()
        self.legend.resize(self.legend.length() if beside else self.width(), height)
        x, y = (self.legend.length() + GAP, 0) if beside else (0, self.legend.height() * bool(self.legend.entries))
        rows = 1
        for button, hint in zip(self.buttons.values(), hints, strict=True):
            if x and x + hint.width() > self.width():
                x, rows = 0, rows + 1
            button.setGeometry(x, y + (rows - 1) * height, hint.width(), height)
            x += hint.width()
        self.legend.move(0, (height - self.legend.height()) // 2 if beside else 0)
        self._most = max(self._most, y + rows * height)
        self.setFixedHeight(self._most)

    def show_elbows(self, proposed: Mapping[str, int | None], no_edge: str = "") -> None:
        """Say where each elbow is; one that is not known cannot be pressed. `no_edge`: why there is no MP edge."""
        for name, button in self.buttons.items():
            rank = proposed.get(name)
            button.setText(f"{name} {'–' if rank is None else rank}")
            button.setEnabled(rank is not None)
            why = f" ({no_edge})" if name == "MP edge" and no_edge else ""
            button.setToolTip(f"{ELBOWS[name].tip}{why}. Press to go there.")
        self._place()

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(_icon(name))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAutoRaise(True)
        button.clicked.connect(lambda: self.chosen.emit(name))
        return button


def _icon(name: str) -> QIcon:
    size = 16
    pixels = QPixmap(size, size)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(size / 2, size / 2)
    painter.scale(MARK, MARK)
    painter.fillPath(Symbols[ELBOWS[name].symbol], colour_of(name))
    painter.end()
    return QIcon(pixels)
