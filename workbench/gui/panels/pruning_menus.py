"""The menus of the pruning panel: which curves, and rarely changed settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from workbench.analysis.orders import available_orders
from workbench.figures.pruning.dead_first import as_shown
from workbench.figures.settings import PruningSettings
from workbench.gui.widgets.forms.choice_menu import ChoiceMenu
from workbench.gui.widgets.forms.values import Setting, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from workbench.gui.widgets.forms.values import Value

MERGED = "merged"


class OrdersMenu(ChoiceMenu):
    """The orders, and merging beside them."""

    chosen = Signal()

    def __init__(self, parent: QWidget, shown: Iterable[str]) -> None:
        super().__init__(parent)
        known = available_orders()
        for name, order in known.orders.items():
            self._offer(name, f"{name}:  {order.title}").setChecked(name in shown)
        self._offer(MERGED, f"{MERGED}:  repeated units are joined, not removed")
        for name, reason in known.broken.items():
            self.add(name, f"{name}:  cannot be loaded", reason).setEnabled(False)

    @property
    def orders(self) -> tuple[str, ...]:
        """Those that are checked."""
        return tuple(name for name in self._checked() if name != MERGED)

    @property
    def merged(self) -> bool:
        """Whether the merging curve is checked."""
        return MERGED in self._checked()

    def setting(self, changed: Callable[[], None]) -> Setting:
        """Which are checked, as names; `changed()` follows every change."""
        self.chosen.connect(changed)
        return Setting(lambda: list(self._checked()), self._check, switches=self._known)

    def _check(self, value: object) -> None:
        wanted = names(value)
        known = [action.data() for action in self._known()]
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such order here")
        for action in self.actions():
            action.setChecked(action.data() in wanted)

    def _known(self) -> list[QAction]:
        return [action for action in self.actions() if action.isEnabled()]

    def _checked(self) -> list[str]:
        return [action.data() for action in self.actions() if action.isChecked()]

    def _offer(self, name: str, text: str) -> QAction:
        action = self.add(name, text)
        action.toggled.connect(self.chosen)
        return action


def with_shown(settings: dict[str, Value], shown: Sequence[str]) -> dict[str, Value]:
    """The panel's settings with the order that was added to those that are checked, where it is among the shown."""
    return {**settings, "orders": [*as_shown(names(settings["orders"]), shown)]}


class AdvancedMenu(ChoiceMenu):
    """What goes up and along the plot, on which images, and which layers lose units together."""

    chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        above = ("quantity", "across", "part", "similarity")
        self.groups = {name: self.add_alternatives(PruningSettings, name) for name in above}
        self.quantity = self.groups["quantity"]
        self._layer_actions: list[QAction] = []
        self._offered: tuple[str, ...] = ()  # layers
        self._below = self.addSection("Layers together")
        self.groups["rule"] = self.add_alternatives(PruningSettings, "rule")
        for group in self.groups.values():
            group.triggered.connect(self.chosen)
        self.addSeparator()
        self.copy_data = self.addAction("Copy data")
        self.copy_data.setToolTip("The values in the plot, to paste into a table")
        self.aboutToShow.connect(lambda: self.layer_actions)

    @property
    def layer_actions(self) -> list[QAction]:
        """An entry for each layer, made when they are needed: of 1,000 layers that takes long."""
        if not self._layer_actions:
            self._make_layer_actions(())
        return self._layer_actions

    @property
    def chosen_alternatives(self) -> dict[str, Any]:
        """What is checked of each group, by the name of its setting."""
        return {name: group.checkedAction().data() for name, group in self.groups.items()}

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that lose units together, at least two, in the network's order; else none."""
        checked = tuple(action.data() for action in self._layer_actions if action.isChecked())
        return checked if len(checked) > 1 else ()

    def settings(self, changed: Callable[[], None]) -> dict[str, object]:
        """The controls that hold a value, by name; `changed()` follows a change of the layers."""
        self._changed = changed
        layers = Setting(lambda: list(self.layers), self._check_layers, switches=lambda: self.layer_actions)
        return {**self.groups, "layers": layers}

    def _check_layers(self, value: object) -> None:
        wanted = names(value)
        unknown = [name for name in wanted if name not in [action.data() for action in self.layer_actions]]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: no such layer in this run")
        for action in self.layer_actions:
            action.blockSignals(True)
            action.setChecked(action.data() in wanted)
            action.blockSignals(False)
        self._changed()
        self.chosen.emit()

    def offer(self, layers: Sequence[str], current: str | None) -> None:
        """The layers that can be checked; the first check adds `current`, which is looked at."""
        self._current = current
        if self._offered == tuple(layers):
            return
        checked = self.layers
        for action in self._layer_actions:
            self.removeAction(action)
            action.deleteLater()
        self._offered, self._layer_actions = tuple(layers), []
        if checked:
            self._make_layer_actions(checked)

    def _make_layer_actions(self, checked: Sequence[str]) -> None:
        self._layer_actions = [self.add(name, name, checked=name in checked) for name in self._offered]
        following = self.actions()[self.actions().index(self._below) + 1]
        self.insertActions(following, self._layer_actions)
        for action in self._layer_actions:
            action.toggled.connect(self._on_layer_toggled)

    _current: str | None = None
    _changed: Callable[[], None] = staticmethod(lambda: None)

    def _on_layer_toggled(self, checked: bool) -> None:
        if checked and not self.layers:
            for action in self.layer_actions:
                if action.data() == self._current and not action.isChecked():
                    action.setChecked(True)  # which says so itself
                    return
        self._changed()
        self.chosen.emit()


class InsteadButton(QPushButton):
    """Where the network cannot be asked, offers what can be shown all the same; hidden until then."""

    def __init__(self) -> None:
        super().__init__("Show the frame potential")
        self.setToolTip("It needs neither network nor images")
        self.setVisible(False)
