"""One panel fills the window for a while; the layout waits as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QTabBar, QToolButton, QVBoxLayout, QWidget

from workbench.gui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from PySide6.QtCore import QChildEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QLabel, QStackedWidget

    from workbench.gui.window.dock_area import DockArea

LATER = Qt.ConnectionType.QueuedConnection  # when the click is over: what is clicked goes out of sight
BACK = "Back to the other panels (Escape, F11, or a double click here)"


class TitleBar(QWidget):
    """The title of the panel that fills the window; a double click or its button ends that."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title: QLabel = plain_label("")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.back = QToolButton()
        self.back.setText("Back")
        self.back.setAutoRaise(True)
        self.back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back.clicked.connect(self.left)
        self.setToolTip(BACK)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 2, 6, 2)
        row.addWidget(self.title, 1)
        row.addWidget(self.back)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.left.emit()
        event.accept()


class Filling(QObject):
    """Lends a panel of the docks to a page of its own in `pages`, and gives it back. `changed` follows both.

    The docks are hidden meanwhile, so the other panels compute nothing.
    """

    changed = Signal()

    def __init__(self, pages: QStackedWidget, area: DockArea) -> None:
        super().__init__(area)
        self._pages, self._area = pages, area
        self.name: str | None = None  # of the panel that fills the window
        self._page = QWidget()
        self._page.setBackgroundRole(QPalette.ColorRole.Base)  # a card, as in the docks
        self._page.setAutoFillBackground(True)
        self._bar = TitleBar()
        self._bar.left.connect(self.end, LATER)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._bar)
        pages.addWidget(self._page)
        for name, dock in area.docks.items():
            dock.title_double_clicked.connect(partial(self.begin, name), LATER)
            dock.about_to_come.connect(partial(self._on_dock_about_to_come, name))
        area.about_to_arrange.connect(self.end)
        area.installEventFilter(self)
        for bar in area.findChildren(QTabBar):
            self._listen(bar)

    @property
    def page(self) -> QWidget:
        """What the window shows while a run is open."""
        return self._area if self.name is None else self._page

    def toggle(self) -> None:
        """Fill the window with the panel that is looked at, or show the others again."""
        if self.name is None:
            self.begin(self._area.looked_at())
        else:
            self.end()

    def begin(self, name: str) -> None:
        """Fill the window with the panel of this name. Nothing happens on the start page."""
        if self._pages.currentWidget() not in (self._area, self._page) or name == self.name:
            return
        self.end()
        panel, focus = self._area.panels[name], self._focus_in(name)
        self._area.lend(name)
        self.name = name
        self._bar.title.setText(panel.title)
        self._column.addWidget(panel, 1)
        panel.show()
        self._pages.setCurrentWidget(self._page)
        (focus or panel).setFocus()
        self.changed.emit()

    def end(self) -> None:
        """Give the panel back to its dock."""
        if self.name is None:
            return
        name, focus = self.name, self._focus_in(self.name)
        self.name = None
        self._area.take_back(name)
        if self._pages.currentWidget() is self._page:
            self._pages.setCurrentWidget(self._area)
        if focus is not None:
            focus.setFocus()
        self.changed.emit()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Tabs are made and taken away by Qt, as docks are laid behind one another."""
        if event.type() == QEvent.Type.ChildPolished:
            child: QChildEvent = event  # type: ignore[assignment]
            if isinstance(child.child(), QTabBar):
                self._listen(child.child())
        return False

    def _listen(self, bar: QObject) -> None:
        assert isinstance(bar, QTabBar)
        bar.tabBarDoubleClicked.connect(partial(self._on_tab_double_clicked, bar), LATER)

    def _on_tab_double_clicked(self, bar: QTabBar, index: int) -> None:
        title = bar.tabText(index)
        name = next((name for name, dock in self._area.docks.items() if dock.windowTitle() == title), None)
        if name is not None:
            self.begin(name)

    def _on_dock_about_to_come(self, name: str) -> None:
        if name != self.name:
            self.end()

    def _focus_in(self, name: str) -> QWidget | None:
        focus, panel = self._area.window().focusWidget(), self._area.panels[name]
        return focus if focus is not None and panel.isAncestorOf(focus) else None
