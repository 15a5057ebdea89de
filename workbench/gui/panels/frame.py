"""What is around every panel's picture: controls above it, a line below; and the message in its place, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets.panel_buttons import ExportButton
from workbench.gui.widgets.plain_text import ElidedLabel, literal, plain_label
from workbench.gui.widgets.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from workbench.gui.panels.base import Panel
    from workbench.gui.state.session import Selection
    from workbench.runs.place import Place

UNIT_PAGE = "unit"  # the panel that shows one unit


@dataclass(frozen=True)
class Empty:
    """Why a panel has nothing to show."""

    reason: str


def place_with_layer(selection: Selection) -> Place | Empty:
    """The place that is chosen, where it has a layer and a snapshot; else why nothing of a layer can be shown."""
    place = selection.place
    if place is None:
        return Empty("No run is open.")
    if not place.layer:
        return Empty("This run has no layer with a weight matrix.")
    if place.snapshots == 0:
        return Empty("This run has no snapshot yet. If it is still training, wait for the first one.")
    return place


def open_unit_page(panel: Panel, unit: int) -> None:
    """Select a unit of the chosen layer alone, and show its page."""
    panel.session.select(units=frozenset((unit,)))
    panel.panel_requested.emit(UNIT_PAGE)


class MessagePage(QWidget):
    """A message in the place of a picture, and buttons under it."""

    def __init__(self) -> None:
        super().__init__()
        self.message: QLabel = plain_label("")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.retry = QPushButton("Try again")
        self._column = QVBoxLayout(self)
        self._column.addStretch()
        self._column.addWidget(self.message)
        self._column.addStretch()
        self.add(self.retry)

    def add(self, button: QPushButton) -> None:
        """Put a button under the message."""
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, text: str, can_retry: bool = False) -> None:
        """Show a message; the button to try again only where that makes sense."""
        self.message.setText(literal(text))
        self.retry.setVisible(can_retry)


class PanelFrame(QStackedLayout):
    """The page of a panel's message, and that of its picture."""

    def __init__(self, panel: QWidget, title: str, has_figure: bool) -> None:
        super().__init__(panel)
        self.controls = WrappingRow()
        self.picture = QVBoxLayout()
        self.picture.setContentsMargins(0, 0, 0, 0)
        self.line = ElidedLabel(rows=2)
        self.help_button = QToolButton()
        self.help_button.setText("?")
        self.help_button.setAutoRaise(True)
        self.help_button.setToolTip("What this panel shows (F1)")
        self.help_button.setAccessibleName(f"What {title} shows")
        self.export: ExportButton = ExportButton(has_figure)
        self.message_page = MessagePage()
        self.addWidget(self.message_page)
        self.addWidget(self._content())

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addLayout(self.controls, 1)
        top.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.help_button, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addLayout(self.picture, 1)
        column.addWidget(self.line)
        return content

    def say(self, text: str, can_retry: bool) -> None:
        """Show a message in the place of the picture."""
        self.message_page.say(text, can_retry)
        self.setCurrentIndex(0)

    def show_picture(self) -> None:
        self.setCurrentIndex(1)
