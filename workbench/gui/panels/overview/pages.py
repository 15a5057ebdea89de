"""The lower half of the overview: the table of all layers, or the map of one measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget

from workbench.gui.panels.overview.heat_map import HeatMap
from workbench.gui.panels.overview.table import LayerTable

if TYPE_CHECKING:
    from workbench.figures.overview.measures import Measure
    from workbench.gui.panels.overview.model import Shown

LEAST, MOST = 60, 16_777_215  # pixels high; the second one is Qt's own largest


class Pages(QStackedWidget):
    """The table takes no more height than its rows, so that the findings get the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.map = LayerTable(), HeatMap()
        self.addWidget(self.table)
        self.addWidget(self.map)
        self.table.height_changed.connect(self._fit)

    def fill(self, shown: Shown, measure: Measure | None, layer: str) -> None:
        """Show all measures, or the map of one, with a layer selected."""
        if measure is None:
            self.table.fill(shown, layer)
        else:
            self.map.show_measure(shown, measure, layer)
        self.setCurrentWidget(self.table if measure is None else self.map)
        self._fit()

    def _fit(self) -> None:
        table = self.currentWidget() is self.table
        self.setMaximumHeight(max(self.table.content_height, LEAST) if table else MOST)
