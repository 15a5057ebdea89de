"""Named sets of units: given a name in the menu of the weight graph, selected again by it, kept with the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from workbench.figures.settings import GraphSettings
from workbench.gui.widgets.forms.values import Setting
from workbench.gui.widgets.plain_text import as_action
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from workbench.gui.panels.graph.panel import GraphPanel

    Units = frozenset[int]

LONGEST = 60  # letters of a name
MOST = 1000  # sets that are kept


@dataclass(frozen=True)
class GraphPanelSettings(GraphSettings):
    """Those of the figure, and the named sets: units by name, for each layer of a run ("run_id layer")."""

    sets: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)


class NamedSets:
    """The sets of all layers; the menus of a panel show those of the selected one."""

    def __init__(self, panel: GraphPanel) -> None:
        self._panel = panel
        self._sets: dict[str, dict[str, list[int]]] = {}
        self.dialog: QInputDialog | None = None  # that asks for a name
        panel.keep("sets", Setting(self._read, self._write), "named sets")

    @property
    def here(self) -> dict[str, Units]:
        """The sets of the selected layer, by name."""
        return {name: frozenset(units) for name, units in sorted(self._sets.get(self._key(), {}).items())}

    def name(self, name: str, units: Units) -> None:
        """Give a name to these units of the selected layer; a set that had it is forgotten."""
        name = " ".join(name.split())[:LONGEST]
        if name and units:
            self._sets.setdefault(self._key(), {})[name] = sorted(units)
            self._panel.settings_changed.emit()

    def forget(self, name: str) -> None:
        """Forget a set of the selected layer."""
        self._sets.get(self._key(), {}).pop(name, None)
        self._panel.settings_changed.emit()

    def ask(self, units: Units) -> None:
        """Ask for a name of these units."""
        dialog = self.dialog = QInputDialog(self._panel)
        dialog.setWindowTitle("Name this set")
        dialog.setLabelText(f"Name of {counted(len(units), 'selected unit')}:")
        dialog.textValueSelected.connect(lambda name: self.name(name, units))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_to(self, menu: QMenu, units: Units) -> None:
        """The entries of a menu: name these units, select a set, forget one."""
        if units:
            menu.addAction("Name this set…").triggered.connect(lambda: self.ask(units))
        known = self.here
        if not known:
            return
        select, forget = menu.addMenu("Select set"), menu.addMenu("Forget set")
        for name, members in known.items():
            text = as_action(f"{name} ({counted(len(members), 'unit')})")
            select.addAction(text).triggered.connect(
                lambda _checked=False, members=members: self._panel.session.select(units=members)
            )
            forget.addAction(as_action(name)).triggered.connect(lambda _checked=False, name=name: self.forget(name))

    def _key(self) -> str:
        place = self._panel.session.selection.place
        return "" if place is None else f"{place.run.run_id} {place.layer}"

    def _read(self) -> dict[str, dict[str, list[int]]]:
        return {key: {name: list(units) for name, units in sets.items()} for key, sets in self._sets.items() if sets}

    def _write(self, value: object) -> None:
        if not isinstance(value, dict) or not all(isinstance(sets, dict) for sets in value.values()):
            raise ValueError(f"{value!r} does not contain sets of units by layer")
        found: dict[str, dict[str, list[int]]] = {}
        for key, sets in list(value.items())[:MOST]:
            for name, units in list(sets.items())[:MOST]:
                whole = isinstance(units, list | tuple) and all(type(unit) is int and unit >= 0 for unit in units)
                if not whole or not isinstance(name, str):
                    raise ValueError("a set is a list of numbers of units")
                found.setdefault(str(key), {})[name[:LONGEST]] = sorted(set(units))
        self._sets = found
        self._panel.settings_changed.emit()
