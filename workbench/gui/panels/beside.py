"""The network that is compared, beside the selected one: its curves in a panel, and a line that names both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from workbench.figures.comparing.beside import KEY, BesideFigure, chosen_beside, setting_of
from workbench.figures.comparing.curves import ROWS
from workbench.figures.kinds import alone, chosen_settings
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.plot import OUTDATED
from workbench.gui.plots.spectrum_plot import SpectrumPlot
from workbench.gui.state import theme
from workbench.gui.state.compared import Alone
from workbench.gui.widgets.plain_text import ElidedLabel, as_tooltip
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtGui import QResizeEvent

    from workbench.figures.comparing.curves import BesideLine
    from workbench.figures.drawing import Drawing
    from workbench.figures.figure import Figure
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.panels.base import Panel
    from workbench.gui.plots.plot import Plot

WIDE = 700  # pixels from which on it also says what is found
REST_MS = 200  # until the other network is asked about
STOP = "Stop comparing: show the selected network alone, in every panel"


@dataclass(frozen=True)
class Question:
    """Which figure of the other network is wanted."""

    kind: str
    place: Place
    settings: bytes  # JSON: those that its figure depends on


class BesideRow(QWidget):
    """Draws the other network's curves into the plots of a panel, and names both networks below them."""

    def __init__(self, panel: Panel, pool: ThreadPoolExecutor, plots: Sequence[Plot]) -> None:
        super().__init__(panel)
        self._panel, self._plots, self._compared = panel, tuple(plots), panel.session.compared
        self.items: list[list[pg.PlotCurveItem]] = [[] for _ in plots]  # made as they are needed
        self._asked: Question | None = None
        self._answered: Question | None = None
        self._finished: Question | None = None
        self._names = "", ""
        self._there: Place | None = None  # what stands beside
        self.figure: Figure | None = None  # of the other network, as it was asked for last
        self._latest = Latest(_figure_of, pool, self, steps_aside=True)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.completed.connect(self._on_latest_completed)
        self._latest.failed.connect(self._on_latest_failed)
        self.rest = single_shot(self, REST_MS, self._ask)
        self.legend, self.note, self.stop = Legend(), ElidedLabel(), QToolButton()
        self.stop.setText("×")
        self.stop.setAutoRaise(True)
        self.stop.setToolTip(STOP)
        self.stop.setAccessibleName("Stop comparing")
        self.stop.clicked.connect(lambda: self._compared.choose(None))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.legend, 3)
        row.addWidget(self.note, 2)
        row.addWidget(self.stop)
        self.setVisible(False)
        panel.picture.addWidget(self)
        panel.drawn.connect(self.follow)
        panel.installEventFilter(self)
        self._compared.changed.connect(self.follow)

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to come."""
        return self._asked == self._finished

    @property
    def fresh(self) -> bool:
        """Whether the figure of the other network is the one that is asked for."""
        return self.figure is not None and self._answered == self._asked

    def shut(self) -> None:
        """Nothing more is asked."""
        self.rest.stop()
        self._latest.close()

    def put(self, drawing: Drawing | None) -> Drawing | None:
        """The drawing of a panel with what stands beside."""
        there = self._there
        if drawing is None or there is None or not self.fresh or there.run in (drawing.place.run, *drawing.group):
            return drawing
        assert self.figure is not None
        pair: Any = BesideFigure(drawing.figure, self.figure, *self._names)
        settings = {**drawing.settings, KEY: setting_of(there.run, there.snapshot)}
        return replace(drawing, figure=pair, settings=settings, group=(*drawing.group, there.run))

    # --- what is asked ---

    def _ours(self) -> Drawing | None:
        """What the panel shows of the selected network alone."""
        drawing = self._panel.drawing() if self._panel.computes else None
        if drawing is not None and isinstance(drawing.figure, BesideFigure):
            return replace(drawing, figure=drawing.figure.figure)
        return drawing

    def follow(self) -> None:
        """Ask for what stands beside the picture that is drawn now."""
        if self._compared.run is None and self._asked is None and self.isHidden():
            return
        place = self._panel.session.selection.place
        ours = None if self._compared.run is None or place is None else self._ours()
        if ours is None or place is None:
            self._forget()
            return
        here = ours.place if place.group is None else place.at(ours.place.snapshot)
        there = self._compared.beside(ours.figure.kind, here)
        if not isinstance(there, Place):
            self._forget()
            if isinstance(there, Alone):
                self._say(f"{there.reason}: only {here.name} is shown", ())
            return
        question = _question(ours, there)
        if question != self._asked:
            if self._asked is None or self._asked.place.subject != there.subject:
                self._forget()
            self._asked = question
            self._name(here, there)
            self._say("computing…", self._entries())
            self._fade()
            self.rest.start()
        elif self.fresh:
            self._name(here, there)
            self._draw(ours.figure)

    def _name(self, here: Place, there: Place) -> None:
        name = ROWS[self._panel.kind.name].name
        self._there, self._names = there, (name(here), name(there))

    def _fade(self) -> None:
        """What is drawn was asked for earlier."""
        for items in self.items:
            for item in items:
                item.setOpacity(OUTDATED)

    def _ask(self) -> None:
        if self._asked is not None:
            self._latest.ask(self._asked)

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question != self._asked:
            return
        self.figure, self._answered = answer.value, answer.question
        ours = self._ours()
        if ours is not None:
            self._draw(ours.figure)

    def _on_latest_completed(self, question: Question) -> None:
        self._finished = question

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self._asked:
            self._clear()
            self._finished = self._asked
            self._say(f"{self._names[1]}: {failure.words}", ())

    # --- what is shown ---

    def _draw(self, ours: Figure) -> None:
        theirs, row = self.figure, ROWS[ours.kind]
        assert theirs is not None
        across = np.log10 if getattr(ours, "scale", "") == "log" else np.asarray
        lines = tuple(row.curves(ours, theirs, False))
        for number, (plot, items) in enumerate(zip(self._plots, self.items, strict=True)):
            mine = [line for line in lines if line.axes == number]
            while len(items) < len(mine):
                items.append(pg.PlotCurveItem(connect="finite"))
                plot.addItem(items[-1], ignoreBounds=not mine[len(items) - 1].grows)
                items[-1].setZValue(15)
            for item, line in zip(items, mine, strict=False):
                item.setOpacity(1.0)
                item.setData(across(line.x), line.y, stepMode="center" if line.steps else None, pen=_pen(line))
            for item in items[len(mine) :]:
                _empty(item)
        if isinstance(self._plots[0], SpectrumPlot) and (view := row.views(ours, theirs)) is not None:
            low, high = across(np.array(view)).tolist()
            self._plots[0].include((low, high), 1.04 * float(lines[0].y.max()))
        self._say(row.says(ours, theirs), self._entries())

    def _entries(self) -> tuple[Entry, ...]:
        own, other = self._names
        if self._panel.kind.name == "pruning":  # colours stand for the orders
            colour = theme.current().foreground
            return Entry(own, colour, "line"), Entry(other, colour, "dashdot")
        return Entry(own, theme.current().accent, "line"), Entry(other, theme.beside(), "line")

    def _say(self, text: str, entries: tuple[Entry, ...]) -> None:
        self.legend.set_entries(entries)
        self.legend.setToolTip(as_tooltip(text))
        self.note.setText(text)
        self._fit()
        self.setVisible(True)

    def _fit(self) -> None:
        """What is found of the other network stands beside the names where there is room."""
        self.note.setVisible(bool(self.note.text()) and (not self.legend.entries or self.width() >= WIDE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that was hidden follows what is compared when it is shown."""
        if event.type() == QEvent.Type.Show:
            self.follow()
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.figure is not None:
            self.follow()

    def _forget(self) -> None:
        self.rest.stop()
        self._latest.drop()
        self._asked = self._answered = self._finished = self._there = None
        self._clear()
        self.setVisible(False)

    def _clear(self) -> None:
        self.figure = None
        if isinstance(self._plots[0], SpectrumPlot):
            self._plots[0].include((0.0, 1.0), 0.0)
        for items in self.items:
            for item in items:
                _empty(item)


def _question(ours: Drawing, there: Place) -> Question:
    kind = ours.figure.kind
    chosen = chosen_beside(kind, ours.figure, chosen_settings(kind, ours.settings))
    if ROWS[kind].over_time:
        there = there.at(there.snapshots - 1)
    return Question(kind, there, msgspec.json.encode(chosen))


def _figure_of(question: Question) -> Figure:
    return alone(question.kind, question.place, chosen_settings(question.kind, msgspec.json.decode(question.settings)))


def _pen(line: BesideLine) -> Any:
    style = Qt.PenStyle.DashDotLine if line.dash == "beside" else theme.DASHES[line.dash]
    return theme.line(line.colour or theme.beside(), style)


def _empty(item: pg.PlotCurveItem) -> None:
    item.setData([], [], stepMode=None)
