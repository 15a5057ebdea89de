"""Why a panel has nothing to show, and the page that says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from workbench.gui.state.session import Selection
    from workbench.runs.place import Place


@dataclass(frozen=True)
class Empty:
    """Why a panel has nothing to show, and the page that says it."""

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
