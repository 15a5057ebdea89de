"""The overview: all layers of a run side by side, the findings, and links to the panels that they come from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from workbench.figures.overview.measures import measure_named
from workbench.figures.settings import OverviewSettings
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.paint_queue import Once
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.help import OVERVIEW as HELP
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.panels.overview.answers import NO_COSTS, Known, Question, Rows, Wanted, Wish, units_of
from workbench.gui.panels.overview.exports import csv_name, csv_of, drawing_of, program_of
from workbench.gui.panels.overview.findings import Findings
from workbench.gui.panels.overview.kept import Kept
from workbench.gui.panels.overview.model import Shown
from workbench.gui.panels.overview.mouse import Mouse
from workbench.gui.panels.overview.pages import Pages
from workbench.gui.panels.overview.words import SHOWS, doubt, heading, line_of, show_curve
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.widgets.forms.values import list_for, switch_for
from workbench.gui.widgets.plain_text import DoubtLabel
from workbench.gui.work.saving_tables import TableFiles
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QShowEvent

    from workbench.figures.drawing import Drawing
    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.measures import Measure
    from workbench.figures.overview.words import Basis
    from workbench.gui.panels.overview.answers import Overview
    from workbench.gui.state.layer_rows import LayerRows
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop

REST_MS = 1500  # until what takes longer is asked for


class OverviewPanel(Panel):
    """Findings above, and below them a table of all layers, or one measure as a map of layers and snapshots."""

    kind = PanelKind(
        name="overview",
        title="Overview",
        help=HELP,
        settings=OverviewSettings,
        shortcut="Ctrl+8",
        next_to="run",
        way=ACROSS,
        shows_groups=True,
        asks_data=True,
    )

    save_requested = Signal(str, object)  # the name of a file, and what makes its text

    @classmethod
    def make(cls, shop: Workshop) -> OverviewPanel:
        panel = cls(shop.session, shop.pool, shop.slow_pool, shop.rows)
        panel.save_requested.connect(TableFiles(shop).save)
        return panel

    def __init__(
        self, session: Session, pool: ThreadPoolExecutor, slow_pool: ThreadPoolExecutor, rows: LayerRows
    ) -> None:
        self._rows = Rows(rows)
        super().__init__(session, pool)
        self.findings, self.pages = Findings(), Pages()
        self.table, self.map = self.pages.table, self.pages.map
        self.findings.keep_height_under(Mouse(self))
        self.picture.addWidget(self.findings.headline)
        self.picture.addWidget(self.findings, 2)
        self.picture.addWidget(self.pages, 3)
        self.doubt = DoubtLabel()
        self.picture.addWidget(self.doubt)
        self.picture.addStretch()
        self.measure = list_for(OverviewSettings, "measure")
        self.measuring = switch_for(OverviewSettings, "costs")
        for control in (self.measure, self.measuring, self.table.more):
            self.controls.addWidget(control)
        self.keep("measure", self.measure)
        self.keep("costs", self.measuring)
        self.export.menu().addAction("Save CSV…").triggered.connect(self.save)
        self.measure.currentIndexChanged.connect(self._mark)
        self._wanted: Wanted | None = None  # what was asked for beyond the last snapshot
        self._known: Known | None = None  # the answer so far
        self._finished = False
        self._kept = Kept(session)
        self._problem = ""
        self._resting = single_shot(self, REST_MS, self._ask_for_the_rest)
        self._asker = Latest(self._rows.and_the_rest, slow_pool, self, steps_aside=True)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.completed.connect(self._on_asker_completed)
        self._asker.failed.connect(self._on_asker_failed)
        self.units_behind = Latest(units_of, pool, self)  # which never wait for the network
        self._chosen_at: Selection | None = None  # where a number of the findings was clicked
        self._marking = self.following = Once(self, self._mark)
        self.units_behind.answered.connect(self._on_units_answered)
        self.table.chosen.connect(self._on_table_chosen)
        self.map.chosen.connect(self._on_map_chosen)
        self.findings.basis_chosen.connect(self._on_findings_basis_chosen)
        self.measuring.toggled.connect(self._on_measuring_toggled)

    def needs(self, selection: Selection) -> object:
        place = selection.place
        if place is None:
            return Empty("No run is open.")
        if not place.run.layers:
            return Empty("This run has no layer with a weight matrix.")
        if not place.snapshots:
            return Empty("This run has no snapshot yet. If it is still training, wait for the first one.")
        return Question(Place(place.source, snapshot=place.snapshots - 1))

    def compute(self, needs: Question) -> Iterator[Overview]:
        return self._rows.at_the_end(needs)

    def draw(self, result: Overview) -> None:
        self._want(result.question)
        self._mark()

    def clear(self) -> None:
        self._wanted = self._known = None
        self._asker.ask(None)

    def retry(self) -> None:
        """Also what rests on images, which may have changed."""
        self._wanted = self._known = None
        self._kept.forget()
        super().retry()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._mark()  # the selection may have moved on behind another tab

    def drawing(self) -> Drawing | None:
        known, place = self._known_now(), self.session.selection.place
        if known is None or place is None or not known.has(place.snapshot):
            return None
        return drawing_of(known, self._costs_wanted(), place, self.settings())

    def as_python(self) -> str | None:
        known, place = self._known_now(), self.session.selection.place
        if known is None or place is None:
            return None
        if place.group is not None:
            return group_table_program(self.drawing())
        return program_of(place, self.measure.currentData(), self._costs_wanted() is not None)

    def save(self) -> None:
        """Ask for a file and save what is shown, as `workbench overview` writes it."""
        known, place = self._known_now(), self.session.selection.place
        if known is not None and place is not None:
            costs, measure = self._costs_wanted(), self.measure.currentData()
            self.save_requested.emit(csv_name(place), lambda: csv_of(known, costs, place, measure))

    def shut(self) -> None:
        self._resting.stop()
        self._asker.close()
        self.units_behind.close()
        super().shut()

    @property
    def complete(self) -> bool:
        """Also all that takes longer is there."""
        return super().complete and (self._wanted is None or self._finished or not self.isVisible())

    @property
    def costs(self) -> Mapping[str, LayerCosts]:
        """What is known of the costs, by layer."""
        return NO_COSTS if self._known is None else self._known.costs

    def _costs_wanted(self) -> Mapping[str, LayerCosts] | None:
        """What is known of the costs; None where they are not measured."""
        measured = self._wanted is not None and self._wanted.costs
        return self.costs if measured and self._measure_of_map() is None else None

    def _known_now(self) -> Overview | None:
        """What is shown of the selected run; None where nothing is."""
        known: Overview | None = self.shown_result if self._known is None else self._known.overview
        place = self.session.selection.place
        return known if known and place is not None and place.same_source(known.question.place) else None

    # --- what takes longer ---

    def _want(self, question: Question) -> None:
        """Ask soon for all snapshots and for costs, unless that was done: panels of the selected layer come first."""
        wanted = Wanted(question, costs=self.measuring.isChecked() and question.place.source.finished)
        if wanted != self._wanted:
            same = self._known is not None and self._known.overview.question == question
            self._known = Known(self._known.overview, NO_COSTS) if self._known is not None and same else None
            self._wanted, self._finished, self._problem = wanted, False, ""
            kept = self._kept.of(wanted)
            if kept is not None:
                self._known, self._finished = kept, True
                self._resting.stop()
                self._asker.ask(None)
                return
            if not self._resting.isActive():  # else a run that grows fast would postpone it forever
                self._resting.start()

    def _ask_for_the_rest(self) -> None:
        self._asker.ask(self._wanted)

    def _on_measuring_toggled(self) -> None:
        if self.shown_result is not None:
            self._want(self.shown_result.question)
            self._mark()

    # --- drawing ---

    def _mark(self) -> None:
        """Show the numbers at the selected snapshot, with the selected layer set off."""
        known, place = self._known_now(), self.session.selection.place
        if known is None or place is None:
            return
        layers = tuple(known.histories)
        shown = Shown(layers, known.histories, self.costs, min(place.snapshot, known.last), known.last)
        self.pages.fill(shown, self._measure_of_map(), place.layer)
        self.findings.show_findings(known, self.costs, place.layer, self._measuring, heading(known, place))
        self.line.setText(line_of(known, place, self.costs if self._measuring else None, self._problem))
        self.doubt.setText(doubt(known, self.costs, place.layer, heading(known, place)))

    def _measure_of_map(self) -> Measure | None:
        return measure_named(self.measure.currentData())

    @property
    def _measuring(self) -> bool:
        """Whether costs are still to come."""
        return self._wanted is not None and self._wanted.costs and not self._finished

    def place_at(self, position: QPoint) -> Place | None:
        """The layer whose row lies at a position of the panel; None where there is none."""
        place, index = self.session.selection.place, self.table.indexAt(self.table.viewport().mapFrom(self, position))
        layer = self.table.layers.layer_at(index.row()) if self.table.isVisible() else None
        return None if place is None or layer is None else replace(place, layer=layer)

    # --- slots ---

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if self.isVisible():
            self._marking.ask()

    def _on_table_chosen(self, layer: str, measure: Measure | None) -> None:
        self.session.select(layer=layer)
        if measure is not None:
            costs = self.costs.get(layer)
            self._go_to(measure.panel, measure.name, "" if costs is None else costs.order)

    def _on_map_chosen(self, layer: str, snapshot: int) -> None:
        self.session.select(layer=layer, snapshot=snapshot)

    def _on_findings_basis_chosen(self, basis: Basis) -> None:
        self._chosen_at = self.session.selection
        self.units_behind.ask(Wish(basis, self.costs.get(basis.place.layer)))

    def _on_units_answered(self, answer: Answer) -> None:
        basis: Basis = answer.question.basis
        now, then = self.session.selection, self._chosen_at
        if then is None or now.place is None or not now.place.same_source(basis.place):
            return
        if not now.place.same_layer(then.place) or now.units != then.units:
            return  # something else was selected meanwhile
        units = {"units": answer.value} if answer.value else {}  # some numbers, such as a rank, are of no units
        self.session.select(layer=basis.place.layer, snapshot=basis.place.snapshot, **units)  # one step to undo
        self._go_to(SHOWS[basis.kind], basis.kind, basis.order)

    def _go_to(self, panel: str, kind: str, order: str) -> None:
        show_curve(self.others, kind, order)
        self.panel_requested.emit(panel)

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.question == self._wanted:
            self._known = answer.value
            self._mark()

    def _on_asker_completed(self, wanted: Wanted | None) -> None:
        if wanted is not None and wanted == self._wanted:
            self._finished = True
            if self._known is not None:
                self._kept.keep(wanted, self._known)
            self._mark()

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question == self._wanted:
            self._finished, self._problem = True, f"Some numbers are missing. {failure.words}"
            self._mark()
