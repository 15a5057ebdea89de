"""What each view of the map is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.plots.graph.look import legend

if TYPE_CHECKING:
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.plots.legend import Entry

    Units = frozenset[int]


class MapView(QWidget):
    """`chosen(units, adding)` follows a selection of units of the selected layer, `said(text)` the mouse."""

    chosen = Signal(object, bool)
    said = Signal(str)

    def show_picture(self, picture: Any) -> None:
        """Draw a picture."""
        raise NotImplementedError

    def mark(self, units: Units) -> None:
        """Mark the selected units of the layer."""
        raise NotImplementedError

    def entries(self, picture: Any) -> list[tuple[Entry, Units]]:
        """The legend, each entry with the units of the selected layer that a click selects."""
        raise NotImplementedError

    def forget(self) -> None:
        """Take everything away."""
        raise NotImplementedError


def entries_of_groups(result: GraphResult, kept: int | None = None) -> list[tuple[Entry, Units]]:
    """The groups of the graph as its legend says them; without the last rows, of edges and sizes, if `kept` is 0."""
    rows = legend(result)[: len(result.group_names) if kept == 0 else None]
    return [(entry, result.units_of(nodes)) for entry, nodes in rows]
