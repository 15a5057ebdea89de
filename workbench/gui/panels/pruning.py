"""The pruning panel: what is left of the network as units of the chosen layer are removed (report, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from workbench.analysis.orders import available_orders
from workbench.figures.drawing import Drawing
from workbench.figures.pruning import figure
from workbench.figures.pruning.axes import ACROSS
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.figure import FIRST_ORDERS, chance_of, heights_of
from workbench.figures.pruning.group import GroupPicture, drawn_runs, random_band
from workbench.figures.pruning.lines import RANDOM, TITLES
from workbench.figures.pruning.pasted import table
from workbench.figures.pruning.question import Question
from workbench.figures.settings import PruningSettings
from workbench.gui.background.paint_queue import Once
from workbench.gui.panels.base import Panel
from workbench.gui.panels.beside import BesideRow
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.help import PRUNING as HELP
from workbench.gui.panels.kind import PanelKind
from workbench.gui.panels.programs import pruning_program
from workbench.gui.panels.pruning_menus import AdvancedMenu, InsteadButton, OrdersMenu, with_shown
from workbench.gui.plots.legend import Legend
from workbench.gui.plots.pruning_legend import entries
from workbench.gui.plots.pruning_plot import PruningPlot
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.widgets.around.buttons import RightButton
from workbench.gui.widgets.forms.values import list_for
from workbench.gui.widgets.plain_text import as_tooltip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.pruning.picture import Picture
    from workbench.gui.background.latest import Failure
    from workbench.gui.state.session import Selection, Session


class PruningPanel(Panel):
    """Pruning curves of the chosen layer at the chosen snapshot, with a cursor that marks the removed units."""

    kind = PanelKind(
        name="pruning",
        title="Pruning",
        help=HELP,
        settings=PruningSettings,
        shortcut="Ctrl+6",
        slow=True,
        shows_groups=True,
        patience_ms=200,
        asks_data=True,
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self.known = PruningCurves()
        self.shown: Picture | None = None
        self._marked: frozenset[int] = frozenset()  # the units that the cursor chose last
        self._level = 0  # how many units of all layers it went over
        super().__init__(session, pool)
        self._fading = self.following = Once(self, self._follow)
        self.instead = InsteadButton()
        self.instead.clicked.connect(self._on_instead_clicked)
        self.add_to_message(self.instead)
        self.plot = PruningPlot(available_orders().orders)
        self.plot.scrubbed.connect(self._on_plot_scrubbed)
        self.legend, self.right = Legend(), RightButton()
        self.right.clicked.connect(self.confirm_requested)
        for widget, stretch in ((self.legend, 0), (self.plot, 1), (self.right, 0)):
            self.picture.addWidget(widget, stretch)
        self.beside = BesideRow(self, pool, (self.plot,))
        self._make_controls()

    # --- what the picture depends on ---

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        layers = self.advanced.layers
        follows = bool(layers) or selection.units == self._marked or place.group is not None
        return Question(
            place=place,
            orders=self.orders.orders,
            removed=self.removed.currentData(),
            units=frozenset() if follows else selection.units,
            layers=layers,
            merged=self.orders.merged,
            dead_first=True,
            **self.advanced.chosen_alternatives,
        )

    def place(self, needs: Question) -> object:
        return needs.subject

    def awaited(self, needs: Question) -> str:
        return figure.awaited(needs, self.shown)

    def refresh(self) -> None:
        """Ask again if needed: at once if the answer is known, otherwise once the selection has stopped changing."""
        place, before = self.session.selection.place, self._question
        if place is not None:
            self.advanced.offer([layer.name for layer in place.run.layers[:-1]], place.layer)
        super().refresh()
        wanted = self._question
        if wanted != before and isinstance(wanted, Question):
            self._fading.ask() if self.shown else self._fading.now()  # no empty plot is seen for a moment
            if self.known.knows(wanted):
                self.ask_now()

    def _follow(self) -> None:
        """Fade what is drawn of another snapshot than the selected one; show it again on the way back."""
        wanted, shown = self._question, self.shown
        if not isinstance(wanted, Question):
            return
        if shown is None or shown.question.subject_at_snapshot != wanted.subject_at_snapshot:
            self._show_awaited(wanted)
        elif self.plot.faded:
            self._feed(shown)
            self._write()

    def compute(self, needs: Question) -> Iterator[Picture]:
        return self.known.pictures(needs)

    @staticmethod
    def enough(result: Picture) -> bool:
        """Each order but the random one has its first curve from `FIRST` images."""
        names = {line.name for line in result.lines if line.images >= line.first}
        return bool(names) if result.quantity == "class" else {*result.question.orders} - {RANDOM} <= names

    @property
    def preliminary(self) -> str | None:
        if self.complete or self.shown is None or self._shown != self._question:
            return super().preliminary
        few, every = self.shown.images
        return "; ".join([f"curves from {few:,} of {every:,} images", *filter(None, [self.shown.progress])])

    # --- drawing ---

    def draw(self, result: Picture) -> None:
        self.shown = result
        self._feed(result)
        self._mark_units(follow=True)
        self._write()
        tooltip = "".join(as_tooltip(line) for line in result.details)
        for widget in (self.plot, self.legend):
            widget.setToolTip(tooltip)

    def _show_awaited(self, wanted: Question) -> None:
        """What is drawn belongs to an earlier question; where nothing is, the axes are those of this one."""
        self.frame.show_picture()
        self.line.setText(self.awaited(wanted))
        if self.shown is not None:
            self.plot.fade()
            self.legend.fade()
            return
        chance, units = chance_of(wanted), wanted.total if wanted.across == "units" else None
        labels = (ACROSS[wanted.across].lower(), TITLES[wanted.quantity])
        self.plot.show_awaited(units, labels, figure.heights_awaited(chance), chance)

    def _feed(self, shown: Picture) -> None:
        """Hand the picture to the plot's items."""
        self.plot.show_curves({line.name: (line.across, line.mean) for line in shown.lines}, random_band(shown))
        self.plot.show_trainings(drawn_runs(shown))
        points = () if shown.merging is None else shown.merging.points
        heights = [getattr(point.accuracy, shown.quantity) for point in points]
        self.plot.show_merged(shown.steps[[point.removed for point in points]], np.array(heights))
        self.plot.show_dead_ends(shown.dead_places)
        ablation = shown.ablation
        if ablation is None:
            self.plot.points.setVisible(False)
        else:
            mean = float(ablation.random.mean()) if len(ablation.random) else float("nan")
            self.plot.show_points(float(shown.steps[ablation.count]), ablation.value, mean)
        chance = chance_of(shown.question)
        self.plot.show_axes(shown.steps, (shown.label, TITLES[shown.quantity]), heights_of(shown, chance), chance)
        self.zoom.show_for(shown.question.axes)

    def drawing(self) -> Drawing | None:
        if self.shown is None or not self.shown.lines:
            return None
        question = self.shown.question
        drawn = figure.pruning_figure(self.shown, self.zoom.zoom)
        units, place = tuple(sorted(question.units)), question.place
        return Drawing(drawn, place.alone, units, with_shown(self.settings(), question.orders), group=place.others)

    def as_python(self) -> str | None:
        if isinstance(self.shown, GroupPicture):
            return group_table_program(self.drawing())
        shown = self.shown if self._shown == self._question else None
        return pruning_program(self._question, shown) if isinstance(self._question, Question) else None

    def retry(self) -> None:
        self.clear()  # what is drawn may be of other data
        super().retry()

    def clear(self) -> None:
        self.shown = None
        self._marked, self._level = frozenset(), 0
        self.plot.forget()
        self.legend.set_entries(())
        self.right.show_for(())

    def _write(self) -> None:
        """Line and legend; away from 0 the legend reads every curve at the cursor."""
        if self.shown is None:
            return
        shown, plot = self.shown, self.plot
        self.legend.set_entries(entries(shown, plot), entries(shown, plot, brief=True))
        self.right.show_for(shown.warnings)
        self.line.setText(shown.words)

    # --- the cursor ---

    def _on_plot_scrubbed(self, level: int, follows: bool = False) -> None:
        if isinstance(self.shown, GroupPicture):  # each run loses units of its own: none are marked
            self._level = level
            self._mark_units(follow=False)
            return self._write()
        if self.shown is None or self.shown.order is None or not self._shows_selected_layer():
            return
        self._level, self._marked = level, self.shown.removed(level)
        (self.session.adjust if follows else self.session.select)(units=self._marked)
        self._mark_units(follow=False)  # the same units may be gone at another level of several layers
        self._write()

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if new.units != old.units and self._shows_selected_layer():
            self._mark_units(follow=False)
            self._write()

    def _mark_units(self, follow: bool) -> None:
        """The cursor stands at as many units as are selected; they follow the order where the cursor chose them.

        Over several layers it stands where it was put.
        """
        shown, units = self.shown, self.session.selection.units
        assert shown is not None
        joint = shown.question.joint or isinstance(shown, GroupPicture)
        level = min(self._level if joint else len(units), shown.units)
        self.plot.set_level(level)
        if follow and level and (joint or units == self._marked) and shown.order is not None:
            self._on_plot_scrubbed(level, follows=True)

    def _shows_selected_layer(self) -> bool:
        return self.shown is not None and self.shown.question.place.same_layer(self.session.selection.place)

    # --- controls ---

    def _make_controls(self) -> None:
        self.orders = OrdersMenu(self, FIRST_ORDERS)
        self.removed = list_for(PruningSettings, "removed")
        self.removed.currentIndexChanged.connect(self._on_control_changed)
        self.advanced = AdvancedMenu(self)
        for chosen in (self.orders.chosen, self.advanced.chosen):
            chosen.connect(self._on_control_changed)
        for name, control in (("orders", self.orders.setting(self.settings_changed.emit)), ("removed", self.removed),
                              *self.advanced.settings(self.settings_changed.emit).items()):  # fmt: skip
            self.keep(name, control)
        self.zoom = self.keep_zoom(self.plot)
        self.advanced.copy_data.triggered.connect(self._on_copy_data_triggered)
        orders, advanced = QPushButton("Orders"), QPushButton("Advanced")
        orders.setMenu(self.orders)
        advanced.setMenu(self.advanced)
        for control in (orders, self.removed, advanced):
            self.controls.addWidget(control)

    def _on_control_changed(self, _value: Any = None) -> None:
        self.refresh()
        self.ask_now()

    def _on_copy_data_triggered(self) -> None:
        QGuiApplication.clipboard().setText("" if self.shown is None else table(self.shown))

    def ask_now(self) -> None:
        """Do not wait until the selection has rested."""
        if self.rest.isActive():
            self.rest.stop()
            self._ask()

    def _on_latest_failed(self, failure: Failure) -> None:
        super()._on_latest_failed(failure)
        if failure.question == self._question:
            self.clear()
            self.instead.setVisible(failure.question.quantity != "potential")

    def _say(self, text: str, can_retry: bool = False) -> None:
        super()._say(text, can_retry)
        self.instead.setVisible(False)

    def _on_instead_clicked(self) -> None:
        next(action for action in self.advanced.quantity.actions() if action.data() == "potential").trigger()
