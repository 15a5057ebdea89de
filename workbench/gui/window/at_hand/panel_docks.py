"""A dock for each panel. The panel itself is made when its dock first comes into sight, or something asks for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.background import paint_queue
from workbench.gui.widgets.plain_text import literal
from workbench.gui.widgets.titled_dock import TitledDock
from workbench.gui.window.docks import PANELS, available_panels
from workbench.gui.work.sessions.made_panels import MadePanels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QMainWindow

    from workbench.gui.background.preloading import Preloading
    from workbench.gui.panels.base import Panel
    from workbench.gui.window.docks import Row
    from workbench.gui.work.workshop import Workshop


KEEPS_COMPARED = "compare"  # one of its settings is the run that all panels compare with


class PanelDocks(QObject):
    """The docks of `area` and their panels, both by name. A notice says which panels of packages cannot be used."""

    panel_requested = Signal(str)  # by another panel

    def __init__(self, area: QMainWindow, shop: Workshop) -> None:
        super().__init__(area)
        self._area, self._shop = area, shop
        available = available_panels()
        broken = dict(available.broken)
        self._of_packages: dict[str, Panel] = {}  # made at once: those that cannot be made have no dock
        self.rows: dict[str, Row] = {}
        for name, row in available.panels.items():
            if row in PANELS or self._make_first(row, broken):
                self.rows[name] = row
        self.docks: dict[str, TitledDock] = {name: self._dock(row) for name, row in self.rows.items()}
        self.panels: MadePanels[Panel] = MadePanels(self.rows, self._make)
        shop.session.compared.changed.connect(lambda: self.panels[KEEPS_COMPARED])
        if broken:
            names = literal(", ".join(broken))
            details = "\n".join(f"{name}: {why}" for name, why in broken.items())
            shop.notices.tell(f"Panels of installed packages cannot be used: {names}.", details)

    def make_in_sight(self) -> None:
        """Make the panels of the docks that can be seen."""
        for name in self._in_front():
            if self.docks[name].isVisible():
                self.panels[name]

    def make_soon(self, preloading: Preloading) -> None:
        """Load all panels once the window is painted; then make those in front, one in a turn."""
        turns = paint_queue.of_application()

        def make() -> None:
            for name in self._in_front():
                turns.call(partial(self._make_unless_shut, name))

        turns.call(partial(preloading.then, make))

    def _in_front(self) -> Iterable[str]:
        return [name for name, dock in self.docks.items() if dock.in_front and not dock.isHidden()]

    def _make_unless_shut(self, name: str) -> None:
        if not self._shop.closing:
            self.panels[name]

    def _make_first(self, row: Row, broken: dict[str, str]) -> bool:
        """Whether the panel of a package could be made; else it is noted why not."""
        try:
            self._of_packages[row.name] = row.panel.make(self._shop)
        except Exception as error:  # a package's own: the others must still work
            broken[row.name] = f"{type(error).__name__}: {error}"
            return False
        return True

    def _dock(self, row: Row) -> TitledDock:
        dock = TitledDock(row.title, self._area)
        dock.setObjectName(row.name)
        dock.front_changed.connect(partial(self._on_dock_front_changed, row.name))
        return dock

    def _make(self, name: str) -> Panel:
        """The panel of this name, in its dock."""
        dock = self.docks[name]
        panel = self._of_packages.pop(name, None) or self.rows[name].panel.make(self._shop)
        dock.setWidget(panel)
        panel.frame.header.belong_to(dock)
        panel.frame.give_header(dock)
        dock.front_changed.connect(panel.lie)
        panel.lie(dock.in_front)
        panel.meet(self.panels)
        panel.panel_requested.connect(self.panel_requested)
        return panel

    def _on_dock_front_changed(self, name: str, in_front: bool) -> None:
        under_way = name in self.panels.making or self._shop.closing
        if in_front and self.docks[name].isVisible() and not under_way:
            self.panels[name]
