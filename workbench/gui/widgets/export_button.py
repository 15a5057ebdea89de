"""The small button of every panel by which what it shows leaves the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QStyle, QToolButton

WAYS = {"figure": "Export figure…", "image": "Copy image", "data": "Copy data", "python": "Copy as Python"}


class ExportButton(QToolButton):
    """A button with a menu; `requested(way)` says which of `WAYS` was chosen."""

    requested = Signal(str)

    def __init__(self, has_figure: bool = True) -> None:
        super().__init__()
        self.setIcon(self.style().standardIcon(QStyle.StandardPixmap.SP_DialogSaveButton))
        every_way = "Export as a figure, copy as an image, as data or as a program"
        self.setToolTip(every_way if has_figure else WAYS["python"])
        self.setAccessibleName("Export")
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self)
        for way, text in WAYS.items() if has_figure else [("python", WAYS["python"])]:
            menu.addAction(text).triggered.connect(lambda _checked=False, way=way: self.requested.emit(way))
        self.setMenu(menu)
