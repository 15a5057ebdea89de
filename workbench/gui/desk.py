"""The place of the docks: which panels there are, and how they share the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow

from workbench.gui.docks import DOCKS, arrange, give_room
from workbench.gui.settings import LAYOUT_VERSION

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from workbench.gui.main_window import MainWindow
    from workbench.gui.panels.base import Panel

OPTIONS = QMainWindow.DockOption


class Desk(QMainWindow):
    """A main window inside the window, so that the start page can take its place; `docks` and `panels` by name."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.setWindowFlags(Qt.WindowType.Widget)
        self.setDockOptions(OPTIONS.AllowNestedDocks | OPTIONS.AllowTabbedDocks | OPTIONS.AnimatedDocks)
        self.docks: dict[str, QDockWidget] = {}
        self.panels: dict[str, Panel] = {}
        for row in DOCKS:
            panel = row.make(window)
            dock = QDockWidget(panel.title, self)
            dock.setObjectName(row.name)  # the name under which the layout is kept
            dock.setWidget(panel)
            self.docks[row.name], self.panels[row.name] = dock, panel
        self._wanted: QByteArray | None = None  # a layout to be restored when there is room
        self._has_room = False
        self.reset()

    def reset(self) -> None:
        """Put every panel to where it is at the first start."""
        self._wanted = None
        arrange(self, self.docks)

    def state(self) -> QByteArray | None:
        """The layout; None where the docks were never shown, so that their sizes mean nothing."""
        return self.saveState(LAYOUT_VERSION) if self._has_room else None

    def restore(self, state: QByteArray) -> None:
        """Arrange the docks as they were, once they are shown; one that does not fit leaves them as they are."""
        self._wanted = state
        if self._has_room:
            self._give_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._has_room:  # docks take their sizes when they are first shown in full
            self._has_room = True
            QTimer.singleShot(0, self, self._give_room)

    def _give_room(self) -> None:
        state, self._wanted = self._wanted, None
        if state is None or not self.restoreState(state, LAYOUT_VERSION):
            give_room(self, self.docks)
