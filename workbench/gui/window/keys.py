"""Keys that mean one thing to the timeline and another to a control: the control that has the focus comes first."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)

from workbench.gui.plots.graph.view import GraphView
from workbench.gui.plots.pruning_plot import PruningPlot

_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}
OWN_KEYS: tuple[tuple[type[QWidget], set[Qt.Key]], ...] = (
    (QAbstractSlider, _ARROWS),
    (QAbstractSpinBox, _ARROWS | {Qt.Key.Key_Space}),
    (QComboBox, {Qt.Key.Key_Space}),
    (QAbstractButton, {Qt.Key.Key_Space}),
    (GraphView, _ARROWS | {Qt.Key.Key_Space}),
    (PruningPlot, _ARROWS),
)


class FocusFirst(QObject):
    """Lets the control that has the focus keep its keys from the window's shortcuts.

    Buttons and boxes take the focus by Tab alone, so that after a click the keys belong to the timeline.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._window = window
        for kind in (QAbstractButton, QComboBox):
            for control in window.findChildren(kind):
                control.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        application.focusChanged.connect(self._on_application_focus_changed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            for kind, keys in OWN_KEYS:
                if isinstance(watched, kind) and event.key() in keys and not isinstance(watched, QScrollBar):
                    event.accept()
                    return True
        return False

    def _on_application_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and self._window.isAncestorOf(new):
            new.installEventFilter(self)
