"""The controls of the spectrum panel that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget, QWidgetAction

from workbench.analysis.spectra.edges import SIDES
from workbench.figures.settings import SpectrumSettings
from workbench.gui.widgets.forms.values import switch_for

if TYPE_CHECKING:
    from workbench.analysis.spectra.edges import Tail

TIPS: dict[Tail, str] = {
    "left": "A band of the eigenvalues below the lower edge of chance",
    "bulk": "A band of the eigenvalues between the edges of chance",
    "right": "A band of the eigenvalues beyond the upper edge of chance: the outliers",
}


class AdvancedSpectrum(QPushButton):
    """The button; how eigenvalues are drawn, and what beside them, is chosen in its menu.

    `tail_chosen` names the band that is asked for: "left", "bulk" or "right".
    """

    tail_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.switches = [switch_for(SpectrumSettings, name) for name in ("initial", "shuffled", "counts")]
        self.tails = {tail: QPushButton(f"{tail.capitalize()} tail" if tail != "bulk" else "Bulk") for tail in SIDES}
        page, row = QWidget(), QHBoxLayout()
        column = QVBoxLayout(page)
        for switch in self.switches:
            column.addWidget(switch)
        for tail, button in self.tails.items():
            button.setToolTip(TIPS[tail])
            button.clicked.connect(lambda _checked=False, tail=tail: self.tail_chosen.emit(tail))
            row.addWidget(button)
        column.addLayout(row)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)
