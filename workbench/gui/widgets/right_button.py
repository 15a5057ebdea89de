"""The button that confirms a guessed network, beside the answers that carry that doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QSizePolicy

from workbench.evaluation.identity import carries_doubt

if TYPE_CHECKING:
    from collections.abc import Iterable

THIS_IS_RIGHT = "This is right"
EXPLAINED = "Confirm the network and its data in a file beside the run. File ▸ Network and data… undoes or changes it"


class RightButton(QPushButton):
    """Visible while the shown results rest on an unconfirmed guess."""

    def __init__(self) -> None:
        super().__init__(THIS_IS_RIGHT)
        self.setToolTip(EXPLAINED)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setVisible(False)

    def show_for(self, warnings: Iterable[str]) -> None:
        """Follow the warnings of the answer that is shown."""
        self.setVisible(any(map(carries_doubt, warnings)))
