"""The place of the docks: which panels there are, and how they share the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QStyle,
    QStyleOptionDockWidget,
    QStyleOptionFrame,
    QStylePainter,
)

from workbench.gui import layouts
from workbench.gui.docks import DOCKS, PRESETS
from workbench.gui.screens import available, inside

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QShowEvent

    from workbench.gui.layouts import Layout, Part, Rectangle
    from workbench.gui.main_window import MainWindow
    from workbench.gui.panels.base import Panel

OPTIONS = QMainWindow.DockOption


class TitledDock(QDockWidget):
    """A dock whose title follows the application's font; Qt keeps the size it had when the dock was made."""

    def paintEvent(self, event: QPaintEvent) -> None:
        panel = self.widget()
        if panel is not None and panel.geometry().contains(event.rect()):
            return  # the panel lies over it: whenever one paints itself, its dock is asked to paint beneath
        painter, option = QStylePainter(self), QStyleOptionDockWidget()
        self.initStyleOption(option)
        if self.isFloating():
            framed = QStyleOptionFrame()
            framed.initFrom(self)
            framed.lineWidth = self.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetFrameWidth, framed, self)
            painter.drawPrimitive(QStyle.PrimitiveElement.PE_FrameDockWidget, framed)
        painter.setFont(QApplication.font())
        option.fontMetrics = painter.fontMetrics()
        painter.drawControl(QStyle.ControlElement.CE_DockWidgetTitle, option)


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
            dock = TitledDock(panel.title, self)
            dock.setObjectName(row.name)
            dock.setWidget(panel)
            self.docks[row.name], self.panels[row.name] = dock, panel
        self._has_room = False  # whether the docks were shown
        self._wanted: Layout | None = None  # whose sizes are still to be given
        self.reset()

    def reset(self) -> None:
        """Put every panel to where it is at the first start."""
        self.arrange(PRESETS[0].layout)

    def looked_at(self) -> str:
        """The name of the panel under the mouse; else the one with the keyboard, else the first that is shown."""
        focus = self.focusWidget()
        shown = [name for name, panel in self.panels.items() if panel.isVisible()]
        hovered = [name for name in shown if self.panels[name].underMouse()]
        focused = [name for name in shown if focus is not None and self.panels[name].isAncestorOf(focus)]
        return next(iter((*hovered, *focused, *shown)), DOCKS[0].name)

    def layout_now(self) -> Layout:
        """The layout on screen; the one that was asked for where it has not come to the screen yet."""
        return self._wanted if self._wanted is not None else layouts.read(self, self.docks)

    def arrange(self, layout: Layout) -> None:
        """Show the panels of a layout in their places and hide the others; one without any is not taken over."""
        layout = layouts.fitting(layout, self.docks)
        if layout.docked is None and not layout.floating:
            layout = PRESETS[0].layout
        self.setUpdatesEnabled(False)
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        if layout.docked is not None:
            layouts.arrange(self, self.docks, layout.docked)
        self._place_others(layout.docked)
        for name, place in layout.floating.items():
            self._float(self.docks[name], place)
        self.setUpdatesEnabled(True)
        self._wanted = layout
        if self._has_room:
            QTimer.singleShot(0, self, self._give_room)

    def _place_others(self, docked: Part | None) -> None:
        """A panel that is not in the layout waits, hidden, next to one that is."""
        shown = layouts.panels_of(docked)
        for row in DOCKS:
            if row.name in shown:
                continue
            if docked is None:
                self.addDockWidget(layouts.AREA, self.docks[row.name])
            else:
                neighbour = row.next_to if row.next_to in shown else layouts.first(docked)
                self.splitDockWidget(self.docks[neighbour], self.docks[row.name], row.way)
            self.docks[row.name].setVisible(False)

    def _float(self, dock: QDockWidget, place: Rectangle) -> None:
        dock.setFloating(True)
        dock.setGeometry(inside(QRect(place.x, place.y, place.width, place.height), available()))
        dock.setVisible(True)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._has_room:  # docks take their sizes when they are first shown in full
            self._has_room = True
            QTimer.singleShot(0, self, self._give_room)

    def _give_room(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted.docked is not None:
            layouts.share_room(self, self.docks, wanted.docked, self.size())
