"""The weight graph panel: units as nodes, an edge where two units point the same way (report, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QMenu, QPushButton, QToolTip, QVBoxLayout, QWidget, QWidgetAction

from workbench.analysis import forces
from workbench.analysis.graph import KERNEL_VARIANCE, REPORT_CUTOFF, WeightGraph, null_cutoff, weight_graph
from workbench.analysis.graph import default_cutoff as cutoff_at_first
from workbench.analysis.units import DEAD, HARDLY_MOVED, UnitStates, unit_cosines, unit_states
from workbench.gui import theme
from workbench.gui.panels.base import Empty, Panel
from workbench.gui.widgets.graph_item import HOLLOW, MOST_EDGES, GraphLook
from workbench.gui.widgets.graph_view import GraphView
from workbench.gui.widgets.plot import Entry, Legend
from workbench.gui.widgets.sliders import NumberSlider
from workbench.gui.words import where
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray

    from workbench.gui.session import Selection, Session
    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

LARGEST_RADIUS = 11.0  # of the unit with the largest norm of the run's first and last snapshots
SMALLEST_RADIUS = 3.0
READ_AT_ONCE = 4 << 20  # bytes of a weight matrix; a larger one is read only where the timeline comes to rest
MOST_NAMED = 4  # components that get a row in the legend


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    run: Run
    layer: str
    snapshot: int
    cutoff: float
    variance: float


@dataclass(frozen=True, eq=False)
class GraphResult:
    """A graph with what is known of its units."""

    needs: GraphNeeds
    graph: WeightGraph
    links: forces.Links
    activity: NDArray[np.float32] | None
    states: UnitStates
    largest_norm: float


# Slider's name, field of Forces, range, decimals: the forces that are not in sight.
ADVANCED = (
    ("Gravity", "gravity", 0.0, 0.3, 3),
    ("Link distance", "link_distance", 1.0, 200.0, 0),
    ("Link strength", "link_strength", 0.0, 3.0, 2),
    ("Collision radius", "collision_radius", 0.0, 40.0, 0),
    ("Collision strength", "collision_strength", 0.0, 1.0, 2),
    ("Charge: nearest distance", "charge_nearest", 1.0, 100.0, 0),
    ("Charge: farthest distance", "charge_farthest", 10.0, 2000.0, 0),
)


class GraphPanel(Panel):
    """The animated force-directed graph of the chosen layer."""

    title: ClassVar[str] = "Weight graph"

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._cosines: dict[tuple[str, str, int], NDArray[np.float64]] = {}
        self._initial: tuple[tuple[str, str], NDArray[np.float32]] | None = None
        self._largest: dict[tuple[str, str, int], float] = {}
        self._place: tuple[str, str] | None = None  # run and layer of the layout on screen
        self._cutoffs: dict[tuple[int, int], float] = {}  # as set by hand, by the layer's shape
        self.result: GraphResult | None = None
        super().__init__(session, pool)
        self.view = GraphView()
        self.view.hovered.connect(self._on_view_hovered)
        self.view.selected.connect(self._on_view_selected)
        self.legend = Legend()
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.view, 1)
        self._make_controls()

    # --- what the graph depends on ---

    def needs(self, selection: Selection) -> object:
        if selection.run is None or selection.layer is None:
            return Empty("No layer is chosen. Open a run and choose one of its layers.")
        if selection.run.snapshots == 0:
            return Empty("This run has no snapshot yet. The first one is on its way if it is training.")
        layer = selection.run.layer(selection.layer)
        cutoff = self._cutoffs.get((layer.units, layer.inputs), cutoff_at_first(layer.units, layer.inputs))
        self._show_cutoff(cutoff, layer.units, layer.inputs)
        return GraphNeeds(
            selection.run, selection.layer, selection.snapshot, round(cutoff, 3), self.variance.value()
        )

    def wants(self, question: GraphNeeds) -> bool:
        asked = self._asked
        # While the timeline is dragged every graph on the way is worth showing.
        return isinstance(asked, GraphNeeds) and replace(asked, snapshot=question.snapshot) == question

    def compute(self, needs: GraphNeeds) -> Iterator[GraphResult]:
        """The graph; for large layers first without, then with the units that have hardly moved."""
        layer = needs.run.layer(needs.layer)
        graph = weight_graph(layer.gram(needs.snapshot), needs.cutoff, needs.variance)
        key = (needs.run.run_id, needs.layer, needs.snapshot)
        small = layer.units * layer.inputs * 4 <= READ_AT_ONCE
        cosines = self._cosines.get(key)
        if cosines is None and small:
            cosines = self._cosines_to_start(needs)
        activity = layer.activity(needs.snapshot)
        result = GraphResult(
            needs,
            graph,
            forces.links(graph.edges, graph.weights, graph.units),
            activity,
            unit_states(graph.units, activity, cosines),
            self._largest_norm(needs),
        )
        yield result
        if cosines is None:
            yield replace(result, states=unit_states(graph.units, activity, self._cosines_to_start(needs)))

    def _cosines_to_start(self, needs: GraphNeeds) -> NDArray[np.float64]:
        layer, place = needs.run.layer(needs.layer), (needs.run.run_id, needs.layer)
        if self._initial is None or self._initial[0] != place:
            self._initial = (place, layer.weights(0))
        cosines = unit_cosines(layer.weights(needs.snapshot), self._initial[1])
        self._cosines[(*place, needs.snapshot)] = cosines
        return cosines

    def _largest_norm(self, needs: GraphNeeds) -> float:
        key = (needs.run.run_id, needs.layer, needs.run.snapshots)
        if key not in self._largest:
            layer = needs.run.layer(needs.layer)
            ends = (0, needs.run.snapshots - 1)
            self._largest[key] = max(_largest_norm(layer, snapshot) for snapshot in ends)
        return self._largest[key]

    # --- drawing ---

    def draw(self, result: GraphResult) -> None:
        needs = result.needs
        place = (needs.run.run_id, needs.layer)
        recoloured = self.result is not None and self.result.graph is result.graph
        self.result = result
        look = _look(result)
        if recoloured:
            self.view.item.set_look(look)
        else:
            self.view.show_graph(look, result.links, afresh=place != self._place)
        self.view.mark(self.session.selection.units)
        if place != self._place:
            self.legend.forget_height()
        self.legend.set_entries(_legend(result))
        self._place = place
        self._write_line()

    def clear(self) -> None:
        self.result = None
        self._place = None
        self.view.clear()

    def _write_line(self, unit: int = -1) -> None:
        if self.result is not None:
            self.line.setText(_unit_in_words(self.result, unit) if unit >= 0 else _in_words(self.result))

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        self.view.mark(new.units)

    def _on_view_hovered(self, unit: int) -> None:
        self._write_line(unit)
        if unit >= 0 and self.result is not None:
            QToolTip.showText(self.cursor().pos(), _unit_in_words(self.result, unit), self.view)
        else:
            QToolTip.hideText()

    def _on_view_selected(self, units: frozenset[int]) -> None:
        self.session.select(units=units)

    # --- controls ---

    def _make_controls(self) -> None:
        self.cutoff = NumberSlider(
            "Cut-off", 0.0, 1.0, REPORT_CUTOFF, 2, "Edges join units whose cosine is at least this"
        )
        self.cutoff.changed.connect(self._on_cutoff_changed)
        self.charge = NumberSlider("Charge", -200, 50, -30, 0, "Negative charges repel each other")
        self.charge.changed.connect(self._on_force_changed)
        self.variance = NumberSlider(
            "Kernel σ²", 0.05, 2.0, KERNEL_VARIANCE, 2, "An edge weighs exp(−(1 − cosine)/σ²)"
        )
        self.variance.changed.connect(lambda _value: self.refresh())
        self.advanced = {name: NumberSlider(name, low, high, getattr(forces.Forces(), field), digits)
                         for name, field, low, high, digits in ADVANCED}  # fmt: skip
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(self._advanced_page())
        menu.addAction(action)
        self.advanced_button = QPushButton("Advanced")
        self.advanced_button.setMenu(menu)
        self.controls.addWidget(self.cutoff, 3)
        self.controls.addWidget(self.charge, 2)
        self.controls.addWidget(self.advanced_button)

    def _advanced_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(self.variance)
        for slider in self.advanced.values():
            slider.changed.connect(self._on_force_changed)
            slider.setMinimumWidth(380)
            column.addWidget(slider)
        for text, slot in (
            ("Lay out anew", self._on_anew_clicked),
            ("Show all", self.view.show_all),
            ("Defaults", self._on_defaults_clicked),
        ):
            button = QPushButton(text)
            button.clicked.connect(slot)
            column.addWidget(button)
        return page

    def _show_cutoff(self, cutoff: float, units: int, inputs: int) -> None:
        self.cutoff.blockSignals(True)
        self.cutoff.set_value(cutoff)
        self.cutoff.set_ticks({"report": REPORT_CUTOFF, "null": null_cutoff(units, inputs)})
        self.cutoff.blockSignals(False)

    def _on_cutoff_changed(self, cutoff: float) -> None:
        layer = self.session.selection.layer_view
        if layer is not None:
            self._cutoffs[(layer.units, layer.inputs)] = cutoff
        self.refresh()

    def _on_force_changed(self, _value: float) -> None:
        fields: dict[str, Any] = {field: self.advanced[name].value() for name, field, *_ in ADVANCED}
        self.view.set_forces(forces.Forces(charge=self.charge.value(), **fields))

    def _on_anew_clicked(self) -> None:
        self._place = None
        self.view.layout_now = None
        if self.result is not None:
            self.draw(replace(self.result, graph=replace(self.result.graph)))

    def _on_defaults_clicked(self) -> None:
        self._cutoffs.clear()
        self.charge.set_value(forces.Forces().charge)
        self.variance.set_value(KERNEL_VARIANCE)
        for name, field, *_ in ADVANCED:
            self.advanced[name].set_value(getattr(forces.Forces(), field))
        self.refresh()


def _largest_norm(layer: Layer, snapshot: int) -> float:
    try:
        return float(np.sqrt(np.diagonal(layer.gram(snapshot)).max()))
    except (RunError, ValueError):  # a diverged end of the run sets no scale; its own picture says what is wrong
        return 0.0


def _look(result: GraphResult) -> GraphLook:
    graph = result.graph
    radii = LARGEST_RADIUS * graph.norms / max(result.largest_norm, np.finfo(float).tiny)
    labels = result.states.groups(graph.component)
    alone = (graph.component_sizes[graph.component] == 1) & (labels >= 0)
    count = MOST_NAMED + 1  # the smaller components share the last colour, as the legend says
    groups = np.where(labels >= 0, np.minimum(labels, MOST_NAMED), np.where(labels == DEAD, count, count + 1))
    groups[alone] = count + 2
    colours = (
        *(QColor(colour) for colour in theme.COMPONENTS[:count]),
        QColor(theme.DEAD),
        QColor(theme.HARDLY_MOVED),
        HOLLOW,
    )
    return GraphLook(
        graph.edges, graph.weights, np.maximum(radii, SMALLEST_RADIUS), colours, groups.astype(np.int32)
    )


def _legend(result: GraphResult) -> list[Entry]:
    graph, states = result.graph, result.states
    labels = states.groups(graph.component)
    entries = []
    for number, size in enumerate(graph.component_sizes[: graph.clusters][:MOST_NAMED].tolist()):
        if (labels == number).any():
            entries.append(Entry(f"component of {size}", theme.COMPONENTS[number], "dot"))
    if graph.clusters > MOST_NAMED:
        entries.append(
            Entry(f"{graph.clusters - MOST_NAMED} smaller ones", theme.COMPONENTS[MOST_NAMED], "dot")
        )
    alone = (graph.component_sizes[graph.component] == 1) & (labels >= 0)
    if alone.any():
        entries.append(Entry("isolated", theme.current().foreground, "ring"))
    if states.hardly_moved.any():
        entries.append(Entry("hardly moved", theme.HARDLY_MOVED, "dot"))
    if states.dead.any():
        entries.append(Entry("dead", theme.DEAD, "dot"))
    entries.append(
        Entry(f"radius ∝ norm, largest {graph.norms.max():.3g}", theme.current().foreground, "sizes")
    )
    return entries


def _in_words(result: GraphResult) -> str:
    graph, states = result.graph, result.states
    needs = result.needs
    clusters = graph.component_sizes[: graph.clusters].tolist()
    if not clusters:
        found = "no two units are joined"
    elif len(clusters) == 1:
        found = f"1 component of {clusters[0]}"
    else:
        sizes = ", ".join(map(str, clusters[:3])) + (", …" if len(clusters) > 3 else "")
        found = f"{len(clusters)} components ({sizes})"
    dead = int(states.dead.sum())
    isolated = graph.component_sizes[graph.component] == 1
    all_dead = graph.isolated > 0 and bool(states.dead[isolated].all())
    whose = "all dead" if all_dead and dead == graph.isolated else f"{dead} dead"
    drawn = f" (the {MOST_EDGES:,} strongest drawn)" if len(graph.edges) > MOST_EDGES else ""
    place = where(needs.run, needs.layer, needs.snapshot)
    return f"{place}: {found}, {graph.isolated} isolated, {whose}; {len(graph.edges):,} edges{drawn}"


def _unit_in_words(result: GraphResult, unit: int) -> str:
    graph = result.graph
    parts = [f"unit {unit}: norm {graph.norms[unit]:.3g}", f"degree {graph.degrees[unit]}"]
    if result.activity is not None:
        parts.append(f"active on {100 * result.activity[unit]:.1f} % of the images")
    size = int(graph.component_sizes[graph.component[unit]])
    parts.append(f"in a component of {size}" if size > 1 else "isolated")
    kind = result.states.groups(graph.component)[unit]
    parts += [{DEAD: "dead", HARDLY_MOVED: "hardly moved"}[kind]] if kind < 0 else []
    return ", ".join(parts)
