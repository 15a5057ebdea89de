"""The field for a rule such as `norm < 0.5 and dead`: completes names, and says what is wrong with a rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QToolButton, QVBoxLayout, QWidget

from workbench.figures.controls import control_in
from workbench.figures.overview.unit_words import MEASURED, STATES
from workbench.figures.overview.units import COLUMNS, LABELS
from workbench.gui.panels.units.settings import UnitsSettings
from workbench.gui.widgets.forms.typed import TypedLine
from workbench.gui.widgets.plain_text import DoubtLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

WORDS = sorted({*COLUMNS[:-1], *LABELS, *STATES, *MEASURED, "and", "or", "not"})
_LAST_WORD = re.compile(r"[^\W\d]\w*$")


class CompletingLine(TypedLine):
    """A line whose last word is completed from `WORDS`."""

    def __init__(self) -> None:
        super().__init__(control_in(UnitsSettings, "where")[0])  # type: ignore[arg-type]  # a Line
        self.setClearButtonEnabled(True)
        for clear in self.findChildren(QToolButton):
            clear.setAccessibleName("Show all units")
            clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.suggestions = QCompleter(QStringListModel(WORDS, self), self)
        self.suggestions.setWidget(self)
        self.suggestions.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        popup = self.suggestions.popup()
        assert popup is not None
        self._popup = popup
        self.suggestions.activated.connect(self.complete)
        self.textEdited.connect(self._on_text_edited)

    def word(self) -> str:
        """The word before the cursor."""
        found = _LAST_WORD.search(self.text()[: self.cursorPosition()])
        return found[0] if found else ""

    def complete(self, word: str) -> None:
        """Put a whole word in the place of the one before the cursor."""
        at, typed = self.cursorPosition(), self.word()
        text = self.text()
        self.setText(text[: at - len(typed)] + word + text[at:])
        self.setCursorPosition(at - len(typed) + len(word))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._popup
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        if popup.isVisible() and event.key() in keys:
            if popup.currentIndex().isValid():
                self.complete(popup.currentIndex().data())
            popup.hide()
            event.accept()
            return
        super().keyPressEvent(event)

    def _on_text_edited(self) -> None:
        typed = self.word()
        self.suggestions.setCompletionPrefix(typed)
        offered = [self.suggestions.completionModel().index(row, 0).data()
                   for row in range(self.suggestions.completionCount())]  # fmt: skip
        if len(typed) < 2 or not offered or typed in offered:
            self._popup.hide()
        else:
            self.suggestions.complete()


class RuleField(QWidget):
    """The line, and under it what is wrong with the rule. `changed` follows every change of the text."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line: QLineEdit = CompletingLine()
        self.problem = DoubtLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.line)
        column.addWidget(self.problem)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self.changed)

    @property
    def rule(self) -> str:
        """The rule as it is typed."""
        return self.line.text().strip()

    def show_problem(self, problem: str) -> None:
        """Say what is wrong with the rule; "" if nothing is."""
        self.problem.setText(problem[:1].upper() + problem[1:] + "." * bool(problem))
        self.line.setStyleSheet("QLineEdit { border: 1px solid #D55E00; }" if problem else "")
