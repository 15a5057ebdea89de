"""The small buttons of panels: what is shown leaves the window by one; another confirms a guessed network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
)

from workbench.evaluation.identity import carries_doubt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPaintEvent

THIS_IS_RIGHT = "This is right"
EXPLAINED = "Confirm the network and its data, in a file next to the run. Undo or change it in File → Network and data…"
WAYS = {"figure": "Export figure…", "image": "Copy image", "data": "Copy data", "python": "Copy as Python"}


class ExportButton(QToolButton):
    """A button with a menu; `requested(way)` says which of `WAYS` was chosen."""

    requested = Signal(str)

    def __init__(self, has_figure: bool = True) -> None:
        super().__init__()
        every_way = "Export as a figure, copy as an image, as data or as a program"
        self.setToolTip(every_way if has_figure else WAYS["python"])
        self.setAccessibleName("Export")
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for way, text in WAYS.items() if has_figure else [("python", WAYS["python"])]:
            menu.addAction(text).triggered.connect(lambda _checked=False, way=way: self.requested.emit(way))
        self.setMenu(menu)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Without the arrow of buttons with a menu. A style sheet could leave it out too, but stops fonts."""
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
        QStylePainter(self).drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)


class RightButton(QPushButton):
    """Visible while the shown results rest on an unconfirmed guess."""

    def __init__(self) -> None:
        super().__init__(THIS_IS_RIGHT)
        self.setToolTip(EXPLAINED)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setVisible(False)

    def show_for(self, warnings: Iterable[str]) -> None:
        """Follow the warnings of the answer that is shown."""
        self.setVisible(any(map(carries_doubt, warnings)))
