"""Controls that are pale until the mouse is in their panel, or one of them has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from workbench.gui.state import theme
from workbench.gui.widgets.tab_order import widgets_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout, QWidget


class QuietControls(QObject):
    """Watches the page that holds a row of controls."""

    def __init__(self, row: QLayout, page: QWidget) -> None:
        super().__init__(page)
        self._row = row
        self._inside = self._loud = False
        page.installEventFilter(self)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_application_focus_changed)

    @property
    def loud(self) -> bool:
        """Whether they are drawn in full."""
        return self._loud

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Enter, QEvent.Type.Leave):
            self._inside = kind == QEvent.Type.Enter
            self._decide()
        elif kind in (QEvent.Type.Show, QEvent.Type.PaletteChange):
            self._paint()
        return False

    @Slot()  # without the widgets: one of them may be about to be destroyed
    def _on_application_focus_changed(self) -> None:
        self._decide()

    def _decide(self) -> None:
        now = QApplication.focusWidget()
        loud = self._inside or any(each is now or each.isAncestorOf(now) for each in widgets_of(self._row) if now)
        if loud != self._loud:
            self._loud = loud
            self._paint()

    def _paint(self) -> None:
        palette = QPalette() if self._loud else theme.quiet()
        for widget in widgets_of(self._row):
            widget.setPalette(palette)
