"""The spectrum: the eigenvalues of W Wᵀ against the Marchenko–Pastur law."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox

from workbench.figures import looks
from workbench.figures.drawing import Drawing
from workbench.figures.settings import SpectrumSettings
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Picture, Question, pictures_of
from workbench.gui.panels.base import Panel
from workbench.gui.panels.empty import Empty, place_with_layer
from workbench.gui.panels.help import SPECTRUM as HELP
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.plots.axes import room_beside
from workbench.gui.plots.plot import Entry, Legend, Plot
from workbench.gui.plots.rug import Rug
from workbench.gui.state import theme
from workbench.gui.state.program import program
from workbench.gui.widgets.plain_text import DoubtLabel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.analysis.marchenko_pastur import Scale
    from workbench.gui.state.session import Selection, Session

SCALES: dict[str, Scale | None] = {"auto": None, "linear": "linear", "log": "log"}
DENSITY = {"linear": "density per unit of λ", "log": "density per decade"}
MANTISSAS = ((1,), (1, 2, 5))
LEAST = 1e-15  # of an eigenvalue on a log axis
LAWS = {name: (look.colour, theme.DASHES[look.dash]) for name, look in looks.LAWS.items()}


class SpectrumAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis that on its log scale labels as many of 1, 2 and 5, or of the decades, as fit."""

    def logTickValues(
        self, low: float, high: float, size: float, _linear: object
    ) -> list[tuple[float | None, list[float]]]:
        decade, room = size / (high - low), room_beside()
        labelled = MANTISSAS[int(decade * log10(2.0) > room)]
        step = max(ceil(room / decade), 1)
        decades = range(floor(low), ceil(high) + 1)
        major = [k + log10(mantissa) for k in decades if k % step == 0 for mantissa in labelled]
        minor = [k + log10(mantissa) for k in decades for mantissa in range(1, 10)]
        return [(1.0, _between(major, low, high)), (None, _between(minor, low, high))]

    def logTickStrings(self, values: list[float], _scale: float, spacing: float | None) -> list[str]:
        return [f"{10.0**value:.3g}" if spacing else "" for value in values]


def _between(values: list[float], low: float, high: float) -> list[float]:
    return [value for value in values if low <= value <= high]


OUTLINE = "Outline of the spectrum at snapshot 0"
NO_INITIALISATION = "This run does not contain its initialisation: its training may have begun before snapshot 0"
NO_SPECTRUM = "Snapshot 0 has no spectrum to draw: its weights are zero or not finite"


class SpectrumPlot(Plot):
    """The plot's items, made once and fed with `show_picture`; a double click brings its axes back."""

    def __init__(self) -> None:
        super().__init__("eigenvalue λ of WWᵀ", DENSITY["linear"], SpectrumAxis("bottom"))
        steps: dict[str, Any] = {"stepMode": "center", "antialias": False}
        self.bars = pg.PlotCurveItem([0, 1], [0], fillLevel=0, **steps)
        self.ghost = pg.PlotCurveItem([0, 1], [0], **steps)
        self.ghost.setOpacity(0.55)
        self.laws = {name: pg.PlotCurveItem() for name in LAWS}
        self.edges = {name: tuple(pg.InfiniteLine(angle=90) for _ in range(2)) for name in LAWS}
        for item in (self.bars, self.ghost, *self.laws.values()):
            self.addItem(item)
        for line in (line for pair in self.edges.values() for line in pair):
            line.setOpacity(0.6)
            self.addItem(line, ignoreBounds=True)
        self.rug = Rug(self.getPlotItem())
        self.dress(self._dress)
        self._scale: Scale = "linear"
        self._view, self._top = (0.0, 1.0), 1.0
        self.show_all()

    def _dress(self) -> None:
        colours = theme.current()
        fill = QColor(colours.accent)
        fill.setAlpha(90)
        self.bars.setBrush(fill)
        self.bars.setPen(theme.line(colours.accent))
        self.ghost.setPen(theme.line(colours.foreground))
        for name, curve in self.laws.items():
            for item in (curve, *self.edges[name]):
                item.setPen(_pen(name))
        self.rug.set_colours(colours.foreground, colours.background)

    def show_picture(self, shown: Picture) -> None:
        """Feed the items; the axes move only where the picture asks for other ones than the last."""
        ticks = shown.ticks
        self.bars.setData(ticks, shown.density)
        self.ghost.setData(ticks, shown.initial)
        for name, curve in shown.curves.items():
            self.laws[name].setData(*curve)
            for number, line in enumerate(self.edges[name]):
                line.setVisible(number < len(shown.limits[name]))
                if number < len(shown.limits[name]):
                    line.setValue(shown.limits[name][-1 - number])
        self.rug.set_values(shown.rug, shown.rug_texts)
        self._show_scale(shown.scale)
        self._show_range(shown.view, shown.top)

    def forget(self) -> None:
        """Take away all that was shown."""
        for item in (self.bars, self.ghost):
            item.setData([0, 1], [0])
        for name, curve in self.laws.items():
            curve.setData([], [])
            for line in self.edges[name]:
                line.setVisible(False)
        self.rug.set_values(np.zeros(0), ())

    def show_all(self) -> None:
        self.getPlotItem().vb.setRange(xRange=self._view, yRange=(0.0, self._top), padding=0)

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        (low, high), up = super().ranges()
        return ((10.0**low, 10.0**high) if self._scale == "log" else (low, high)), up

    def show_ranges(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        low, high = across
        if self._scale == "log":
            low, high = log10(max(low, LEAST)), log10(max(high, LEAST))
        super().show_ranges((low, high), up)

    def _show_scale(self, scale: Scale) -> None:
        if scale != self._scale:
            self._scale = scale
            self.getPlotItem().getAxis("bottom").setLogMode(x=scale == "log", y=False)
            self.set_y_label(DENSITY[scale])

    def _show_range(self, view: tuple[float, float], top: float) -> None:
        box = self.getPlotItem().vb
        if view != self._view:
            box.setXRange(*view, padding=0)
        if top != self._top:
            box.setYRange(0.0, top, padding=0)
        self._view, self._top = view, top


class SpectrumPanel(Panel):
    """The spectral density of a layer at a snapshot, the law of chance over it, and what lies beyond."""

    kind = PanelKind(
        name="spectrum",
        title="Spectrum",
        help=HELP,
        settings=SpectrumSettings,
        shortcut="Ctrl+3",
        way=ACROSS,
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self._shown_picture: Picture | None = None
        self._pointer: tuple[float, float] | None = None
        self.plot = SpectrumPlot()
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(self._on_plot_left)
        self.legend = Legend()
        self.scale = QComboBox()
        for name in SCALES:
            self.scale.addItem(f"{name} axis", name)
        self.scale.setToolTip(
            "Axis of the eigenvalues; auto is logarithmic where the largest is over 10 times the edge"
        )
        self.scale.setAccessibleName("Axis of the eigenvalues")
        self.scale.currentIndexChanged.connect(self._on_scale_changed)
        self.initial = QCheckBox("Initial")
        self.initial.setToolTip(OUTLINE)
        self.initial.setChecked(True)
        self.initial.toggled.connect(self._on_initial_toggled)
        self.keep("scale", self.scale, "axis")
        self.keep("initial", self.initial, "initial outline")
        self.zoom = self.keep_zoom(self.plot)
        self.controls.addWidget(self.scale)
        self.controls.addWidget(self.initial)
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.plot, 1)
        self.doubt = DoubtLabel()
        self.picture.addWidget(self.doubt)

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        scale = tuple(SCALES.values())[self.scale.currentIndex()]
        return Question(place, scale)

    @staticmethod
    def compute(needs: Question) -> Iterator[Picture | Empty]:
        here = f"{needs.place.layer}, snapshot {needs.place.snapshot}"
        for found in pictures_of(needs):
            empty = f"{here}: all weights are zero, so there is no spectrum."
            yield Empty(empty) if found is None else found

    def wants(self, question: Any) -> bool:
        """Also an earlier snapshot while the timeline is dragged: the line names the epoch that is shown."""
        latest = self._question
        if not isinstance(latest, Question):
            return False
        return self.place(question) == self.place(latest) and question.scale == latest.scale

    def draw(self, result: Picture | Empty) -> None:
        if isinstance(result, Empty):
            self._shown_picture = None
            self._say(result.reason)
            return
        self._shown_picture = result
        self.plot.show_picture(result)
        self.doubt.setText(result.result.doubt)
        self.zoom.show_for(result.axes)
        self.plot.ghost.setVisible(self.initial.isChecked())
        self._allow_initial(result)
        self._show_legend(result)
        self._show_line()

    def as_python(self) -> str | None:
        shown, question = self._shown_picture, self._shown
        if shown is None or not isinstance(question, Question):
            return None
        return program(
            question.place.run,
            f"found = wb.layer_spectrum(run, {question.place.layer!r}, {question.place.snapshot}, {shown.scale!r})",
            "print(found.words, found.outliers)",
        )

    def clear(self) -> None:
        self._shown_picture = self._pointer = None
        self.plot.forget()
        self.doubt.setText("")
        self.legend.set_entries(())

    def drawing(self) -> Drawing | None:
        shown, question = self._shown_picture, self._shown
        if shown is None or not isinstance(question, Question):
            return None
        units = tuple(sorted(self.session.selection.units))
        figure = spectrum_figure(shown, self.initial.isChecked(), self.zoom.zoom)
        return Drawing(figure, question.place, units, self.settings())

    def _allow_initial(self, shown: Picture) -> None:
        """Let the outline be chosen only where there is one, and say why there is none."""
        assert isinstance(self._question, Question)
        holds = self._question.place.run.spec.holds_initialisation
        drawn = bool(np.any(shown.initial))
        self.initial.setEnabled(drawn)
        self.initial.setToolTip(OUTLINE if drawn else NO_SPECTRUM if holds else NO_INITIALISATION)

    def _show_legend(self, shown: Picture) -> None:
        colours = theme.current()
        entries = [Entry("now", colours.accent, "box")]
        if self.initial.isChecked() and np.any(shown.initial):
            entries.append(Entry("initial", colours.foreground, "outline"))
        if shown.result.initialiser is not None:
            entries.append(Entry("MP, σ² initialiser", _colour("initialiser"), "line"))
        entries.append(Entry("MP, σ² entries", _colour("entries"), "dashed"))
        if shown.limits["bulk"]:
            entries.append(Entry("MP, σ² of the bulk", _colour("bulk"), "dotted"))
        # The ticks stay in the legend while there are none, so that the plot keeps its height.
        named = len(shown.result.outliers) == len(shown.rug)
        entries.append(Entry("outliers" if named else "largest", colours.foreground, "line"))
        self.legend.set_entries(entries)

    def _show_line(self) -> None:
        shown = self._shown_picture
        if shown is not None:
            self.line.setText(shown.words if self._pointer is None else shown.reading(*self._pointer))

    def _on_scale_changed(self, _index: int) -> None:
        self.refresh()

    def _on_initial_toggled(self, checked: bool) -> None:
        self.plot.ghost.setVisible(checked)
        if self._shown_picture is not None:
            self._show_legend(self._shown_picture)

    def _on_plot_pointed(self, x: float, y: float) -> None:
        self._pointer = (x, y)
        self._show_line()

    def _on_plot_left(self) -> None:
        self._pointer = None
        self._show_line()


def _pen(law: str) -> Any:
    return theme.line(_colour(law), LAWS[law][1])


def _colour(law: str) -> QColor:
    colour = QColor(LAWS[law][0])
    return colour.lighter(140) if theme.current().dark else colour
