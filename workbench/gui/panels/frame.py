"""What is around every panel's picture: its header, controls above it; and the message in its place, and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets.around.header import MARGIN, PanelHeader
from workbench.gui.widgets.around.quiet_controls import QuietControls
from workbench.gui.widgets.around.wrapping_row import WrappingRow
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.collection.naming import short_name
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDockWidget

    from workbench.gui.panels.base import Panel
    from workbench.gui.state.session import Selection
    from workbench.runs.run import Run

UNIT_PAGE = "unit"  # the panel that shows one unit


@dataclass(frozen=True)
class Empty:
    """Why a panel has nothing to show."""

    reason: str
    run: Run | None = None  # a click on a button shows it


def place_of(needs: Any) -> Place:
    """The place that a panel's needs are, or have."""
    place: Place = needs if isinstance(needs, Place) else needs.place
    return place


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


def one_run_only(place: Place, why: str) -> Empty:
    """What a panel says of a group that it cannot show, with `why`; its first run is one click away."""
    one = "this panel shows one run at a time. Choose a run in the Run panel."
    return Empty(f"{literal(place.name)}: {one} {why}".rstrip(), place.run)


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
        self.first_run = QPushButton("Show the first run")
        self.first_run.clicked.connect(self._on_first_run_clicked)
        self._choose: Callable[[], object] = lambda: None
        self._column = QVBoxLayout(self)
        self._column.addStretch()
        self._column.addWidget(self.message)
        self._column.addStretch()
        for button in (self.retry, self.first_run):
            self.add(button)
            button.hide()  # until something has failed, or a group is chosen that cannot be shown

    def add(self, button: QPushButton) -> None:
        """Put a button under the message."""
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)

    def say(self, text: str, can_retry: bool = False) -> None:
        """Show a message; the button to try again only where that makes sense."""
        self.message.setText(literal(text))
        self.retry.setVisible(can_retry)
        self.first_run.hide()

    def offer(self, run: Run | None, choose: Callable[[Run], object]) -> None:
        """Offer to choose a run in place of its group; None: nothing."""
        self.first_run.setVisible(run is not None)
        if run is not None:
            self.first_run.setText(literal(f"Show {short_name(run)}"))
            self._choose = partial(choose, run)

    def _on_first_run_clicked(self) -> None:
        self._choose()


class PanelFrame(QVBoxLayout):
    """A panel's header, and below it the page of its message, or that of its picture and controls."""

    def __init__(self, panel: QWidget, title: str, has_figure: bool) -> None:
        super().__init__(panel)
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.controls = WrappingRow()
        self.picture = QVBoxLayout()
        self.picture.setContentsMargins(0, 0, 0, 0)
        self.header = PanelHeader(title, has_figure)
        self.line, self.export, self.help_button = self.header.line, self.header.export, self.header.help
        self.message_page = MessagePage()
        self._pages = QStackedLayout()
        self.addWidget(self.header)
        self.addLayout(self._pages, 1)  # before it has pages: without a parent the first would be shown as a window
        self._pages.addWidget(self.message_page)
        self._pages.addWidget(self._content())
        self.line.setVisible(False)

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(MARGIN, 0, MARGIN, MARGIN)
        column.setSpacing(MARGIN // 2)
        column.addLayout(self.controls)
        column.addLayout(self.picture, 1)
        self.quiet = QuietControls(self.controls, content)
        return content

    def give_header(self, dock: QDockWidget) -> None:
        """Let the header be the title of a dock."""
        self.removeWidget(self.header)
        self.header.in_dock(dock)

    def take_header(self, dock: QDockWidget) -> None:
        """Take the header back from a dock."""
        dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # Qt's own title again; the stub forbids it
        self.header.in_dock(None)
        self.insertWidget(0, self.header)
        self.header.show()

    @property
    def shows_message(self) -> bool:
        """Whether a message is in the place of the picture."""
        return self._pages.currentWidget() is self.message_page

    def say(self, text: str, can_retry: bool) -> None:
        """Show a message in the place of the picture."""
        self.message_page.say(text, can_retry)
        self._turn_to(0)

    def show_picture(self) -> None:
        """Show the picture, with its finding in the header."""
        self._turn_to(1)

    def _turn_to(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self.line.setVisible(page == 1)
