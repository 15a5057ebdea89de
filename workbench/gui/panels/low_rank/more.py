"""What the low-rank panel shows only when asked: all layers at once, one rank over the snapshots, a group of runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.figures.low_rank.over_time import over_time_of, table_over_time
from workbench.figures.training import missing_history
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import ElidedLabel

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QCheckBox

    from workbench.figures.low_rank.figure import LowRankFigure
    from workbench.figures.low_rank.over_snapshots import OverSnapshots
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.panels.low_rank.more_group import Group
    from workbench.gui.panels.low_rank.more_layers import Asking, Together


class OverTime(Plot):
    """The accuracy at one rank over the snapshots, beside the stored one with nothing changed."""

    HEIGHT = 96

    def __init__(self) -> None:
        super().__init__("snapshot", "(%)")  # there is no room for more; the tool tip says it
        self.setToolTip("Accuracy at the shown rank over the snapshots; dashed: with nothing changed")
        self.setFixedHeight(self.HEIGHT)
        self._part = "test"
        self.spread = MeanBand(self)  # an interval over two runs may reach far beyond all numbers
        self.stored = pg.PlotCurveItem(connect="finite")
        self.accuracy = pg.PlotDataItem(symbol="o", symbolSize=4, symbolPen=None, connect="finite")
        self.here = pg.InfiniteLine(angle=90)
        for item in (self.stored, self.accuracy):
            self.addItem(item)
        self.addItem(self.here, ignoreBounds=True)
        self.dress(self._dress)

    def _dress(self) -> None:
        colours, pen = theme.current(), theme.accuracy_pen(self._part)
        self.stored.setPen(theme.line(colours.faint, Qt.PenStyle.DashLine))
        self.here.setPen(theme.line(colours.accent))
        self.accuracy.setPen(pen)
        self.accuracy.setSymbolBrush(pen.color())
        self.spread.wear(pen.color())

    def show_stored(self, accuracy: NDArray[np.float64], snapshot: int, part: str) -> None:
        """The run's own accuracy, of a group the mean, and where the selected snapshot is."""
        self.stored.setData(np.arange(len(accuracy)), accuracy)
        self.here.setValue(snapshot)
        self._part = part
        self._dress()

    def show_found(self, found: OverSnapshots | None) -> None:
        """The accuracies found so far; one that diverged leaves a gap. Of a group the mean, and thin its runs."""
        self.spread.clear()
        if found is None:
            self.accuracy.setData([], [])
            return
        snapshots, runs = found.snapshots.astype(np.float64), found.accuracy
        self.accuracy.setData(snapshots, runs.over.mean)
        if len(found.each) > 1:
            self.spread.show(snapshots, runs.over.low, runs.over.high)
            self.spread.show_runs(snapshots, runs.values)


class More(QWidget):
    """The curve over the snapshots, the lines about all layers and about the group, each hidden until asked for.

    `pointed` says what the curve over the snapshots reads under the mouse, "" where the mouse has left it.
    """

    REST_MS = 200  # until the network is asked about another rank
    pointed = Signal(str)

    def __init__(
        self, asking: Asking, pool: ThreadPoolExecutor, wanted: QCheckBox, group: Group, together: Together
    ) -> None:
        super().__init__()
        self._asking, self._wanted, self.group, self.together = asking, wanted, group, together
        self._explained = wanted.toolTip()
        self._cost: Any = None  # what the panel shows; None: nothing
        self._over_time_asked: Any = None
        self.found: OverSnapshots | None = None  # of the curve over the snapshots
        self._over_time = Latest(asking.over_snapshots, pool, self)
        self._over_time.answered.connect(self._on_over_time_answered)
        self._over_time.failed.connect(self._on_over_time_failed)
        wanted.toggled.connect(self._follow)
        self.rest = single_shot(self, self.REST_MS, self._ask_over_time)
        self._arrange()

    def show_for(self, cost: Any) -> None:
        """What the panel shows from now on; None: nothing."""
        self.group.show_for(cost)
        self._cost = cost
        self.together.show_for(None if cost is None else self._of_all(cost))
        self._follow()

    def added_to(self, figure: LowRankFigure) -> LowRankFigure:
        """The figure with what is known here."""
        return replace(figure, over_time=over_time_of(self.found), all_layers=self.together.printed)

    def tables(self) -> str:
        """The same as text, each table below a blank line; "" where nothing is known."""
        return table_over_time(self.found) + self.together.table

    def shut(self) -> None:
        """Nothing more is asked."""
        self.rest.stop()
        self.group.shut()
        self.together.shut()
        self._over_time.close()

    def _arrange(self) -> None:
        self.over_time, self.doubt, self.problem = OverTime(), ElidedLabel(rows=2), ElidedLabel(rows=2)
        self.over_time.pointed.connect(self._on_over_time_pointed)
        self.over_time.left.connect(lambda: self.pointed.emit(""))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.over_time, self.doubt, self.problem, self.together.line, self.group.line):
            widget.setVisible(False)
            column.addWidget(widget)

    def _say(self, text: str) -> None:
        """Why there is no curve."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _follow(self) -> None:
        """The curve: shown or taken away, and asked for where it is of another rank or matrix."""
        cost = self._cost
        missing = "" if cost is None else missing_history(cost.about.place.run)
        self._wanted.setEnabled(not missing)
        self._wanted.setToolTip(missing or self._explained)
        shown = self._wanted.isChecked() and cost is not None and not missing
        self.over_time.setVisible(shown)
        self.doubt.setVisible(shown and bool(self.doubt.text()))
        if not shown:
            self.found = self._over_time_asked = None
            self._over_time.drop()
            self._say("")
            return
        place = self._of_all(cost).about.place
        self.over_time.show_stored(place.source.history(f"{cost.part}_accuracy"), place.snapshot, cost.part)
        anywhere = self._anywhere(self._of_all(cost))
        if anywhere != self._over_time_asked:
            self._over_time_asked = anywhere
            self._say("")
            self._show_over_time(None)
            self.rest.start()

    def _show_over_time(self, found: OverSnapshots | None) -> None:
        self.found = found
        self.over_time.show_found(found)
        said = "" if found is None else " ".join(found.warnings)
        self.doubt.setText(said)
        self.doubt.setVisible(bool(said))

    def _of_all(self, cost: Any) -> Any:
        """The same of the group whose mean the panel shows."""
        place = self.group.place
        return (
            cost
            if place is None
            else replace(cost, about=replace(cost.about, place=place.at(cost.about.place.snapshot)))
        )

    def _anywhere(self, cost: Any) -> tuple[Any, int]:
        """What the curve over the snapshots is of."""
        return self._asking.anywhere(cost), cost.about.place.snapshots

    def _on_over_time_pointed(self, x: float, _y: float) -> None:
        self.pointed.emit("" if self.found is None else self.found.reading(x))

    def _ask_over_time(self) -> None:
        if self._over_time_asked is not None and self._cost is not None and self.isVisible():
            self._over_time.ask(self._of_all(self._cost))

    def _on_over_time_answered(self, answer: Answer) -> None:
        if self._anywhere(answer.question) == self._over_time_asked:
            self._show_over_time(answer.value)

    def _on_over_time_failed(self, failure: Failure) -> None:
        if self._anywhere(failure.question) == self._over_time_asked:
            self._say(f"over the snapshots: {failure.words}")
