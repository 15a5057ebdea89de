"""Compare: what changed in a layer, from an earlier snapshot or another run: its rank against noise, and angles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout

from workbench.figures.comparing.figure import BEYOND, CHANCE, EDGE, WITHIN, compare_figure
from workbench.figures.comparing.picture import Picture, Question, other_place, picture_of
from workbench.figures.drawing import Drawing
from workbench.figures.looks import CHANGES
from workbench.figures.settings import CompareSettings
from workbench.gui.panels.base import Panel
from workbench.gui.panels.compare.help import COMPARE as HELP
from workbench.gui.panels.compare.plots import AnglesPlot, ChangePlot
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.state import theme
from workbench.gui.state.program import absolute, program
from workbench.gui.widgets.forms.values import Setting, list_for, whole_box_for
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.collection.naming import short_name
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session
    from workbench.runs.place import Place
    from workbench.runs.run import Run

THIS_RUN = "This run"


@dataclass(frozen=True)
class Nothing:
    """Why the chosen run cannot be compared with the selected place."""

    place: Place
    other: str  # the id of its run
    reason: str


class ComparePanel(Panel):
    """The change of a layer between two networks."""

    kind = PanelKind(
        name="compare",
        title="Compare",
        help=HELP,
        settings=CompareSettings,
        shortcut="Ctrl+Shift+8",
        slow=True,
        next_to="low_rank",
        patience_ms=150,
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.plot = ChangePlot()
        self.angles = AnglesPlot()
        self.legend = Legend()
        self.other = QComboBox()
        self.other.setAccessibleName("Compared with")
        self.other.setToolTip("The run that the selected layer is compared with")
        self.other.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.when, self.rank = list_for(CompareSettings, "when"), whole_box_for(CompareSettings, "rank")
        self._fill()
        self.keep("other", Setting(self.other.currentData, self._choose, self.other), "compared with")
        self.keep("when", self.when)
        self.keep("rank", self.rank)
        self.other.currentIndexChanged.connect(self._on_other_changed)
        self.when.currentIndexChanged.connect(self._on_control_changed)
        self.rank.valueChanged.connect(self._on_control_changed)
        session.runs_changed.connect(self._on_runs_changed)
        for control in (self.other, self.when, self.rank):
            self.controls.addWidget(control)
        self.picture.addWidget(self.legend)
        self.reason = plain_label("")  # why there is no picture; the controls, which can change that, stay
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        plots = QHBoxLayout()
        for widget in (self.plot, self.angles, self.reason):
            plots.addWidget(widget, 1)
        self.picture.addLayout(plots, 1)
        self._show_plots("")

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        other = self._other_run(place.run)
        if other is not None and not other.snapshots:
            return Nothing(place, other.run_id, f"{short_name(other)} has no snapshot yet.")
        try:
            return Question(place, other_place(place, other, self.when.currentData()), self.rank.value())
        except RunError:
            assert other is not None
            return Nothing(place, other.run_id, f"{short_name(other)} has no layer {place.layer}.")

    def place(self, needs: Any) -> object:
        return needs.place.subject, needs.other if isinstance(needs, Nothing) else needs.other.subject

    @staticmethod
    def compute(needs: Question | Nothing) -> Picture | Nothing:
        if isinstance(needs, Nothing):
            return needs
        found = picture_of(needs)
        if found.change.changes is None:
            return Nothing(needs.place, needs.other.run.run_id, found.change.verdict)
        return found

    def draw(self, result: Picture | Nothing) -> None:
        if isinstance(result, Nothing):
            self.clear()
            self._show_plots(literal(result.reason))
            self.line.setText(f"{result.place.words}: not compared")
            return
        self._show_plots("")
        figure = compare_figure(result)
        self.plot.show_change(figure)
        self.angles.show_angles(figure)
        colours, entries = theme.current(), []
        if figure.rank:
            entries.append(Entry(BEYOND, colours.accent, "dot"))
        if len(figure.eigenvalues) > figure.rank:
            entries.append(Entry(WITHIN, colours.accent, "ring"))
        if np.isfinite(figure.edge):
            entries.append(Entry(EDGE, CHANGES["edge"].colour, "dashed"))
        if len(figure.degrees):
            entries.append(Entry(CHANCE, CHANGES["chance"].colour, "dashed"))
        self.legend.set_entries(entries)
        self.line.setText(result.words)

    def clear(self) -> None:
        self.plot.forget()
        self.angles.forget()
        self.legend.set_entries(())

    def drawing(self) -> Drawing | None:
        shown = self.shown_result
        if not isinstance(shown, Picture):
            return None
        place, other = shown.question.place, shown.question.other
        units = tuple(sorted(self.session.selection.units))
        more = () if other.run.locator == place.run.locator else (other.run,)
        return Drawing(compare_figure(shown), place, units, self.settings(), group=more)

    def as_python(self) -> str | None:
        shown = self.shown_result
        if not isinstance(shown, Picture):
            return None
        place, other, rank = shown.question.place, shown.question.other, shown.question.rank
        path = f"{absolute(other.run.path)[:-1]}@{other.snapshot}'"
        here = f"{absolute(place.run.path)[:-1]}@{place.snapshot}'"
        return program(
            place.run,
            f"found = wb.compare({path}, {here}, {place.layer!r}, rank={rank})",
            "print(found.layers[0].verdict)",
            "print(found.layers[0].difference)",
            "print(found.layers[0].degrees)",
        )

    def _show_plots(self, reason: str) -> None:
        """Show the plots, or why there is nothing in them."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        for plot in (self.plot, self.angles):
            plot.setVisible(not reason)

    def _other_run(self, run: Run) -> Run | None:
        """The run that is chosen; None: the selected one itself."""
        found = next((each for each in self.session.runs if each.run_id == self.other.currentData()), None)
        return None if found is None or found.locator == run.locator else found

    def _fill(self) -> None:
        """List the open runs; a chosen one that was closed gives way to this run."""
        chosen = self.other.currentData() or ""
        self.other.blockSignals(True)
        self.other.clear()
        self.other.addItem(THIS_RUN, "")
        for run in self.session.runs:
            self.other.addItem(short_name(run), run.run_id)
        self.other.setCurrentIndex(max(self.other.findData(chosen), 0))
        self.other.blockSignals(False)

    def _choose(self, run_id: object) -> None:
        """Choose an open run by its id. ValueError: it is not open."""
        at = self.other.findData(run_id) if isinstance(run_id, str) else -1
        if at < 0:
            raise ValueError(f"{run_id!r} is no open run")
        self.other.setCurrentIndex(at)

    def _on_runs_changed(self) -> None:
        self._fill()
        self.refresh()

    def _on_other_changed(self, _index: int) -> None:
        self.settings_changed.emit()
        self.refresh()

    def _on_control_changed(self, _value: int) -> None:
        self.refresh()
