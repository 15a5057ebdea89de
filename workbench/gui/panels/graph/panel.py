"""The weight graph panel: units as nodes, an edge where two units point the same way (report, section 3.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from PySide6.QtCore import QSignalBlocker

from workbench.analysis.graph import default_cutoff as cutoff_at_first
from workbench.analysis.layout import forces
from workbench.figures.graph.cutoff import UNITS
from workbench.figures.graph.needs import GraphNeeds, needs_of
from workbench.figures.graph.words import in_words, unit_in_words
from workbench.figures.settings import GraphSettings
from workbench.figures.stacks.picture import StackedGraphs, StackedResult
from workbench.gui.background.errors import in_one_sentence
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.graph.chance import ChanceNote
from workbench.gui.panels.graph.controls import AdvancedGraph
from workbench.gui.panels.graph.cutoff import CutoffControl, read_cutoffs, with_units
from workbench.gui.panels.graph.drift import Drift
from workbench.gui.panels.graph.exporting import drawing_of
from workbench.gui.panels.graph.help import GRAPH as HELP
from workbench.gui.panels.graph.looking import Looking
from workbench.gui.panels.graph.nodes import ChosenNodes, stack_program
from workbench.gui.panels.graph.python import program_of
from workbench.gui.panels.graph.sets import GraphPanelSettings
from workbench.gui.panels.graph.stacking import Stacking
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.plots.graph.look import look
from workbench.gui.plots.graph.view import GraphView
from workbench.gui.plots.legend import Legend
from workbench.gui.widgets.forms.values import Setting, slider_for
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray

    from workbench.figures.drawing import Drawing
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.state.session import Selection, Session

FARTHEST = 1e6  # pixels from the middle: a layout of thousands of nodes stays far within


class GraphPanel(Panel):
    """The animated force-directed graph of the chosen layer."""

    kind = PanelKind(
        name="graph",
        title="Weight graph",
        help=HELP,
        settings=GraphPanelSettings,
        shortcut="Ctrl+2",
        next_to="spectrum",
        way=ACROSS,
        urgent=True,
        one_run=(
            "Unit 3 of one seed is another unit than unit 3 of the next, so their graphs have no mean. The overview "
            "shows how many clusters and isolated units there are in the mean."
        ),
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._graphs = StackedGraphs()
        self._laid_out: object = None  # the place whose layout is on screen
        self._cutoffs: dict[str, float] = {}  # as set by hand: cosines by the layer's shape, others by their unit
        self._places: NDArray[np.float32] | None = None  # where the nodes of a figure were, until they are there
        self.result: GraphResult | None = None
        super().__init__(session, pool)
        self.view, self.stacking = GraphView(), Stacking(session, self)
        self.view.hovered.connect(self._on_view_hovered)
        self.chosen = ChosenNodes(self)
        self.view.failed.connect(self._on_view_failed)
        self.legend = Legend()
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.view, 1)
        self.looking, self.chance = Looking(self, pool), ChanceNote(self.line, pool, self)
        self.zoom = self.keep_zoom(self.view)
        self._make_controls()
        self.drift = Drift(self, pool)

    # --- what the graph depends on ---

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        chosen = msgspec.convert(self.settings(), GraphSettings)
        return needs_of(place, chosen, self.stacking.members(place, chosen.similarity))

    def place(self, needs: Any) -> object:
        return needs.ground

    def _key(self, place: Place) -> str:
        """By which the cut-off of this place is kept."""
        layer, unit = place.layer_view, self.cutoff.unit
        return f"{layer.units}x{layer.inputs}" if unit == "cosine" else unit

    def refresh(self) -> None:
        """Ask for a new graph where one is needed, and show the cut-off that it is asked with."""
        place = place_with_layer(self.session.selection)
        if isinstance(place, Place):
            cutoff, layer = self._cutoffs.get(self._key(place)), place.layer_view
            if cutoff is None and self.cutoff.unit == "cosine" and self.result is None:
                cutoff = cutoff_at_first(layer.units, layer.inputs)
            if cutoff is not None:  # else the one on screen stays until the next graph chooses
                self.cutoff.show_amount(cutoff, layer.units * (layer.units - 1) // 2)
        super().refresh()

    def wants(self, question: GraphNeeds) -> bool:
        current = self._question
        # While the timeline is dragged every graph on the way is worth showing.
        if not isinstance(current, GraphNeeds) or current.ground != question.ground:
            return False
        return replace(current, place=current.place.at(question.place.snapshot), stacked=question.stacked) == question

    def compute(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        return self._graphs.results(needs)

    # --- drawing ---

    def draw(self, result: GraphResult) -> None:
        needs = result.needs
        place = self.place(needs)
        recoloured = self.result is not None and self.result.graph is result.graph
        self.result = result
        nodes_and_edges = look(result, self.more.pairs.isChecked())
        self.cutoff.show_result(result)
        if recoloured:
            self.view.show_look(nodes_and_edges)
        else:
            self.view.show_graph(nodes_and_edges, result.links, place != self._laid_out, needs.nodes_and_edges)
        self.chosen.mark()
        if place != self._laid_out:
            self.legend.forget_height()
        self.looking.show_legend(result)
        self.looking.follow()
        self._laid_out = place
        self._show_places()
        self.zoom.show_for(needs.axes)
        self.write_line()
        self.chance.show_for(result)

    def as_python(self) -> str | None:
        if isinstance(self.result, StackedResult):
            return stack_program(self.result)
        return None if self.result is None else program_of(self.result.needs)

    def clear(self) -> None:
        self.result = None
        self._laid_out = None
        self.view.clear()
        self.looking.clear()
        self.chance.show_for(None)

    def drawing(self) -> Drawing | None:
        return drawing_of(self)

    def shut(self) -> None:
        self.looking.shut()
        self.chance.shut()
        self.drift.shut()
        self.view.shut()
        super().shut()

    def restore_places(self, positions: Sequence[tuple[float, float]]) -> None:
        """Put the nodes of the next graph that is drawn where they were, and leave them there.

        ValueError: a place that no view can show.
        """
        places = np.array(positions, np.float64).reshape(-1, 2)
        if not (np.abs(places) <= FARTHEST).all():
            raise ValueError("the nodes are too far away to be shown")
        self._places = places.astype(np.float32)
        if self.result is not None:
            self._show_places()
            self.zoom.show_for(self.result.needs.axes)

    def _show_places(self) -> None:
        result, places = self.result, self._places
        if places is None or result is None or result.needs != self._question:
            return
        self._places = None
        if len(places) in (result.graph.units, 2 * result.graph.units):  # behind them where arrows began
            self.view.show_at(places[: result.graph.units])

    def _on_view_failed(self, error: Exception) -> None:
        self.clear()
        self._say(f"The graph cannot be laid out: {in_one_sentence(error)}.", can_retry=True)

    def write_line(self, unit: int = -1) -> None:
        """Say what is shown, or what is known of a unit."""
        if self.result is not None:
            words = unit_in_words(self.result, unit) if unit >= 0 else in_words(self.result)
            self.line.setText("; ".join((words, *self.stacking.notes, *self.drift.words)))

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if replace(old, units=new.units) != new:
            self._places = None
        self.chosen.mark()

    def _on_view_hovered(self, unit: int) -> None:
        self.write_line(unit)

    # --- controls ---

    def _make_controls(self) -> None:
        self.cutoff = CutoffControl()
        self.cutoff.changed.connect(self._on_cutoff_changed)
        self.cutoff.unit_chosen.connect(self._on_unit_chosen)
        self.charge = slider_for(GraphSettings, "charge")
        self.charge.changed.connect(self._on_force_changed)
        self.more = self.advanced_button = AdvancedGraph()
        self.more.forces_changed.connect(self._on_force_changed)
        self.more.forces_changed.connect(self.settings_changed)
        self.more.reheat.clicked.connect(lambda: self.view.reheat())
        for signal in (self.more.variance.changed, self.more.distance.changed):
            signal.connect(lambda _value: self.refresh())
        for choice in (self.more.similarity, self.more.colouring):
            choice.currentIndexChanged.connect(lambda _index: self.refresh())
        self.more.pairs.toggled.connect(self._on_pairs_toggled)
        self.more.again.clicked.connect(self._on_anew_clicked)
        self.more.whole.clicked.connect(self._on_all_clicked)
        self.more.defaults.clicked.connect(self._on_defaults_clicked)
        self.keep("cutoffs", Setting(lambda: dict(self._cutoffs), self._set_cutoffs, self.cutoff), "cut-off")
        unit = Setting(lambda: self.cutoff.unit, self._set_unit, None, tuple(UNITS))
        self.keep("cutoff_unit", unit, "unit of the cut-off")
        self.cutoff.changed.connect(lambda _value: self.settings_changed.emit())
        for name, control in {"charge": self.charge, **self.more.chosen}.items():
            self.keep(name, control)
        self.controls.addWidget(self.cutoff, 3)
        self.controls.addWidget(self.charge, 2)
        for slot in (self.settings_changed, self.refresh):
            self.stacking.changed.connect(slot)
        self.keep("stacked", self.stacking.setting(), "stacked layers")
        self.controls.addWidget(self.stacking.button)
        self.controls.addWidget(self.advanced_button)

    def _set_cutoffs(self, value: object) -> None:
        self._cutoffs = read_cutoffs(value)
        self.settings_changed.emit()

    def _set_unit(self, unit: object) -> None:
        self.cutoff.choose(str(unit))
        self.settings_changed.emit()

    def restore(self, values: Mapping[str, object]) -> tuple[str, ...]:
        return super().restore(with_units(values))

    def _on_cutoff_changed(self, cutoff: float) -> None:
        place = self.session.selection.place
        if place is not None and place.layer:
            self._cutoffs[self._key(place)] = cutoff
        self.refresh()

    def _on_unit_chosen(self, unit: str) -> None:
        """The same cut-off, as near as the field can say it in the new unit."""
        if self.result is not None:
            result = self.result
            self.cutoff.show_amount(result.readings[self.cutoff.unit], result.basis.pairs)
            self._cutoffs[self._key(result.needs.place)] = self.cutoff.value()
        self.settings_changed.emit()
        self.refresh()

    def _on_force_changed(self, _value: float = 0.0) -> None:
        self.view.set_forces(forces.Forces(charge=self.charge.value(), **self.more.force_values()))

    def _on_all_clicked(self) -> None:
        self.view.restored.emit()
        self.view.show_all()

    def _on_anew_clicked(self) -> None:
        self.view.restored.emit()
        self._laid_out = None
        self.view.seen.forget_shown()
        if self.result is not None:
            self.draw(replace(self.result, graph=replace(self.result.graph)))

    def _on_pairs_toggled(self) -> None:
        if self.result is not None:
            self.draw(self.result)

    def _on_defaults_clicked(self) -> None:
        with QSignalBlocker(self):  # one change, not nine
            self._cutoffs.clear()
            for name in ("charge", "cutoff_unit", *self.more.chosen):
                self.kept[name].write(self.kind.defaults[name])
        self.settings_changed.emit()
        self.refresh()
