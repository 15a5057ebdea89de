"""The dialog that asks for a rule, and says how many units fit it while one types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout

from workbench.figures.overview.units import COLUMNS
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QWidget

    from workbench.figures.overview.choosing import Choice, Chosen
    from workbench.gui.background.latest import Answer, Failure

STATES = ("dead", "hardly_moved", "untrained", "repeated", "trained", "removed", "isolated")
EXAMPLE = "norm < .5 and not dead"
REST_MS = 150


class RuleDialog(QDialog):
    """`rule` is what was typed; *Select* is possible where units fit it."""

    def __init__(
        self,
        choice: Choice,
        rule: str,
        find: Callable[[Choice], Chosen],
        pool: ThreadPoolExecutor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._choice = choice
        self.setWindowTitle("Select units by a rule")
        self.setMinimumWidth(460)
        self.line = QLineEdit(rule)
        self.line.setPlaceholderText(EXAMPLE)
        self.line.setAccessibleName("Rule")
        self.line.selectAll()
        self.said = plain_label("", wrap=True)
        numbers = ", ".join(name for name in COLUMNS if name not in ("label", "rule"))
        sets = ", ".join(f'in "{name}"' for name, _ in choice.sets) or "none has a name yet"
        known = (
            f"Compare numbers with <, <=, >, >=, == or !=: {numbers}. "
            f"States need no number: {', '.join(STATES)}. Sets of units: {literal(sets)}. "
            "Join rules with and, or, not and brackets."
        )
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.select = self._buttons.addButton("Select", QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (plain_label(literal(f"{choice.place.words}: select the units where")), self.line, self.said,
                       plain_label(known, wrap=True), self._buttons):  # fmt: skip
            column.addWidget(widget)
        self._resting = single_shot(self, REST_MS, self._ask)
        self._asker = Latest(find, pool, self)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.failed.connect(self._on_asker_failed)
        self.line.textChanged.connect(self._on_line_text_changed)
        self._on_line_text_changed(rule)

    @property
    def rule(self) -> str:
        """What was typed."""
        return self.line.text().strip()

    def shut(self) -> None:
        """Count no more."""
        self._resting.stop()
        self._asker.close()
        self.deleteLater()

    def _on_line_text_changed(self, _text: str) -> None:
        self.select.setEnabled(False)
        self.said.setText("counting…" if self.rule else f"Example: {EXAMPLE}")
        self._resting.start()

    def _ask(self) -> None:
        if self.rule:
            self._asker.ask(replace(self._choice, rule=self.rule))

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.question.rule == self.rule:
            count = len(answer.value.units)
            fit = plural(count, "fits", "fit")
            self.said.setText(f"{counted(count, 'unit')} {fit}." if count else "No unit fits.")
            self.select.setEnabled(count > 0)

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question.rule == self.rule:
            self.said.setText(literal(failure.words))
