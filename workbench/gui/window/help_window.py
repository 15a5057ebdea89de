"""The window that explains the panels, one page for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser

from workbench.gui.widgets.screens import open_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from workbench.gui.panels.base import Panel


class HelpWindow(QDialog):
    """A list of the panels, and the page about the chosen one; the workbench stays usable beside it."""

    def __init__(self, panels: Mapping[str, Panel], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the panels show")
        open_up(self, 860, 560)
        self._panels = panels
        self._names = tuple(panels)
        self.list = QListWidget()
        self.list.setAccessibleName("Panels")
        self.list.addItems([panel.title for panel in panels.values()])
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 40)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Explanation")
        self.page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        row = QHBoxLayout(self)
        row.addWidget(self.list)
        row.addWidget(self.page, 1)
        self.list.currentRowChanged.connect(self._on_list_current_row_changed)

    def explain(self, name: str) -> None:
        """Show the page about a panel."""
        self.list.setCurrentRow(self._names.index(name))
        self.show()
        self.raise_()
        self.activateWindow()

    def _on_list_current_row_changed(self, row: int) -> None:
        panel = self._panels[self._names[row]]
        self.page.setHtml(panel.kind.help.html(panel.title))
