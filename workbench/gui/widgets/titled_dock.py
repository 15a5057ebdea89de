"""Docks that look like cards, and the icons of those that have Qt's own title."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractButton, QDockWidget

from workbench.gui.widgets.icons import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QMainWindow

ICONS = {"qt_dockwidget_closebutton": "close", "qt_dockwidget_floatbutton": "float"}
RADIUS = 6.0  # pixels, of a card's corners


class TitleButtons(QObject):
    """Gives the buttons of a dock's own title our icons, whenever Qt gave them the style's or the colours changed."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        dock.installEventFilter(self)
        dock.topLevelChanged.connect(self._draw)
        self._draw()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.Polish, QEvent.Type.Show):
            self._draw()
        return False

    def _draw(self) -> None:
        for button_name, icon_name in ICONS.items():
            button = self._dock.findChild(QAbstractButton, button_name)
            if button is not None:
                button.setIcon(icon(icon_name))


class TitledDock(QDockWidget):
    """A card that holds a panel; the panel's header is its title.

    `in_front` says whether no other tab lies before it where it is shown; `switch` brings it there or closes it. A
    double click on the title of one that does not float is only told: Qt would let it float.
    """

    title_double_clicked = Signal()
    about_to_come = Signal()
    front_changed = Signal(bool)  # `in_front`, whenever Qt or the layout has said it

    def __init__(self, title: str, parent: QMainWindow | None = None) -> None:
        super().__init__(title, parent)
        self.in_front = True
        self.switch = QAction(title, self)
        self.switch.setCheckable(True)
        self.switch.triggered.connect(self._on_switch_triggered)
        self.visibilityChanged.connect(self._on_visibility_changed)
        TitleButtons(self)

    def come(self) -> None:
        """Be shown, in front of others."""
        self.about_to_come.emit()
        self.show()
        self.raise_()
        self.lie(in_front=True)  # Qt says nothing where it was in front already

    def lie(self, in_front: bool) -> None:
        """Know whether it is in front, where Qt has not said so."""
        self.in_front = in_front
        self.switch.setChecked(in_front)
        self.front_changed.emit(in_front)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick and not self.isFloating() and isinstance(event, QMouseEvent):
            panel = self.widget()
            if panel is None or not panel.geometry().contains(event.position().toPoint()):
                self.title_double_clicked.emit()
                event.accept()
                return True
        return super().event(event)

    def _on_switch_triggered(self, wanted: bool) -> None:
        (self.come if wanted else self.close)()

    def _on_visibility_changed(self, seen: bool) -> None:
        self.switch.setChecked(seen)
        if self.isVisible():  # else it is closed, or the window hidden
            self.in_front = seen
            self.front_changed.emit(seen)

    def paintEvent(self, event: QPaintEvent) -> None:
        panel = self.widget()
        if panel is not None and panel.geometry().contains(event.rect()):
            return  # the panel lies over it: whenever one paints itself, its dock is asked to paint beneath
        painter, ground, card, corner = QPainter(self), self.palette().base(), self.rect(), ceil(RADIUS)
        inner = (card.adjusted(corner, 0, -corner, 0), card.adjusted(0, corner, 0, -corner))
        if self.isFloating() or any(each.contains(event.rect()) for each in inner):  # no corner is to be painted
            painter.fillRect(event.rect(), ground)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(card), RADIUS, RADIUS)
