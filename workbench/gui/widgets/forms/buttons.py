"""The buttons under a form."""

from __future__ import annotations

from PySide6.QtWidgets import QDialogButtonBox, QPushButton


class FormButtons(QDialogButtonBox):
    """One that does what the form says, *Cancel*, and one that copies a program which does the same."""

    def __init__(self, go: str, tip: str) -> None:
        super().__init__(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.go = self.button(QDialogButtonBox.StandardButton.Ok)
        self.go.setText(go)
        self.go.setDefault(True)
        self._others: list[QPushButton] = []
        self.copy = self.add("Copy as Python", tip)

    def add(self, text: str, tip: str) -> QPushButton:
        """Another button that does something with what the form says."""
        button = self.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setToolTip(tip)
        self._others.append(button)
        return button

    def allow(self, possible: bool) -> None:
        """Whether what the form says can be done."""
        for button in (self.go, *self._others):
            button.setEnabled(possible)
