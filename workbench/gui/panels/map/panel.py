"""The map: the units of the weight graph as a matrix, in a plane, as pairs of a stack, or as clusters over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from workbench.figures.drawing import Drawing
from workbench.figures.graph.needs import GraphNeeds, needs_of
from workbench.figures.map.making import map_figure
from workbench.figures.map.picture import Coming, Maps, MatrixPicture, Nothing, Question
from workbench.figures.settings import CutoffsSettings, MapSettings
from workbench.figures.stacks.members import entry_of
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.kind import PanelKind
from workbench.gui.panels.map.help import MAP as HELP
from workbench.gui.panels.map.matrix import MatrixImage, MatrixView, image_of
from workbench.gui.panels.map.pairs import PairsView
from workbench.gui.panels.map.plane import PlaneView
from workbench.gui.panels.map.sizes import SizesView
from workbench.gui.plots.legend import Legend
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.widgets.forms.values import list_for
from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.settings import MapShow
    from workbench.gui.panels.map.view import MapView
    from workbench.gui.state.session import Selection, Session
    from workbench.runs.run import Run

VIEWS: dict[MapShow, Callable[[], MapView]] = {
    "matrix": MatrixView, "plane": PlaneView, "pairs": PairsView, "sizes": SizesView,
}  # fmt: skip
REST_MS = 150


class MapPanel(Panel):
    """It has one setting of its own, what it shows: the weight graph says all else."""

    kind = PanelKind(
        name="map",
        title="Map",
        help=HELP,
        settings=MapSettings,
        shortcut="Ctrl+Shift+4",
        next_to="graph",
        slow=True,
        patience_ms=REST_MS,
        one_run="Unit 3 of one seed is another unit than unit 3 of the next, so their matrices have no mean.",
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._maps = Maps()
        self._graph: Panel | None = None
        super().__init__(session, pool)
        self.show_box = list_for(MapSettings, "show")
        self.keep("show", self.show_box)
        self.show_box.currentIndexChanged.connect(self._on_show_changed)
        self.controls.addWidget(self.show_box)
        self.legend = Legend()
        self.legend.clicked.connect(self._on_legend_clicked)
        self.reason = plain_label("", wrap=True)  # why there is no picture; the control stays
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.reason, 1)
        self._views: dict[str, MapView] = {}
        self._named: list[frozenset[int]] = []  # the units that each entry of the legend names
        self._picture: Any = None  # on screen, whatever is computed meanwhile
        self._show_view("")
        session.changed.connect(self._on_units_changed)

    def meet(self, panels: Mapping[str, Panel]) -> None:
        """Show the units of what the panel of the weight graph shows."""
        super().meet(panels)
        self._graph = panels["graph"]
        self._graph.settings_changed.connect(self.refresh)

    @property
    def shown(self) -> MapShow:
        """The chosen view."""
        shown: MapShow = self.show_box.currentData()
        return shown

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        needs = needs_of(place, CutoffsSettings()) if self._graph is None else self._graph.needs(selection)
        return Question(needs, self.shown) if isinstance(needs, GraphNeeds) else needs

    def place(self, needs: Question) -> object:
        return needs.needs.ground, needs.show

    def awaited(self, needs: Question) -> str:
        return f"{needs.needs.place.words}: computing…"

    def compute(self, needs: Question) -> Iterator[Any]:
        for found in self._maps.pictures(needs):
            yield image_of(found) if isinstance(found, MatrixPicture) else found

    @staticmethod
    def enough(result: Any) -> bool:
        return not isinstance(result, Coming)

    # --- what is shown ---

    def draw(self, result: Any) -> None:
        if isinstance(result, Coming):
            if self._picture is None:
                self._show_view(result.words)
            self.line.setText(f"{result.question.needs.place.words}: {result.words}")
            return
        if isinstance(result, Nothing):
            self._forget_picture()
            self._show_view(literal(result.reason))
            self.line.setText(result.question.needs.place.words)
            return
        self._picture = result
        view = self._show_view("")
        view.show_picture(result)
        rows = view.entries(result)
        self.legend.set_entries([entry for entry, _ in rows])
        self._named = [units for _, units in rows]
        view.mark(self.session.selection.units)
        self._say_all()

    def clear(self) -> None:
        self._forget_picture()
        self._show_view("")

    def view(self, shown: MapShow) -> MapView:
        """One of the views, made when it is needed first."""
        if shown not in self._views:
            made = self._views[shown] = VIEWS[shown]()
            made.chosen.connect(self._on_view_chosen)
            made.said.connect(self._on_view_said)
            self.picture.addWidget(made, 1)
        return self._views[shown]

    def _show_view(self, reason: str) -> MapView:
        """Show the view, or why there is nothing in it."""
        here = self.view(self.shown)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        for view in self._views.values():
            view.setVisible(view is here and not reason)
        return here

    def _forget_picture(self) -> None:
        self._picture, self._named = None, []
        for view in self._views.values():
            view.forget()
        self.legend.set_entries(())

    def _say_all(self) -> None:
        if self._picture is not None:
            self.line.setText(self._picture.words)

    # --- what goes out ---

    def drawing(self) -> Drawing | None:
        shown = self.shown_result
        if shown is None or isinstance(shown, (Coming, Nothing)):
            return None
        picture = shown.picture if isinstance(shown, MatrixImage) else shown
        needs, units = picture.question.needs, tuple(sorted(self.session.selection.units))
        settings = {**settings_of(needs), "show": picture.question.show}
        return Drawing(map_figure(picture, units), needs.place, units, settings, group=others_of(needs))

    def as_python(self) -> str | None:
        return group_table_program(self.drawing())

    # --- slots ---

    def _on_show_changed(self, _index: int) -> None:
        self.refresh()

    def _on_units_changed(self, old: Selection, new: Selection) -> None:
        if old.units != new.units and self._picture is not None and self.isVisible():
            self.view(self.shown).mark(new.units)

    def _on_view_chosen(self, units: frozenset[int], adding: bool) -> None:
        self.session.select(units=units | self.session.selection.units if adding else units)

    def _on_view_said(self, words: str) -> None:
        if words:
            self.line.setText(words)
        else:
            self._say_all()

    def _on_legend_clicked(self, number: int, adding: bool) -> None:
        if number < len(self._named) and self._named[number]:
            self._on_view_chosen(self._named[number], adding)


def settings_of(needs: GraphNeeds) -> dict[str, Any]:
    """The settings that give these needs again."""
    layer = needs.place.layer_view
    key = f"{layer.units}x{layer.inputs}" if needs.unit == "cosine" else needs.unit
    return {
        "cutoffs": {} if needs.cutoff is None else {key: needs.cutoff}, "cutoff_unit": needs.unit,
        "similarity": needs.similarity, "variance": needs.variance, "mean_distance": needs.distance,
        "colouring": needs.colouring, "stacked": [entry_of(each, needs.place) for each in needs.stacked],
    }  # fmt: skip


def others_of(needs: GraphNeeds) -> tuple[Run, ...]:
    """The runs besides the selected one."""
    runs = {each.place.run.locator: each.place.run for each in needs.stacked}
    return tuple(run for locator, run in runs.items() if locator != needs.place.run.locator)
