"""The pruning panel: what is left of the network as units of the chosen layer are removed (report, section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from workbench.analysis.orders import available_orders
from workbench.evaluation.results import MEANINGS
from workbench.gui.panels.base import Empty, Panel
from workbench.gui.panels.pruning_picture import Picture, PruningCurves, Question
from workbench.gui.panels.pruning_picture_lines import RANDOM, TITLES, reading
from workbench.gui.panels.pruning_plot import PruningPlot
from workbench.gui.widgets.choices import ChoiceMenu
from workbench.gui.widgets.plain_text import as_tooltip
from workbench.gui.widgets.plot import Entry, Legend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.latest import Failure
    from workbench.gui.session import Selection, Session

FIRST_SHOWN = ("max_mag", "max_fp", RANDOM)
REMOVED = {"bias": "Bias kept (report)", "zero": "Whole unit zero", "mean": "Mean output"}
PARTS = {"test": "Test images", "validation": "Validation images"}


class PruningPanel(Panel):
    """Pruning curves of the chosen layer at the chosen snapshot, with a cursor that marks the removed units."""

    title: ClassVar[str] = "Pruning"
    patience_ms: ClassVar[int] = 200

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self.known = PruningCurves()
        self.shown: Picture | None = None
        self._marked: frozenset[int] = frozenset()  # the units that the cursor chose last
        super().__init__(session, pool)
        self.plot = PruningPlot(available_orders().orders)
        self.plot.scrubbed.connect(self._on_plot_scrubbed)
        self.legend = Legend()
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.plot, 1)
        self._make_controls()

    # --- what the picture depends on ---

    def needs(self, selection: Selection) -> object:
        if selection.run is None or selection.layer is None:
            return Empty("No layer is chosen. Open a run and choose one of its layers.")
        if selection.run.snapshots == 0:
            return Empty("This run has no snapshot yet. The first one is on its way if it is training.")
        return Question(
            run=selection.run,
            layer=selection.layer,
            snapshot=selection.snapshot,
            orders=tuple(action.data() for action in self.orders.actions() if action.isChecked()),
            removed=self.removed.currentData(),
            part=self.part.checkedAction().data(),
            quantity=self.quantity.checkedAction().data(),
            units=frozenset() if selection.units == self._marked else selection.units,
        )

    def refresh(self) -> None:
        """Ask anew where needed: at once for what is known already, else when the selection has rested."""
        before = self._asked
        super().refresh()
        asked = self._asked
        if asked == before or not isinstance(asked, Question):
            return
        if self.shown is None or self.shown.question.place != asked.place:
            self._pages.setCurrentIndex(1)
            self.plot.fade()
            self.line.setText(asked.words)
        if self.known.knows(asked):
            self._ask_now()

    def compute(self, needs: Question) -> Iterator[Picture]:
        return self.known.pictures(needs)

    # --- drawing ---

    def draw(self, result: Picture) -> None:
        self.shown = result
        self._feed(result)
        self._mark_units(follow=True)
        self._write()
        told = "".join(as_tooltip(line) for line in result.details)
        for widget in (self.plot, self.legend):
            widget.setToolTip(told)

    def _feed(self, shown: Picture) -> None:
        """Hand the picture to the plot's items."""
        random = next((line.over_seeds for line in shown.lines if line.name == RANDOM), None)
        band = None if random is None else (random.low, random.high)
        self.plot.show_curves({line.name: line.mean for line in shown.lines}, band)
        ablation = shown.ablation
        if ablation is None:
            self.plot.points.setVisible(False)
        else:
            mean = float(ablation.random.mean()) if len(ablation.random) else float("nan")
            self.plot.show_points(ablation.count, ablation.value, mean)
        chance = 100.0 / shown.question.run.layers[-1].units if shown.quantity == "accuracy" else None
        self.plot.show_axes(shown.units, TITLES[shown.quantity], _heights(shown, chance), chance)

    def clear(self) -> None:
        self.shown = None
        self.plot.forget()
        self.legend.set_entries(())

    def _write(self) -> None:
        """Line and legend; the legend reads every curve at the cursor."""
        if self.shown is None:
            return
        quantity, level = self.shown.quantity, self.plot.level
        self.legend.set_entries(
            [
                Entry(reading(line, level, quantity), self.plot.pen(line.name).color(), self.plot.mark(line.name))
                for line in self.shown.lines
            ]
        )
        self.line.setText(self.shown.words)

    # --- the cursor ---

    def _on_plot_scrubbed(self, level: int) -> None:
        if self.shown is None or self.shown.order is None or not self._shows_selected_layer():
            return
        self._marked = frozenset(self.shown.order[:level].tolist())
        self.session.select(units=self._marked)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if new.units != old.units and self._shows_selected_layer():
            self._mark_units(follow=False)
            self._write()

    def _mark_units(self, follow: bool) -> None:
        """The cursor stands at as many units as are selected; they follow the order where the cursor chose them."""
        shown, units = self.shown, self.session.selection.units
        assert shown is not None
        self.plot.set_level(min(len(units), shown.units))
        if follow and units and units == self._marked and shown.order is not None:
            self._on_plot_scrubbed(len(units))

    def _shows_selected_layer(self) -> bool:
        shown, selection = self.shown, self.session.selection
        return shown is not None and (shown.question.run.run_id, shown.question.layer) == (
            getattr(selection.run, "run_id", None),
            selection.layer,
        )

    # --- controls ---

    def _make_controls(self) -> None:
        self.orders = self._orders_menu()
        self.removed = QComboBox()
        for key, text in REMOVED.items():
            self.removed.addItem(text, key)
        self.removed.setToolTip("What “removed” means: " + "; ".join(MEANINGS.values()))
        self.removed.setAccessibleName("What removed means")
        self.removed.currentIndexChanged.connect(self._on_control_changed)
        advanced = ChoiceMenu(self)
        quantities = {str(key): title.capitalize() for key, title in TITLES.items()}
        self.quantity = advanced.add_alternatives("Up the plot", quantities)
        self.part = advanced.add_alternatives("Measured on", PARTS)
        for group in (self.quantity, self.part):
            group.triggered.connect(self._on_control_changed)
        for text, menu in (("Orders", self.orders), ("Advanced", advanced)):
            button = QPushButton(text)
            button.setMenu(menu)
            self.controls.addWidget(button)
        self.controls.insertWidget(1, self.removed)
        self.controls.addStretch(1)

    def _orders_menu(self) -> ChoiceMenu:
        menu = ChoiceMenu(self)
        known = available_orders()
        for name, order in known.orders.items():
            action = menu.add(name, f"{name}:  {order.title}", checked=name in FIRST_SHOWN)
            action.toggled.connect(self._on_control_changed)
        for name, reason in known.broken.items():
            menu.add(name, f"{name}:  cannot be loaded", reason).setEnabled(False)
        return menu

    def _on_control_changed(self, _value: Any) -> None:
        self.refresh()
        self._ask_now()

    def _ask_now(self) -> None:
        """Do not wait until the selection has rested."""
        if self._rest.isActive():
            self._rest.stop()
            self._ask()

    # --- where the network cannot be asked ---

    def _message_page(self) -> QWidget:
        page = super()._message_page()
        self.instead = QPushButton("Show the frame potential, which needs neither network nor images")
        self.instead.clicked.connect(self._on_instead_clicked)
        self.instead.setVisible(False)
        layout = page.layout()
        assert layout is not None
        layout.addWidget(self.instead)
        return page

    def _on_latest_failed(self, failure: Failure) -> None:
        super()._on_latest_failed(failure)
        if failure.question == self._asked:
            self.clear()
            self.instead.setVisible(failure.question.quantity != "potential")

    def _say(self, text: str, can_retry: bool = False) -> None:
        super()._say(text, can_retry)
        self.instead.setVisible(False)

    def _on_instead_clicked(self) -> None:
        next(action for action in self.quantity.actions() if action.data() == "potential").trigger()


def _heights(shown: Picture, chance: float | None) -> tuple[float, float]:
    """Of accuracies from chance, or the lowest curve, to 100 %; of other quantities from 0 to the highest."""
    lowest, highest = shown.heights
    if chance is not None:
        return float(np.fmin(chance, lowest)) - 2.0, 102.0
    return 0.0, 1.04 * highest if highest > 0 else 1.0
