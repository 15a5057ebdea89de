"""The spectrum: the eigenvalues of W Wᵀ against the Marchenko–Pastur law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.evaluation.ranks.approximated import MATRICES, NO_START
from workbench.figures.drawing import Drawing
from workbench.figures.settings import SpectrumSettings
from workbench.figures.spectrum.directions import SpectralDirection, direction_at
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Picture, Question, pictures_of
from workbench.gui.background.latest import Latest
from workbench.gui.panels.base import Panel
from workbench.gui.panels.beside import BesideRow
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.help import SPECTRUM as HELP
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.panels.programs import spectrum_program
from workbench.gui.panels.spectrum_band import BandCost
from workbench.gui.panels.spectrum_controls import AdvancedSpectrum
from workbench.gui.panels.whole_matrix import WholeMatrixButton
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.plots.spectrum_plot import SpectrumPlot, colour_of
from workbench.gui.state import theme
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.widgets.forms.values import list_for
from workbench.gui.widgets.plain_text import DoubtLabel
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.gui.background.latest import Answer
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop

SCALES: dict[str, Scale | None] = {"auto": None, "linear": "linear", "log": "log"}
NO_UNITS = "No units are selected: Shift-drag around some in the weight graph, or choose W."
OF_ONE_RUN = (
    "Units of different seeds are not the same units, so there is no spectrum of selected units over a group: "
    "choose another matrix, or one run in the Run panel."
)
ONE_RUN = "choose one run in the Run panel to measure without a band, or to select the units of an eigenvalue"
OUTLINE = "Outline of the spectrum at snapshot 0"
NO_INITIALISATION = "This run does not contain its initialisation: its training may have begun before snapshot 0"
NO_OUTLINE = "The outline at snapshot 0 is drawn of W, of selected units and of normalised rows"
NO_SPECTRUM = "Snapshot 0 has no spectrum to draw: its weights are zero or not finite"


def _shape(question: Question) -> tuple[object, ...]:
    """All that a question asks for besides the place."""
    return question.scale, question.matrix, question.units, question.shuffled, question.counted


def _direction(asked: tuple[Question, int]) -> SpectralDirection:
    question, number = asked
    return direction_at(question.place, number, question.about)


class SpectrumPanel(Panel):
    """The spectral density of a layer at a snapshot, the law of chance over it, and what lies beyond."""

    kind = PanelKind(
        name="spectrum",
        title="Spectrum",
        help=HELP,
        settings=SpectrumSettings,
        shortcut="Ctrl+3",
        way=ACROSS,
        shows_groups=True,
        asks_data=True,
    )

    @classmethod
    def make(cls, shop: Workshop) -> SpectrumPanel:
        return cls(shop.session, shop.pool, shop.slow_pool)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, slow_pool: ThreadPoolExecutor | None = None) -> None:
        super().__init__(session, pool)
        self._shown_picture: Picture | None = None
        self._pointer: tuple[float, float] | None = None
        self.plot = SpectrumPlot()
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(self._on_plot_left)
        self.plot.outlier_clicked.connect(self._on_plot_outlier_clicked)
        self.band = BandCost(self.plot, slow_pool or pool, self)
        self.band.changed.connect(self._on_band_changed)
        self._direction = Latest(_direction, pool, self)
        self._direction.answered.connect(self._on_direction_answered)
        self._direction.failed.connect(lambda failure: self.line.setText(failure.words))
        self.legend = Legend()
        self.scale = list_for(SpectrumSettings, "scale")
        self.scale.currentIndexChanged.connect(self._on_scale_changed)
        self.matrix = list_for(SpectrumSettings, "matrix")
        self.matrix.currentIndexChanged.connect(self.refresh)
        self.whole = WholeMatrixButton(self, self.matrix)
        self.advanced = AdvancedSpectrum()
        self.initial, self.shuffled, self.counts = self.advanced.switches
        self.advanced.tail_chosen.connect(self.band.choose)
        self.band.refused.connect(self._on_band_refused)
        self.initial.toggled.connect(self._on_initial_toggled)
        for switch in (self.shuffled, self.counts):
            switch.toggled.connect(self.refresh)
        self.keep("scale", self.scale)
        self.keep("initial", self.initial)
        self.keep("matrix", self.matrix)
        self.keep("shuffled", self.shuffled)
        self.keep("counts", self.counts)
        self.keep("band", self.band.setting())
        self.zoom = self.keep_zoom(self.plot)
        for control in (self.matrix, self.scale, self.band.switch, self.advanced):
            self.controls.addWidget(control)
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.plot, 1)
        self.doubt = DoubtLabel()
        self.picture.addWidget(self.doubt)
        self.beside = BesideRow(self, slow_pool or pool, (self.plot,))

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        scale, matrix = tuple(SCALES.values())[self.scale.currentIndex()], self.matrix.currentData()
        units = tuple(sorted(selection.units)) if matrix == "units" else ()
        if matrix == "units" and place.group is not None:
            return Empty(OF_ONE_RUN)
        if MATRICES[matrix].moved and not place.run.spec.holds_initialisation:
            return Empty(NO_START)
        if matrix == "units" and not units:
            return Empty(NO_UNITS)
        return Question(place, scale, matrix, units, self.shuffled.isChecked(), self.counts.isChecked())

    @staticmethod
    def compute(needs: Question) -> Iterator[Picture | Empty]:
        here = f"{needs.place.layer}, snapshot {needs.place.snapshot}"
        for found in pictures_of(needs):
            zero = "all weights are zero" if needs.about.kind.drawn else f"{needs.about.name} is zero"
            yield Empty(f"{here}: {zero}, so there is no spectrum.") if found is None else found

    def wants(self, question: Any) -> bool:
        """Also an earlier snapshot while the timeline is dragged: the line names the epoch that is shown."""
        latest = self._question
        if not isinstance(latest, Question):
            return False
        return self.place(question) == self.place(latest) and _shape(question) == _shape(latest)

    def draw(self, result: Picture | Empty) -> None:
        if isinstance(result, Empty):
            self._shown_picture = None
            self._say(result.reason)
            return
        self._shown_picture = result
        self.plot.show_picture(result)
        self.doubt.setText(result.doubt)
        self.zoom.show_for(result.axes)
        alone = result.question.place.group is None
        self.band.show_for(result.question, result) if alone else self.band.show_for(None, None)
        self.band.offer(alone, ONE_RUN)
        self.plot.ghost.setVisible(self.initial.isChecked())
        self._allow_initial(result)
        self._show_legend(result)
        self._show_line()

    def as_python(self) -> str | None:
        shown, question = self._shown_picture, self._shown
        if shown is None or not isinstance(question, Question):
            return None
        if question.place.group is not None:
            return group_table_program(self.drawing())
        return spectrum_program(question, shown.scale, self.band.numbers)

    def clear(self) -> None:
        self._shown_picture = self._pointer = None
        self.band.show_for(None, None)
        self.plot.forget()
        self.doubt.setText("")
        self.legend.set_entries(())

    def drawing(self) -> Drawing | None:
        shown, question = self._shown_picture, self._shown
        if shown is None or not isinstance(question, Question):
            return None
        units = tuple(sorted(self.session.selection.units))
        place = question.place
        band = self.band.range if place.group is None else None
        figure = spectrum_figure(shown, self.initial.isChecked(), self.zoom.zoom, band)
        return Drawing(figure, place.alone, units, self.settings(), group=place.others)

    def _allow_initial(self, shown: Picture) -> None:
        """Let the outline be chosen only where there is one, and say why there is none."""
        assert isinstance(self._question, Question)
        holds = self._question.place.run.spec.holds_initialisation
        of_other = self._question.matrix in ("moved", "folded", "data")
        drawn = bool(np.any(shown.initial))
        self.initial.setEnabled(drawn)
        why = NO_OUTLINE if of_other else NO_SPECTRUM if holds else NO_INITIALISATION
        self.initial.setToolTip(OUTLINE if drawn else why)

    def _show_legend(self, shown: Picture) -> None:
        colours = theme.current()
        entries = [Entry("now", colours.accent, "box")]
        if self.initial.isChecked() and np.any(shown.initial):
            entries.append(Entry("initial", colours.foreground, "outline"))
        if shown.null is not None:
            entries.append(Entry("shuffled", colours.foreground, "dotted"))
        if shown.result.initialiser is not None:
            entries.append(Entry("MP, σ² initialiser", colour_of("initialiser"), "line"))
        entries.append(Entry("MP, σ² entries", colour_of("entries"), "dashed"))
        if shown.limits["bulk"]:
            entries.append(Entry("MP, σ² of the bulk", colour_of("bulk"), "dotted"))
        # The ticks stay in the legend while there are none, so that the plot keeps its height.
        entries.append(Entry("outliers" if shown.named_outliers else "largest", colours.foreground, "line"))
        entries += mean_entries(shown.question.place.source, "dot")
        self.legend.set_entries(entries)

    def _show_line(self) -> None:
        shown = self._shown_picture
        if shown is not None:
            band = self.band.words
            words = f"{shown.place}: {band}; {shown.words.removeprefix(f'{shown.place}: ')}" if band else shown.words
            self.line.setText(words if self._pointer is None else shown.reading(*self._pointer))

    def retry(self) -> None:
        self.band.forget()  # the images may be others
        super().retry()

    @property
    def complete(self) -> bool:
        return super().complete and (self.band.complete or not self.isVisible())

    def shut(self) -> None:
        super().shut()
        self.band.shut()
        self._direction.close()

    def _on_band_refused(self, why: str) -> None:
        if self._shown_picture is not None:
            self.line.setText(f"{self._shown_picture.place}: {why}")

    def _on_band_changed(self) -> None:
        self.settings_changed.emit()
        self._show_line()

    def _on_plot_outlier_clicked(self, number: int) -> None:
        shown = self._shown_picture
        if shown is not None and shown.question.place.group is not None:
            self.line.setText(f"{shown.place}: {ONE_RUN}")
        elif shown is not None:
            self._direction.ask((shown.question, number))

    def _on_direction_answered(self, answer: Answer) -> None:
        question, number = answer.question
        found: SpectralDirection = answer.value
        shown = self._shown_picture
        if shown is None or shown.question != question:
            return
        self.session.select(units=frozenset(found.units))
        held = f"{100 * found.share:.0f} % of the vector of eigenvalue {number} ({found.eigenvalue:.3g})"
        self.line.setText(f"{shown.place}: {counted(len(found.units), 'unit')} selected, which hold {held}")

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
