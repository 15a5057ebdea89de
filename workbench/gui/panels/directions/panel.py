"""Directions: clusters of directions against initialisation and chance, and norms of trained and other units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.directions.figure import directions_figure
from workbench.figures.directions.group import runs_of, threshold_of
from workbench.figures.directions.picture import Picture, Question, picture_of
from workbench.figures.drawing import Drawing
from workbench.figures.groups.trainings import interval_words, over_known
from workbench.figures.settings import DirectionsSettings
from workbench.gui.panels.base import Panel
from workbench.gui.panels.directions.bars import LOOKS, Bars, colour_of
from workbench.gui.panels.directions.help import DIRECTIONS as HELP
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.state import theme
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.state.program import program
from workbench.gui.widgets.forms.values import list_for
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.directions.picture import Histogram
    from workbench.figures.groups.trainings import Trainings
    from workbench.gui.state.session import Selection, Session


class DirectionsPanel(Panel):
    """Angles to the centres of clusters, and norms; a click on a bar selects its units."""

    kind = PanelKind(
        name="directions",
        title="Directions",
        help=HELP,
        settings=DirectionsSettings,
        shortcut="Ctrl+Shift+7",
        slow=True,
        shows_groups=True,
        next_to="spectrum",
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.angles = Bars("angle to the centre (degrees)")
        self.norms = Bars("norm of the weights")
        self.legend = Legend()
        self.clusters = list_for(DirectionsSettings, "clusters")
        self.keep("clusters", self.clusters)
        self.clusters.currentIndexChanged.connect(self._on_clusters_changed)
        self.controls.addWidget(self.clusters)
        self.picture.addWidget(self.legend)
        for plot in (self.angles, self.norms):
            self.picture.addWidget(plot, 1)
            plot.left.connect(self._show_line)
        self.angles.bar_clicked.connect(self._on_angles_bar_clicked)
        self.norms.bar_clicked.connect(self._on_norms_bar_clicked)
        self.angles.pointed.connect(self._on_angles_pointed)
        self.norms.pointed.connect(self._on_norms_pointed)
        session.changed.connect(self._on_units_changed)

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        return place if isinstance(place, Empty) else Question(place, self.clusters.currentData())

    @staticmethod
    def compute(needs: Question) -> Picture | Empty:
        found = picture_of(needs)
        here = f"{needs.place.layer}, snapshot {needs.place.snapshot}"
        return Empty(f"{here}: all weights are zero, so no unit has a direction.") if found is None else found

    def draw(self, result: Picture | Empty) -> None:
        if isinstance(result, Empty):
            self._say(result.reason)
            return
        others = dict(zip(LOOKS, (result.start, result.chance), strict=True))
        of_angles, of_norms = runs_of(result) or (None, None)
        self.angles.show_units(result.angles, others, of_angles)
        self.norms.show_units(result.norms, {}, of_norms)
        threshold, interval = threshold_of(result)
        self.norms.show_threshold(threshold, interval)
        drawn = [name for name, counts in others.items() if counts is not None]
        marks = {"at initialisation": "outline", "independent directions": "dashed"}
        alone = of_angles is None or self.clusters.currentData() != "auto"
        named = f"{counted(result.found.clusters.k, 'cluster') if alone else 'clusters'} of directions"
        entries = [Entry(named, theme.current().accent, "box")]
        entries += [Entry(name, colour_of(name), marks[name]) for name in drawn]  # type: ignore[arg-type]
        if threshold is not None:
            entries.append(Entry("threshold of the norm", theme.current().foreground, "line"))
        self.legend.set_entries([*entries, *mean_entries(result.question.place.source, "dot")])
        self._show_selected()
        self._show_line()

    def clear(self) -> None:
        for plot in (self.angles, self.norms):
            plot.forget()
        self.legend.set_entries(())

    def as_python(self) -> str | None:
        shown = self._picture()
        if shown is None or shown.question.place.group is not None:
            return group_table_program(self.drawing())
        place, k = shown.question.place, shown.question.k
        return program(
            place.run,
            f"found = wb.directions(run, {place.layer!r}, {place.snapshot}, k={k})",
            "print(*found.words, sep='\\n')",
        )

    def drawing(self) -> Drawing | None:
        shown = self._picture()
        if shown is None:
            return None
        units = tuple(sorted(self.session.selection.units))
        place = shown.question.place
        return Drawing(directions_figure(shown), place.alone, units, self.settings(), group=place.others)

    def _picture(self) -> Picture | None:
        shown = self.shown_result
        return shown if isinstance(shown, Picture) else None

    def _of_one_run(self) -> Picture | None:
        """What is shown of a single run: only there a bar is of certain units."""
        shown = self._picture()
        return None if shown is None or shown.question.place.group is not None else shown

    def _show_line(self) -> None:
        shown = self._picture()
        if shown is not None:
            self.line.setText(shown.line)

    def _show_selected(self) -> None:
        shown = self._of_one_run()
        if shown is None:
            return
        chosen = np.zeros(len(shown.found.norms), np.bool_)
        units = [unit for unit in self.session.selection.units if unit < len(chosen)]
        chosen[units] = True
        self.angles.show_selected(shown.angles.counts_of(chosen))
        self.norms.show_selected(shown.norms.counts_of(chosen))

    def _select(self, which: Histogram, number: int, more: bool) -> None:
        units = frozenset(which.units_in(number).tolist())
        self.session.select(units=units | self.session.selection.units if more else units)

    def _read(self, plot: Bars, which: Histogram, runs: Trainings | None, x: float, what: str) -> None:
        number = plot.bar_at(x)
        if number >= 0:
            low, high = which.edges[number : number + 2]
            units = counted(len(which.units_in(number)), "unit") if runs is None else f"mean {_units(runs, number)}"
            self.line.setText(f"{units} with {what} from {low:.3g} to {high:.3g}")

    def _on_units_changed(self, old: Selection, new: Selection) -> None:
        if old.units != new.units and self.isVisible():
            self._show_selected()

    def _on_clusters_changed(self, _index: int) -> None:
        self.refresh()

    def _on_angles_bar_clicked(self, number: int, more: bool) -> None:
        shown = self._of_one_run()
        if shown is not None:
            self._select(shown.angles, number, more)

    def _on_norms_bar_clicked(self, number: int, more: bool) -> None:
        shown = self._of_one_run()
        if shown is not None:
            self._select(shown.norms, number, more)

    def _on_angles_pointed(self, x: float, _y: float) -> None:
        shown: Any = self._picture()
        if shown is not None:
            self._read(self.angles, shown.angles, (runs_of(shown) or (None, None))[0], x, "an angle in degrees")

    def _on_norms_pointed(self, x: float, _y: float) -> None:
        shown: Any = self._picture()
        if shown is not None:
            self._read(self.norms, shown.norms, (runs_of(shown) or (None, None))[1], x, "a norm")


def _units(runs: Trainings, number: int) -> str:
    """The units in a bin of each run: "12.3 units (10.1 to 14.5)"."""
    return interval_words(over_known(runs.values[:, number]), 1, " units")
