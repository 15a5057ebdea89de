"""The way back from a matrix that a run does not have: its message stands where the list of matrices was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox

    from workbench.gui.panels.base import Panel


class WholeMatrixButton(QPushButton):
    """Under the message of a panel: chooses W in its list of matrices, where another one is chosen."""

    def __init__(self, panel: Panel, matrix: QComboBox) -> None:
        super().__init__("Show W")
        self.setToolTip("The spectrum or low ranks of the weights themselves")
        self._panel, self._matrix = panel, matrix
        panel.add_to_message(self)
        panel.drawn.connect(self._follow)
        self.clicked.connect(lambda: matrix.setCurrentIndex(matrix.findData("weights")))
        self.hide()

    def _follow(self) -> None:
        another = self._matrix.currentData() != "weights"
        self.setVisible(another and self._panel.session.selection.place is not None)
