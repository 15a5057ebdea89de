"""The cut-offs panel: the report's four small plots, which follow the weight graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QGridLayout

from workbench.evaluation.similarity.table import similarity
from workbench.figures.cutoffs.figure import CHANCE as CHANCE_NAME
from workbench.figures.cutoffs.figure import cutoffs_figure
from workbench.figures.cutoffs.picture import TOP, CutoffsPicture, picture_of
from workbench.figures.drawing import Drawing
from workbench.figures.graph.needs import GraphNeeds, needs_of
from workbench.figures.graph.picture import Graphs
from workbench.figures.settings import CutoffsSettings
from workbench.gui.panels.base import Panel
from workbench.gui.panels.cutoffs.help import CUTOFFS as HELP
from workbench.gui.panels.cutoffs.plots import CHANCE, Components, OverCutoff, Sizes
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.state import theme
from workbench.gui.state.program import program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session

NARROWEST = 88  # pixels of a plot


class CutoffsPanel(Panel):
    """What each cut-off gives. It has no settings of its own: the weight graph says what is compared, and where."""

    kind = PanelKind(
        name="cutoffs",
        title="Cut-offs",
        help=HELP,
        settings=CutoffsSettings,
        shortcut="Ctrl+Shift+5",
        next_to="graph",
        slow=True,
        one_run="Unit 3 of one seed is another unit than unit 3 of the next, so their graphs have no mean.",
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._graphs = Graphs()
        self._graph: Panel | None = None
        super().__init__(session, pool)
        self.entries = OverCutoff("pairs", steps=True)
        self.shares = OverCutoff("pairs (%)", logarithmic=True)
        self.components, self.sizes = Components(), Sizes()
        self.shares.show_top(TOP)
        self.legend = Legend()
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, plot in enumerate((self.entries, self.shares, self.components, self.sizes)):
            plot.setMinimumWidth(NARROWEST)
            grid.addWidget(plot, number // 2, number % 2)
        self.over_cutoff = (self.entries, self.shares, self.components)
        for plot in self.over_cutoff:
            plot.cutoff_dragged.connect(self._on_cutoff_dragged)
        self.picture.addWidget(self.legend)
        self.picture.addLayout(grid, 1)

    def meet(self, panels: Mapping[str, Panel]) -> None:
        """Show the cut-offs of what the panel of the weight graph shows."""
        self._graph = panels["graph"]
        self._graph.settings_changed.connect(self.refresh)

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        needs = needs_of(place, CutoffsSettings()) if self._graph is None else self._graph.needs(selection)
        return replace(needs, stacked=(), colouring="auto") if isinstance(needs, GraphNeeds) else needs

    def compute(self, needs: GraphNeeds) -> CutoffsPicture | Empty:
        found = picture_of(needs, self._graphs)
        return Empty(f"{needs.place.words}: fewer than two units have weights.") if found is None else found

    def draw(self, result: CutoffsPicture | Empty) -> None:
        if isinstance(result, Empty):
            self._say(result.reason)
            return
        grown, least = result.growth, 100.0 / max(result.pairs, 2)
        self.entries.show_curves(result.edges, result.counts, result.chance)
        self.shares.show_curves(result.cosines, result.shares, result.chance_shares, least)
        self.components.show_curves(grown.cutoffs, grown.components, grown.clusters)
        self.sizes.show_components(result)
        compared = similarity(result.needs.similarity).cosine
        for plot, before in zip(self.over_cutoff, ("", "", "cut-off: "), strict=True):
            plot.set_x_label(f"{before}{compared}")
            plot.line.setValue(result.cutoff)
        self.legend.set_entries(self._entries())
        self.line.setText(result.words)

    def clear(self) -> None:
        self.legend.set_entries(())

    def as_python(self) -> str | None:
        drawing = self.drawing()
        if drawing is None:
            return None
        place = drawing.place
        given = "".join(f", {name}={value!r}" for name, value in drawing.settings.items())
        return program(
            place.run,
            f"figure = wb.figure('cutoffs', run, {place.layer!r}, {place.snapshot}{given}).figure",
            "print(figure.table().text())",
        )

    def drawing(self) -> Drawing | None:
        shown = self.shown_result
        if not isinstance(shown, CutoffsPicture):
            return None
        needs, layer = shown.needs, shown.needs.place.layer_view
        key = f"{layer.units}x{layer.inputs}" if needs.unit == "cosine" else needs.unit
        settings: dict[str, Any] = {
            "cutoffs": {key: shown.cutoff if needs.cutoff is None else needs.cutoff}, "cutoff_unit": needs.unit,
            "similarity": needs.similarity, "variance": needs.variance, "mean_distance": needs.distance,
        }  # fmt: skip
        return Drawing(cutoffs_figure(shown), needs.place, (), settings)

    def _entries(self) -> list[Entry]:
        colours = theme.current()
        return [
            Entry("all components", colours.foreground, "line"),
            Entry("of two units or more", colours.accent, "line"),
            Entry(CHANCE_NAME, CHANCE.colour, "dashed"),
        ]

    def _on_cutoff_dragged(self, cosine: float) -> None:
        shown = self.shown_result
        if self._graph is None or not isinstance(shown, CutoffsPicture):
            return
        layer, known = shown.needs.place.layer_view, self._graph.settings().get("cutoffs")
        cutoff = round(min(max(cosine, 0.0), 1.0), 2)
        cutoffs = {**(known if isinstance(known, dict) else {}), f"{layer.units}x{layer.inputs}": cutoff}
        self._graph.restore({"cutoff_unit": "cosine", "cutoffs": cutoffs})
