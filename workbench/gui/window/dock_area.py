"""The place of the docks: which panels there are, and how they share the room."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLayout, QMainWindow, QTabBar

from workbench.gui.widgets.screens import available, inside
from workbench.gui.window.at_hand.panel_docks import PanelDocks
from workbench.gui.window.docks import PRESETS, preset_of
from workbench.gui.work.sessions import layouts
from workbench.gui.work.sessions.layouts import Layout

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from workbench.gui.widgets.titled_dock import TitledDock
    from workbench.gui.window.docks import Preset
    from workbench.gui.work.sessions.layouts import Part, Rectangle
    from workbench.gui.work.workshop import Workshop

OPTIONS = QMainWindow.DockOption
# What three panels above one another take, so that each plot can be read.
LINES = 21  # of text: titles, controls, legends, what is found
PLOTS = 410  # pixels
BESIDE = 6  # pixels from a panel to its tabs, at most


class DockArea(QMainWindow):
    """A main window inside the window, so that the start page can take its place; `docks` and `panels` by name.

    A preset follows the room: in a low window its panels lie in tabs. One that a person has changed is left alone.
    """

    about_to_arrange = Signal()

    def __init__(self, shop: Workshop) -> None:
        super().__init__()
        self._lent: tuple[str, Layout] | None = None  # the panel that fills the window, and the layout that waits
        self.setWindowFlags(Qt.WindowType.Widget)
        inside = self.layout()
        assert inside is not None
        inside.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # `minimumSizeHint` says how small it gets
        self.setDockOptions(OPTIONS.AllowNestedDocks | OPTIONS.AllowTabbedDocks | OPTIONS.AnimatedDocks)
        self.setDocumentMode(True)
        self.made = PanelDocks(self, shop)
        self.docks, self.panels = self.made.docks, self.made.panels
        for name, dock in self.docks.items():
            dock.topLevelChanged.connect(self._on_dock_top_level_changed)
            dock.about_to_come.connect(partial(self._on_dock_about_to_come, name))
        self.made.panel_requested.connect(self.come)
        self._has_room = False  # whether the docks were shown
        self._wanted: Layout | None = None  # whose sizes are still to be given
        self._laid = PRESETS[0].layout  # what was laid out last
        self._preset: Preset | None = None  # which that is, until a person changes it
        self.reset()

    def reset(self) -> None:
        """Put every panel to where it is at the first start."""
        self.arrange(PRESETS[0].layout)

    def in_sight(self, name: str) -> bool:
        """Whether a panel is shown, and no other tab is before it."""
        if self._lent is not None and name == self._lent[0]:
            return True
        return self.docks[name].isVisible() and self.docks[name].in_front

    def looked_at(self) -> str:
        """The name of the panel that a command without a panel of its own is about.

        The one under the mouse, else the one with the keyboard, else the first that shows a picture, else the first.
        """
        if self._lent is not None:
            return self._lent[0]
        focus = self.focusWidget()
        shown = [name for name in self.panels if self.in_sight(name)]
        hovered = [name for name in shown if self.docks[name].underMouse()]
        focused = [name for name in shown if focus is not None and self.docks[name].isAncestorOf(focus)]
        pictures = [name for name in shown if name != "run" and self.panels[name].drawing() is not None]
        return next(iter((*hovered, *focused, *pictures, *shown)), next(iter(self.panels)))

    @property
    def settled(self) -> bool:
        """Whether its panels have the sizes that were asked for."""
        return self._wanted is None

    def come(self, name: str) -> None:
        """Show the panel of this name, in front of others."""
        self.docks[name].come()

    def lend(self, name: str) -> None:
        """Give a panel away for a while, which the caller puts elsewhere; the layout stays what it is."""
        self._lent = name, self.layout_now()
        self.panels[name].frame.take_header(self.docks[name])
        self.panels[name].lie(in_front=True)
        if self.docks[name].isFloating():
            self.docks[name].hide()

    def take_back(self, name: str) -> None:
        """Put a panel that was lent back into its dock."""
        assert self._lent is not None
        floating, self._lent = name in self._lent[1].floating, None
        self.docks[name].setWidget(self.panels[name])
        self.panels[name].frame.give_header(self.docks[name])
        self.panels[name].lie(self.docks[name].in_front)
        self.panels[name].show()
        if floating:
            self.docks[name].show()

    def layout_now(self) -> Layout:
        """The layout on screen; the one that was asked for where it has not come to the screen yet.

        Where a panel fills the window, the layout that waits behind it.
        """
        if self._lent is not None:
            return self._lent[1]
        if self._wanted is not None:
            return self._wanted
        now = layouts.read(self, self.docks)
        return now if self._followed() is None else _with_fronts_of(self._laid, now)

    def arrange(self, layout: Layout) -> None:
        """Show the panels of a layout in their places and hide the others; one without any is not taken over."""
        self.about_to_arrange.emit()
        layout = layouts.fitting(layout, self.docks)
        if layout.docked is None and not layout.floating:
            layout = PRESETS[0].layout
        self._lay(self._for_room(preset_of(layout), layout))

    def _followed(self) -> Preset | None:
        """The preset on screen, unless a person has changed it."""
        shown = {name for name, dock in self.docks.items() if not dock.isHidden()}
        return self._preset if shown == layouts.panels_of(self._laid.docked) else None

    def _for_room(self, preset: Preset | None, layout: Layout) -> Layout:
        """A layout that is a preset, as it suits the room that there is; any other one as it is."""
        if preset is None or not self._has_room:
            return layout
        low = self.height() < LINES * self.fontMetrics().lineSpacing() + PLOTS
        return _with_fronts_of(preset.low if low else preset.layout, layout)

    def _follow_room(self) -> None:
        """Lay a preset out again if the size of the window has changed."""
        if (preset := self._followed()) is not None:
            wanted = self._for_room(preset, self.layout_now())
            if layouts.shape(wanted.docked) != layouts.shape(self._laid.docked):
                self._lay(wanted)

    def _keep(self) -> None:
        """A person has arranged the panels: nothing moves them any more."""
        self._preset = None
        self.updateGeometry()

    def _lay(self, layout: Layout) -> None:
        self._wanted = self._laid = layout
        self.setUpdatesEnabled(False)
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        if layout.docked is not None:
            self._tell_tabs(layout.docked)  # before they are shown, so that those behind compute nothing
            layouts.place(self, self.docks, layout.docked)
        self._place_others(layout.docked)
        if layout.docked is not None:
            layouts.fill(self, self.docks, layout.docked)
        for name, place in layout.floating.items():
            self._float(self.docks[name], place)
        self.setUpdatesEnabled(True)
        self._preset = preset_of(layout)
        if self._has_room:
            QTimer.singleShot(0, self, self._give_room)

    def _tell_tabs(self, docked: Part) -> None:
        """Tell panels which of them lie in front: Qt says nothing of those that begin behind."""
        for names, front in layouts.tabs(docked):
            for name in names:
                self.docks[name].lie(name == (front or names[0]))

    def _place_others(self, docked: Part | None) -> None:
        """A panel that is not in the layout waits, hidden, next to one that is."""
        shown = layouts.panels_of(docked)
        for name, row in self.made.rows.items():
            if name in shown:
                continue
            if docked is None:
                self.addDockWidget(layouts.AREA, self.docks[name])
            else:
                neighbour = row.next_to if row.next_to in shown else layouts.first(docked)
                self.splitDockWidget(self.docks[neighbour], self.docks[name], row.way)
            self.docks[name].setVisible(False)

    def _float(self, dock: TitledDock, place: Rectangle) -> None:
        dock.setFloating(True)
        dock.setGeometry(inside(QRect(place.x, place.y, place.width, place.height), available()))
        dock.setVisible(True)
        dock.lie(in_front=True)

    def minimumSizeHint(self) -> QSize:
        """As the docks need; a preset that is laid out for a high window also goes into a low one."""
        least = super().minimumSizeHint()
        preset = self._followed()
        high = preset is not None and layouts.shape(self._laid.docked) == layouts.shape(preset.layout.docked)
        gives_way = self._wanted is not None or high
        return QSize(least.width(), 0) if gives_way else least

    def event(self, event: QEvent) -> bool:
        pressed = event.type() == QEvent.Type.MouseButtonPress
        if pressed and isinstance(event, QMouseEvent) and self.isSeparator(event.position().toPoint()):
            self._keep()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._follow_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._follow_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.made.make_in_sight()
        if not self._has_room:  # docks take their sizes when they are first shown in full
            self._has_room = True
            self._follow_room()
            QTimer.singleShot(0, self, self._give_room)

    def _on_dock_about_to_come(self, name: str) -> None:
        """A layout that is not on the screen yet has it in front, too."""
        docked = None if self._wanted is None else self._wanted.docked
        if self._wanted is not None and docked is not None:
            group = next((set(names) for names, _ in layouts.tabs(docked) if name in names), set())
            fronts = {*layouts.fronts_of(docked) - group, name}
            self._wanted = Layout(layouts.with_fronts(docked, fronts), self._wanted.floating)

    def _on_dock_top_level_changed(self, _floating: bool) -> None:
        self._keep()  # one that is dragged to another place floats on the way

    def _give_room(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted.docked is not None:
            layouts.share_room(self, self.docks, wanted.docked, self.size())
            self._tell_tabs(wanted.docked)
            self._hide_stray_tabs()
            self.updateGeometry()
            self._hide_left_over_tabs()

    def _hide_left_over_tabs(self) -> None:
        """Hide tabs that lie below no panel: Qt leaves some where three groups are made before the window is shown."""
        ends = {each.geometry().bottomLeft().toTuple() for each in self.docks.values() if each.isVisible()}
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            left, top = bar.geometry().topLeft().toTuple()
            if not any((left, top - gap) in ends for gap in range(3)):
                bar.hide()

    def _hide_stray_tabs(self) -> None:
        """Hide the bars of tabs that Qt leaves behind, below no panel, where it laid docks out before."""
        places = [dock.geometry() for dock in self.docks.values() if dock.isVisible() and dock.in_front]
        for bar in self.findChildren(QTabBar):
            left, top = bar.geometry().left(), bar.geometry().top()
            if not any(place.left() == left and abs(place.bottom() - top) <= BESIDE for place in places):
                bar.hide()


def _with_fronts_of(layout: Layout, shown: Layout) -> Layout:
    """A layout without floating panels, with those in front that are in front in the one that is shown."""
    assert layout.docked is not None
    return Layout(layouts.with_fronts(layout.docked, layouts.fronts_of(shown.docked)))
