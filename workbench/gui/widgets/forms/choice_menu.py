"""A menu in which several entries can be switched before it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from workbench.figures.controls import control_in
from workbench.gui.widgets.plain_text import as_action, as_tooltip, literal

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent


class ChoiceMenu(QMenu):
    """Checkable entries that can be switched one after another with the mouse without the menu closing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)

    def add(self, key: str, text: str, tip: str = "", checked: bool = False) -> QAction:
        """One more entry; `key` is its data."""
        action = self.addAction(as_action(text))
        action.setData(key)
        action.setToolTip(as_tooltip(literal(tip or text)))  # without one the text is taken, and HTML in it rendered
        action.setCheckable(True)
        action.setChecked(checked)
        return action

    def add_alternatives(self, settings: type, name: str) -> QActionGroup:
        """The choices of a field under its name, of which exactly one is checked, the default at the beginning."""
        control, default = control_in(settings, name)
        self.addSection(control.name)
        group = QActionGroup(self)
        for key, text in control.texts.items():
            group.addAction(self.add(key, text, checked=key == default))
        return group

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isEnabled() and action.isCheckable():
            action.trigger()
            event.accept()
        else:
            super().mouseReleaseEvent(event)
