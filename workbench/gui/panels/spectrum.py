"""The spectrum: the eigenvalues of W Wᵀ against the Marchenko–Pastur law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.drawing import Drawing
from workbench.figures.settings import SpectrumSettings
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Picture, Question, pictures_of
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.help import SPECTRUM as HELP
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.spectrum_plot import SpectrumPlot, colour_of
from workbench.gui.state import theme
from workbench.gui.state.program import program
from workbench.gui.widgets.forms.values import list_for, switch_for
from workbench.gui.widgets.plain_text import DoubtLabel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.analysis.spectra.marchenko_pastur import Scale
    from workbench.gui.state.session import Selection, Session

SCALES: dict[str, Scale | None] = {"auto": None, "linear": "linear", "log": "log"}
OUTLINE = "Outline of the spectrum at snapshot 0"
NO_INITIALISATION = "This run does not contain its initialisation: its training may have begun before snapshot 0"
NO_SPECTRUM = "Snapshot 0 has no spectrum to draw: its weights are zero or not finite"


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
        self.scale = list_for(SpectrumSettings, "scale")
        self.scale.currentIndexChanged.connect(self._on_scale_changed)
        self.initial = switch_for(SpectrumSettings, "initial")
        self.initial.toggled.connect(self._on_initial_toggled)
        self.keep("scale", self.scale)
        self.keep("initial", self.initial)
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
            entries.append(Entry("MP, σ² initialiser", colour_of("initialiser"), "line"))
        entries.append(Entry("MP, σ² entries", colour_of("entries"), "dashed"))
        if shown.limits["bulk"]:
            entries.append(Entry("MP, σ² of the bulk", colour_of("bulk"), "dotted"))
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
