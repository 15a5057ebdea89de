"""What a newcomer sees first: sample runs, recent files, and the way to a training of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QCommandLinkButton, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.plain_text import as_action, as_tooltip, literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class StartPage(QScrollArea):
    """Buttons for the sample runs, the recent runs, opening a file and training a network; scrolled in little room."""

    open_requested = Signal()
    path_chosen = Signal(object)
    train_requested = Signal()

    def __init__(self, samples: Sequence[tuple[str, str, Path]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = plain_label("See where a trained network is redundant")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        title.setFont(font)
        left, self._recent = QVBoxLayout(), QVBoxLayout()
        left.addWidget(plain_label("Begin"))
        for name, description, path in samples:
            left.addWidget(self._path_button(name, description, path, "play"))
        self._add_action(
            left, "Open a run…", "An .h5 file of yours or a colleague's; or drop it here", "open", self.open_requested
        )
        self._add_action(left, "Train a network…", "Watch its weights while it learns", "train", self.train_requested)
        left.addStretch()
        columns = QHBoxLayout()
        columns.addLayout(left, 1)
        columns.addSpacing(40)
        columns.addLayout(self._recent, 1)
        content = QWidget()
        page = QVBoxLayout(content)
        page.setContentsMargins(60, 40, 60, 40)
        page.addWidget(title)
        page.addSpacing(20)
        page.addLayout(columns, 1)
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the buttons have it, and are scrolled to

    def show_recent(self, paths: Sequence[Path]) -> None:
        """List the runs opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self._recent.addWidget(plain_label("Recent runs" if paths else "Recent runs will be listed here"))
        for path in paths:
            self._recent.addWidget(self._path_button(path.name, str(path.parent), path, "recent"))
        self._recent.addStretch()

    def _path_button(self, name: str, description: str, path: Path, sign: str) -> QCommandLinkButton:
        button = self._link(name, description, sign)
        button.setToolTip(as_tooltip(literal(str(path))))
        button.clicked.connect(lambda: self.path_chosen.emit(path))
        return button

    def _add_action(self, column: QVBoxLayout, name: str, description: str, sign: str, signal: object) -> None:
        button = self._link(name, description, sign)
        button.clicked.connect(signal)
        column.addWidget(button)

    def _link(self, name: str, description: str, sign: str) -> QCommandLinkButton:
        button = QCommandLinkButton(as_action(name), literal(description))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setProperty("sign", sign)
        button.setIcon(icon(sign))
        return button

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self.findChildren(QCommandLinkButton):
                button.setIcon(icon(button.property("sign")))
