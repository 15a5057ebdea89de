"""The cut-off of the weight graph: a slider and a field, and a button that says in which unit they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QPushButton, QStyle

from workbench.analysis.graph import REPORT_CUTOFF
from workbench.figures.graph.cutoff import UNITS, in_words
from workbench.figures.settings import GraphSettings
from workbench.gui.widgets.forms.choice_menu import ChoiceMenu
from workbench.gui.widgets.forms.sliders import NumberSlider
from workbench.gui.widgets.forms.values import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QActionGroup

    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.figures.graph.picture import GraphResult

FRAME = 4  # pixels of a button
TIP = "The cut-off: edges join units at least as close as this. The button chooses the unit"


class CutoffControl(NumberSlider):
    """The same number as a slider and in a field; `unit_chosen(unit)` follows the button's menu."""

    unit_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Cut-off", 0.0, 1.0, REPORT_CUTOFF, 2, TIP)
        self.button = QPushButton()
        self.button.setAccessibleName("Unit of the cut-off")
        menu = ChoiceMenu(self.button)
        self.units: QActionGroup = menu.add_alternatives(GraphSettings, "cutoff_unit")
        for action, row in zip(self.units.actions(), UNITS.values(), strict=True):
            action.setToolTip(row.meaning)
        self.units.triggered.connect(lambda action: self._on_units_triggered(action.data()))
        self.button.setMenu(menu)
        across = self.layout()
        assert across is not None
        across.replaceWidget(self.label, self.button)
        self.label.hide()
        self.choose("cosine")

    @property
    def unit(self) -> CutoffUnit:
        """The unit that the number has."""
        unit: CutoffUnit = self.units.checkedAction().data()
        return unit

    def choose(self, unit: str) -> None:
        """Take another unit; the number stays until another is shown. ValueError: there is no such unit."""
        if unit not in UNITS:
            raise ValueError(f"{unit!r} is none of {', '.join(UNITS)}")
        for action in self.units.actions():
            action.setChecked(action.data() == unit)
        self._write()

    def show_result(self, result: GraphResult) -> None:
        """The cut-off of a graph, where the ticks lie, and what it is in the other units."""
        needs, unit = result.needs, self.unit
        given = needs.cutoff if needs.unit == unit else None
        amount = result.readings[unit] if given is None else given
        self.show_amount(result.graph.requested if unit == "cosine" else amount, result.basis.pairs)
        self.set_ticks(result.ticks if needs.unit == unit else {})
        width = f" ({'k' if result.basis.kernel == 'code' else 'σ²'} = {result.width:.3g})"
        self.set_tip(f"{TIP}.\n{in_words(result.readings, width)}")

    def show_amount(self, amount: float, pairs: int) -> None:
        """Show a number of the chosen unit, of so many pairs of units; `changed` does not follow."""
        self.set_scale(UNITS[self.unit].scale(pairs), amount)
        self.blockSignals(True)
        self.set_value(amount)
        self.blockSignals(False)

    def _write(self) -> None:
        self.button.setText(UNITS[self.unit].title.replace("Cosine", "Cos"))  # one line is short of room
        self._fit_button()
        self.button.setToolTip(f"In which unit the cut-off is given: {UNITS[self.unit].meaning}")

    def _fit_button(self) -> None:
        """No wider than its text: a style makes short buttons wide."""
        style, of = self.button.style(), QStyle.PixelMetric
        around = style.pixelMetric(of.PM_MenuButtonIndicator) + 2 * style.pixelMetric(of.PM_ButtonMargin) + FRAME
        self.button.setFixedWidth(self.button.fontMetrics().horizontalAdvance(self.button.text()) + around)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_button()

    def _on_units_triggered(self, unit: str) -> None:
        self._write()
        self.button.menu().close()
        self.unit_chosen.emit(unit)


def read_cutoffs(value: object) -> dict[str, float]:
    """Cut-offs by shape ("256x16384") or unit ("percentile"). ValueError: they are none."""
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} does not contain cut-offs by shape or unit")
    found = {}
    for key, amount in value.items():
        shape = re.fullmatch(r"[0-9]{1,9}x[0-9]{1,9}", str(key))
        if not shape and (key not in UNITS or key == "cosine"):
            raise ValueError("a shape is written as 256x16384, a unit as percentile")
        found[str(key)] = min(max(number(amount), 0.0), 1.0) if shape else abs(number(amount))
    return found


def with_units(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings of this panel where they may be older: a cut-off by weight was a setting of its own."""
    found = dict(settings)
    least, cutoffs = found.pop("least_weight", 0.0), found.get("cutoffs", {})
    if isinstance(least, float | int) and least > 0.0 and found.get("similarity") == "report-code":
        found["cutoff_unit"] = "weight"
        found["cutoffs"] = {**(cutoffs if isinstance(cutoffs, dict) else {}), "weight": least}
    return found
