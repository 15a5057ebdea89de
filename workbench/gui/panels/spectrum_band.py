"""The band of the spectrum panel: dragged over eigenvalues, it gives the accuracy without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from workbench.analysis.spectra.edges import band_between, band_of_tail
from workbench.gui.background.latest import Latest
from workbench.gui.widgets.forms.values import Setting, number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QWidget

    from workbench.analysis.spectra.edges import Tail
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.evaluation.ranks.band import Band
    from workbench.figures.spectrum.picture import Picture, Question
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.plots.spectrum_plot import SpectrumPlot
    from workbench.runs.place import Place

TIP = "Mark a band of eigenvalues in the plot and drag it: the accuracy without them, beside as many random directions"
NOTHING = "No eigenvalue lies in the band: drag it over some."


@dataclass(frozen=True)
class BandQuestion:
    """Which eigenvalues of which matrix are removed."""

    place: Place
    about: Approximated
    first: int
    last: int


class BandCost(QObject):
    """The switch, the region in the plot, and what the network says; `changed` follows every change of these."""

    changed = Signal()
    refused = Signal(str)  # why a band cannot be shown

    def __init__(self, plot: SpectrumPlot, pool: ThreadPoolExecutor, panel: QWidget) -> None:
        super().__init__(panel)
        self.switch = QPushButton("Band")
        self.switch.setCheckable(True)
        self.switch.setToolTip(TIP)
        self.switch.toggled.connect(self._on_switch_toggled)
        self._plot = plot
        plot.band.sigRegionChanged.connect(self._on_region_changed)
        self._latest = Latest(_ever_better, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.completed.connect(self._on_latest_completed)
        self._latest.failed.connect(self._on_latest_failed)
        self._shown: tuple[Question, Picture] | None = None
        self._range: tuple[float, float] | None = None  # of λ
        self._axes = ""  # which layer and matrix that was chosen for; "": not known
        self._asked: BandQuestion | None = None
        self._completed: BandQuestion | None = None
        self._answer: Band | None = None
        self._problem = ""

    @property
    def range(self) -> tuple[float, float] | None:
        """From λ to λ, where the band is shown."""
        return self._range if self.switch.isChecked() else None

    @property
    def numbers(self) -> tuple[int, int] | None:
        """The first and last eigenvalue in the band, 1 is the largest; None where it is not shown or holds none."""
        return None if self._asked is None else (self._asked.first, self._asked.last)

    @property
    def answer(self) -> Band | None:
        """The best answer to that so far."""
        return self._answer

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to come."""
        return self._asked is None or self._completed == self._asked

    @property
    def words(self) -> str:
        """What is known of the band, as a clause; "" where it is not shown."""
        if not self.switch.isChecked() or self._shown is None:
            return ""
        if self._problem or self._asked is None:
            return self._problem or NOTHING
        return f"without {_named(self._asked)}: measuring…" if self._answer is None else self._answer.words

    def show_for(self, question: Question | None, picture: Picture | None) -> None:
        """The spectrum that the panel shows from now on; None: none."""
        self._shown = None if question is None or picture is None else (question, picture)
        if self._shown is not None and self.switch.isChecked():
            self._place_region()
        self._ask()

    def offer(self, possible: bool, why: str) -> None:
        """Whether a band can be chosen of what is shown; else `why` it cannot."""
        self.switch.setEnabled(possible)
        self.switch.setToolTip(TIP if possible else f"{why[0].upper()}{why[1:]}")
        if not possible:
            self._plot.show_band(None)

    def choose(self, tail: Tail) -> None:
        """Show the band below the edges of chance, between them, or beyond them."""
        if self._shown is None:
            return
        question, picture = self._shown
        law, values = picture.result.counted_against, picture.result.eigenvalues
        try:
            if law is None:
                raise ValueError("there are no edges to count against")
            first, last = band_of_tail(values, law, tail)
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self._range, self._axes = (float(values[last - 1]), float(values[first - 1])), question.axes
        self.switch.setChecked(True)
        self._place_region()
        self._ask()

    def setting(self) -> Setting:
        """The band as [from λ, to λ], or None."""
        return Setting(lambda: None if self.range is None else list(self.range), self._write, self.switch)

    def forget(self) -> None:
        """What was answered may not be true any more: the same is asked again with the next picture."""
        self._latest.drop()
        self._asked = self._answer = self._completed = None

    def shut(self) -> None:
        """Nothing more is asked."""
        self._latest.close()

    def _write(self, value: object) -> None:
        if value is None:
            self.switch.setChecked(False)
            return
        if not isinstance(value, list) or len(value) != 2:
            raise ValueError("a band goes from one eigenvalue to another")
        low, high = sorted(number(each) for each in value)
        self._range, self._axes = (low, high), ""
        self.switch.setChecked(True)
        self._place_region()
        self._ask()

    def _on_switch_toggled(self, checked: bool) -> None:
        if checked and self._shown is not None:
            self._place_region()
        self._plot.show_band(self.range)
        self._ask()

    def _place_region(self) -> None:
        """In another layer or matrix, or where it holds nothing, it goes to the outliers, or to the largest tenth."""
        assert self._shown is not None or self._range is not None
        if self._shown is not None:
            values, axes = self._shown[1].result.eigenvalues, self._shown[0].axes
            if self._axes not in ("", axes):
                self._range = None
            self._axes = axes
            if self._range is None or not np.any((values >= self._range[0]) & (values <= self._range[1])):
                count = len(self._shown[1].result.outliers) or max(len(values) // 10, 1)
                self._range = float(values[count - 1]), float(values[0])
        self._plot.show_band(self.range)

    def _on_region_changed(self) -> None:
        self._range = self._plot.band_range()
        self._ask()

    def _ask(self) -> None:
        before, self._asked = self._asked, self._question()
        if self._asked != before:
            self._answer, self._problem = None, ""
            if self._asked is None:
                self._latest.drop()
            else:
                self._latest.ask(self._asked)
        self.changed.emit()

    def _question(self) -> BandQuestion | None:
        if self._shown is None or self.range is None:
            return None
        question, picture = self._shown
        try:
            first, last = band_between(picture.result.eigenvalues, *self.range)
        except ValueError:  # there are none
            return None
        return BandQuestion(question.place, question.about, first, last)

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self._asked:
            self._answer = answer.value
            self.changed.emit()

    def _on_latest_completed(self, question: BandQuestion) -> None:
        self._completed = question
        self.changed.emit()

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self._asked:
            self._completed = self._asked
            self._problem = f"no accuracy without the band. {failure.words}"
            self.changed.emit()


def _ever_better(question: BandQuestion) -> Iterator[Any]:
    from workbench.evaluation.ranks.band import bands

    yield from bands(question.place, question.about, question.first, question.last)


def _named(question: BandQuestion) -> str:
    one = question.first == question.last
    return f"eigenvalue {question.first}" if one else f"eigenvalues {question.first} to {question.last}"
