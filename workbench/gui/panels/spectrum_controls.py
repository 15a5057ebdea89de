"""The controls of the spectrum panel that are not in sight, behind one button."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget, QWidgetAction

from workbench.figures.settings import SpectrumSettings
from workbench.gui.widgets.forms.values import switch_for


class AdvancedSpectrum(QPushButton):
    """The button; how eigenvalues are drawn, and what beside them, is chosen in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.switches = [switch_for(SpectrumSettings, name) for name in ("initial", "shuffled", "counts")]
        page = QWidget()
        column = QVBoxLayout(page)
        for switch in self.switches:
            column.addWidget(switch)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)
