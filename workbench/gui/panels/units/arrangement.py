"""How the table of units is arranged: which column it is sorted by, and which columns are hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QMenu

from workbench.gui.panels.units.columns import BY_NAME
from workbench.gui.panels.units.settings import UnitsSettings
from workbench.gui.widgets.forms.values import Setting, names, truth

if TYPE_CHECKING:
    from workbench.gui.panels.units.model import Order
    from workbench.gui.panels.units.table import UnitView


class Arrangement(QObject):
    """Follows the heads of the table: a click sorts, a right click chooses columns. `changed` follows either."""

    changed = Signal()

    def __init__(self, view: UnitView) -> None:
        super().__init__(view)
        self._view = view
        self.order: Order = (UnitsSettings.sort, UnitsSettings.descending)
        self.hidden: frozenset[str] = frozenset(UnitsSettings.hidden)
        header = view.horizontalHeader()
        header.sortIndicatorChanged.connect(self._on_header_sort_indicator_changed)
        header.customContextMenuRequested.connect(self._on_header_menu_requested)

    def settings(self) -> dict[str, Setting]:
        """What a person can set here, by name."""
        return {
            "sort": Setting(lambda: self.order[0], self._sort_by, options=tuple(BY_NAME)),
            "descending": Setting(lambda: self.order[1], lambda on: self._sort(self.order[0], truth(on))),
            "hidden": Setting(lambda: sorted(self.hidden), self._hide_named),
        }

    def apply(self) -> None:
        """Show in the heads of the view how it is sorted, and hide what is not wanted."""
        header, columns = self._view.horizontalHeader(), self._view.units.columns
        for at, column in enumerate(columns):
            self._view.setColumnHidden(at, column.name in self.hidden)
        shown = [column.name for column in columns]
        at = shown.index(self.order[0]) if self.order[0] in shown else -1
        way = Qt.SortOrder.DescendingOrder if self.order[1] else Qt.SortOrder.AscendingOrder
        with QSignalBlocker(header):
            header.setSortIndicator(at, way)

    def _sort_by(self, name: object) -> None:
        if not isinstance(name, str) or name not in BY_NAME:
            raise ValueError(f"{name!r} is none of {', '.join(BY_NAME)}")
        self._sort(name, self.order[1])

    def _sort(self, name: str, descending: bool) -> None:
        self.order = name, descending
        self.changed.emit()

    def _hide_named(self, value: object) -> None:
        hidden = frozenset(names(value))
        if unknown := hidden - BY_NAME.keys():
            raise ValueError(f"there is no column {min(unknown)}")
        self._hide(hidden)

    def _hide(self, hidden: frozenset[str]) -> None:
        self.hidden = hidden
        self.changed.emit()

    def _on_header_sort_indicator_changed(self, section: int, way: Qt.SortOrder) -> None:
        if 0 <= section < len(self._view.units.columns):
            self._sort(self._view.units.columns[section].name, way == Qt.SortOrder.DescendingOrder)

    def _on_header_menu_requested(self, at: QPoint) -> None:
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for column in self._view.units.columns[1:]:
            action = menu.addAction(column.title)
            action.setCheckable(True)
            action.setChecked(column.name not in self.hidden)
            action.toggled.connect(lambda _on, name=column.name: self._hide(self.hidden ^ {name}))
        menu.popup(self._view.horizontalHeader().mapToGlobal(at))
