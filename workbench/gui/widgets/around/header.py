"""The header of a panel: its title and its finding in one line, and the buttons that every panel has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from workbench.gui.widgets import icons
from workbench.gui.widgets.around.buttons import ExportButton
from workbench.gui.widgets.plain_text import ElidedLabel, plain_label

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel

MARGIN, GAP = 8, 8  # pixels
NEARER = (QEvent.Type.Enter, QEvent.Type.Leave, QEvent.Type.FocusIn, QEvent.Type.FocusOut)


class PanelHeader(QWidget):
    """Title, finding, and buttons to export, to explain, and, in a dock, to let it float and to close it.

    The finding ends in … where there is no room; then all of it is its tool tip.
    """

    def __init__(self, title: str, has_figure: bool) -> None:
        super().__init__()
        self.title: QLabel = plain_label(title)
        self.line = ElidedLabel()
        self.export = ExportButton(has_figure)
        self.help = _button("What this panel shows (F1)", f"What {title} shows")
        self.float, self.close_dock = _button("Float this panel", "Float"), _button("Close this panel", "Close")
        self._icons: dict[QToolButton, str] = {
            self.export: "export",
            self.help: "help",
            self.float: "float",
            self.close_dock: "close",
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN, 2, MARGIN // 2, 2)
        row.setSpacing(0)
        row.addWidget(self.title)
        row.addSpacing(GAP)
        row.addWidget(self.line, 1)
        for button in self._icons:
            row.addWidget(button)
        self._near = self._inside = False
        for button in self._icons:
            button.installEventFilter(self)
        self.float.setVisible(False)
        self.close_dock.setVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._follow_looks()

    @property
    def buttons(self) -> tuple[QToolButton, ...]:
        """From left to right."""
        return tuple(self._icons)

    def belong_to(self, dock: QDockWidget) -> None:
        """Be the title of a dock, with the buttons that Qt gives its own titles."""
        dock.installEventFilter(self)
        self.float.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_dock.clicked.connect(dock.close)

    def in_dock(self, dock: QDockWidget | None) -> None:
        """Lie in a dock, or in no dock: where the panel fills the window, the page has a title already."""
        for widget in (self.title, self.float, self.close_dock):
            widget.setVisible(dock is not None)
        if dock is not None:
            dock.setTitleBarWidget(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The buttons are pale until the mouse is in the panel, or one of them has the keyboard."""
        if event.type() in NEARER:
            inside = self._inside if not isinstance(watched, QDockWidget) else event.type() == QEvent.Type.Enter
            self._inside = inside
            focused = event.type() == QEvent.Type.FocusIn or (
                event.type() != QEvent.Type.FocusOut and any(button.hasFocus() for button in self._icons)
            )
            self._come_near(inside or focused)
        return False

    def _come_near(self, near: bool) -> None:
        if near != self._near:
            self._near = near
            self._draw_icons()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        dock = self.parentWidget()
        if event.type() == QEvent.Type.LayoutRequest and isinstance(dock, QDockWidget):
            layout = dock.layout()
            if layout is not None and self.height() != self.sizeHint().height():
                layout.setGeometry(dock.rect())  # by itself a dock does not ask its title again
        return handled

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._follow_looks()

    def _follow_looks(self) -> None:
        font = self.font()
        font.setBold(True)
        self.title.setFont(font)
        for button in self._icons:
            button.setIconSize(QSize(self.fontMetrics().height(), self.fontMetrics().height()))
        self._draw_icons()

    def _draw_icons(self) -> None:
        for button, name in self._icons.items():
            button.setIcon(icons.icon(name, "quiet" if self._near else "distant"))


def _button(tip: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(name)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button
