"""Keys that mean one thing to the timeline and another to a control: the control that has the focus comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)

if TYPE_CHECKING:
    from workbench.gui.panels.base import Panel
    from workbench.gui.work.sessions.made_panels import MadePanels

_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}
# By the names of classes: those of plots are loaded when the first panel is made.
OWN_KEYS = (
    ("QAbstractSlider", _ARROWS),
    ("QAbstractSpinBox", _ARROWS | {Qt.Key.Key_Space}),
    ("QComboBox", {Qt.Key.Key_Space}),
    ("QAbstractButton", {Qt.Key.Key_Space}),
    ("GraphView", _ARROWS | {Qt.Key.Key_Space}),
    ("PruningPlot", _ARROWS),
)


class FocusFirst(QObject):
    """Lets the control that has the focus keep its keys from the window's shortcuts.

    Buttons and boxes take the focus by Tab alone, so that after a click the keys belong to the timeline.
    """

    def __init__(self, window: QWidget, panels: MadePanels[Panel]) -> None:
        super().__init__(window)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._window = window
        _by_tab_alone(window)
        panels.when_made(lambda _name, panel: _by_tab_alone(panel.parentWidget() or panel))  # its header is in the dock
        application.focusChanged.connect(self._on_application_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            for kind, keys in OWN_KEYS:
                if watched.inherits(kind) and event.key() in keys and not isinstance(watched, QScrollBar):
                    event.accept()
                    return True
        return False

    def _on_application_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and self._window.isAncestorOf(new):
            new.installEventFilter(self)


def _by_tab_alone(whole: QWidget) -> None:
    """Let buttons and boxes in it take the focus by Tab only."""
    for kind in (QAbstractButton, QComboBox):
        for control in whole.findChildren(kind):
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
