"""The buttons under a form."""

from __future__ import annotations

from PySide6.QtWidgets import QDialogButtonBox


class FormButtons(QDialogButtonBox):
    """One that does what the form says, *Cancel*, and one that copies a program which does the same."""

    def __init__(self, go: str, tip: str) -> None:
        super().__init__(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.go = self.button(QDialogButtonBox.StandardButton.Ok)
        self.go.setText(go)
        self.go.setDefault(True)
        self.copy = self.addButton("Copy as Python", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip(tip)

    def allow(self, possible: bool) -> None:
        """Whether what the form says can be done."""
        for button in (self.go, self.copy):
            button.setEnabled(possible)
