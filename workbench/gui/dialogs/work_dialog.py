"""A small dialog for work that takes a while: what is to be done, then how far it is, and a way to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from workbench.figures.progress import Progress
from workbench.gui.widgets.plain_text import literal, plain_label, show_cut
from workbench.runs.pace import in_words

if TYPE_CHECKING:
    from workbench.figures.progress import Event

STEPS = 1000  # of the bar


class WorkDialog(QDialog):
    """`requested` says that the work is to begin, `stop_requested` that it is to end.

    `program_requested` asks for a program that does it.
    """

    stopped = "Stopped; nothing was written."  # what is said then

    requested = Signal()
    program_requested = Signal()
    stop_requested = Signal()

    def __init__(self, title: str, begin: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.working = False
        self.form = QWidget()
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setAccessibleName("Progress")
        self.progress.hide()
        self.status = plain_label("", wrap=True)
        buttons = QDialogButtonBox()
        self.begin_button = buttons.addButton(begin, QDialogButtonBox.ButtonRole.ActionRole)
        self.begin_button.setDefault(True)
        self.begin_button.clicked.connect(self.requested)
        self.program_button = buttons.addButton("Copy as Python", QDialogButtonBox.ButtonRole.ActionRole)
        self.program_button.setToolTip("Copy a program that does this")
        self.program_button.setAutoDefault(False)
        self.program_button.clicked.connect(self.program_requested)
        self.end_button = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.end_button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.form)
        column.addStretch(1)
        column.addWidget(self.status)
        column.addWidget(self.progress)
        column.addWidget(buttons)

    def begin(self) -> None:
        """The work has begun; the window behind can be worked in meanwhile."""
        self._set_working(True)
        self.hide()
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.show()
        self.progress.setValue(0)

    def follow(self, event: Event) -> None:
        """Show how far the work is."""
        if isinstance(event, Progress) and self.working:
            self.progress.setValue(round(STEPS * event.done))
            left = in_words(event.estimate)
            self.status.setText(literal(f"{event.doing}{f', {left}' if left else ''}"))

    def allow(self, possible: bool) -> None:
        """Whether what the fields say can be done."""
        for button in (self.begin_button, self.program_button):
            button.setEnabled(possible)

    def fail(self, problem: str) -> None:
        """The work has ended without a result."""
        self._set_working(False)
        show_cut(self.status, problem, 600)

    def finish(self) -> None:
        """The work is done: close."""
        self._set_working(False)
        self.accept()

    def reject(self) -> None:
        """Stop work that is under way; else close."""
        if self.working:
            self.status.setText("stopping…")
            self.end_button.setEnabled(False)
            self.stop_requested.emit()
        else:
            super().reject()

    def _set_working(self, working: bool) -> None:
        self.working = working
        self.progress.setVisible(working)
        self.form.setEnabled(not working)
        self.allow(not working)
        self.end_button.setEnabled(True)
        self.end_button.setText("Stop" if working else "Close")
