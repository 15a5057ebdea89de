"""Notices over the window: the one way in which a message or an error reaches a person."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStatusBar, QVBoxLayout, QWidget

from workbench.gui.background.errors import in_one_sentence, log
from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

MOST_SHOWN = 400


@dataclass(frozen=True)
class Offer:
    """What a notice offers to do: the text of the button, and the deed, which ends the notice unless it `stays`."""

    text: str
    do: Callable[[], object]
    stays: bool = False


class Notice(QFrame):
    """A message over the lower right corner of the window, which can be copied and closed.

    It goes by itself, unless it offers to do something.
    """

    closed = Signal(object)
    SECONDS = 20

    def __init__(self, message: str, details: str, parent: QWidget, offers: Sequence[Offer] = ()) -> None:
        super().__init__(parent)
        self.message = message
        self._details = details
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        text = plain_label(literal(message, MOST_SHOWN), wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        copy = QPushButton("Copy details")
        copy.clicked.connect(self._on_copy_clicked)
        close = QPushButton("Close")
        close.clicked.connect(self.dismiss)
        buttons = QHBoxLayout()
        buttons.addStretch()
        self.offers: tuple[QPushButton, ...] = tuple(map(self._button, offers))
        for button in (*self.offers, *([copy] if details else []), close):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addLayout(buttons)
        self._timer = QTimer(self)  # goes with the notice; `QTimer.singleShot` would run on without it
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if not offers:
            self._timer.start(self.SECONDS * 1000)

    def dismiss(self) -> None:
        self.closed.emit(self)
        self.deleteLater()

    def _button(self, offer: Offer) -> QPushButton:
        button = QPushButton(offer.text)
        if not offer.stays:
            button.clicked.connect(self.dismiss)
        button.clicked.connect(lambda: offer.do())
        return button

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.message}\n\n{self._details}")


class Notices(QObject):
    """The notices that are on the window, newest at the bottom."""

    WIDTH, MARGIN, MOST = 420, 12, 3

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.shown: list[Notice] = []
        window.installEventFilter(self)

    def tell(self, message: str, details: str = "", *offers: Offer) -> Notice:
        """Show a message, perhaps with buttons for what can be done; the oldest goes when there are too many.

        With `details` it is about something that went wrong, and the log says so.
        """
        log.log(logging.ERROR if details else logging.INFO, "%s%s", message, f"\n{details}" if details else "")
        notice = Notice(message, details, self._window, offers)
        notice.closed.connect(self._on_notice_closed)
        self.shown.append(notice)
        if len(self.shown) > self.MOST:
            self.shown[0].dismiss()
        notice.show()
        self._place()
        return notice

    def tell_error(self, error: BaseException, *offers: Offer) -> None:
        """Show an error in one sentence, with its traceback in the details."""
        self.tell(in_one_sentence(error), "".join(traceback.format_exception(error)), *offers)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_notice_closed(self, notice: Notice) -> None:
        if notice in self.shown:
            self.shown.remove(notice)
        self._place()

    def _place(self) -> None:
        bar = self._window.findChild(QStatusBar)
        bottom = self._window.height() - self.MARGIN - (bar.height() if isinstance(bar, QStatusBar) else 0)
        for notice in reversed(self.shown):
            wanted = max(self.WIDTH, notice.minimumSizeHint().width())  # its buttons side by side
            width = min(wanted, self._window.width() - 2 * self.MARGIN)
            height = max(notice.heightForWidth(width), notice.sizeHint().height())
            bottom -= height
            notice.setGeometry(self._window.width() - width - self.MARGIN, bottom, width, height)
            notice.raise_()
            bottom -= 6


def catch_unhandled(notices: Notices, stop: Callable[[], object] = lambda: None) -> Callable[[], None]:
    """Show unhandled errors instead of losing them; returns a function that restores the old hook.

    `stop` ends what would raise again and again: Qt does not pass an exception on to the timer that set off a signal.
    """
    previous = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            previous(kind, error, trace)
        else:
            notices.tell_error(error)
            stop()

    sys.excepthook = hook

    def restore() -> None:
        sys.excepthook = previous

    return restore
