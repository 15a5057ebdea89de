"""What a person zoomed to in the plots of a panel: kept as a setting, and shown wherever those axes come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from workbench.figures.zoom import Zoom
from workbench.gui.widgets.forms.values import Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.figures.zoom import Range
    from workbench.gui.widgets.forms.values import Value


class Zoomable(Protocol):
    """A plot, or the view of a graph."""

    zoomed: Any  # signal: its ranges were changed by hand
    restored: Any  # signal: a person wants to see all again

    def ranges(self) -> tuple[Range, Range]:
        """What is seen, across and up."""

    def show_ranges(self, across: Range, up: Range) -> None:
        """Show this part."""

    def show_all(self) -> None:
        """Show what the data ask for."""


class HandZoom(QObject):
    """Follows the mouse in plots that lie above one another over the same axis.

    The ranges hold for the axes on which they were chosen (`show_for` says which are drawn): another layer is shown
    whole, and the zoom is there again when one comes back. A double click forgets it.
    """

    changed = Signal()

    def __init__(self, parent: QObject, *plots: Zoomable) -> None:
        super().__init__(parent)
        self._plots = plots
        self._zoom: Zoom | None = None
        self._of: str | None = None  # the axes that are drawn; None: none yet
        self._applied = False
        for plot in plots:
            plot.zoomed.connect(self._on_plot_zoomed)
            plot.restored.connect(self._on_plot_restored)

    @property
    def zoom(self) -> Zoom | None:
        """What is seen of the axes that are drawn; None where that is all."""
        return None if self._zoom is None or self._of is None else self._zoom.on(self._of)

    def setting(self, changed: Callable[[], None]) -> Setting:
        """The ranges as a setting: None, or an object with the fields of `Zoom`."""
        self.changed.connect(changed)
        return Setting(self._value, self._write)

    def show_for(self, of: str) -> None:
        """These axes have been drawn: show what was chosen on them."""
        self._of = of
        self._apply()

    def _apply(self) -> None:
        zoom = self.zoom
        if zoom is not None:
            for plot, heights in zip(self._plots, zoom.y, strict=True):
                plot.show_ranges(zoom.x, heights)
        elif self._applied:
            for plot in self._plots:
                plot.show_all()
        self._applied = zoom is not None

    def _value(self) -> Value:
        return None if self._zoom is None else msgspec.json.decode(msgspec.json.encode(self._zoom))

    def _write(self, value: object) -> None:
        try:
            zoom = msgspec.convert(value, Zoom | None)
        except msgspec.ValidationError as problem:
            raise ValueError(f"the view is invalid: {problem}") from problem
        if zoom is not None and len(zoom.y) != len(self._plots):
            raise ValueError(f"a view of {len(zoom.y)} plots, and there are {len(self._plots)}")
        self._take(zoom)
        self._apply()

    def _take(self, zoom: Zoom | None) -> None:
        if zoom != self._zoom:
            self._zoom = zoom
            self.changed.emit()

    def _on_plot_zoomed(self) -> None:
        if self._of is None:
            return
        (across, _), heights = self._plots[-1].ranges(), tuple(plot.ranges()[1] for plot in self._plots)
        try:
            zoom = Zoom(across, heights, self._of)
        except ValueError:  # zoomed out or in too far to be useful
            return
        self._take(zoom)
        self._apply()  # also the axes that the hand left to the data stay where they are now

    def _on_plot_restored(self) -> None:
        self._take(None)
        self._apply()
