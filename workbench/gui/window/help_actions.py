"""What explains the window and copies its programs: help, the guide, and *Copy as Python*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from workbench.gui.window.guide_window import GuideWindow, HelpWindow
    from workbench.gui.window.main_window import MainWindow

NOTHING = "There is nothing to copy yet: the panel “{title}” is empty, or still computing."


class HelpActions(QObject):
    """Help about the panel that is looked at, and its program for the clipboard."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.help_window: HelpWindow | None = None
        self.guide_window: GuideWindow | None = None
        window.panels.when_made(lambda name, panel: panel.help_requested.connect(lambda: self.explain(name)))

    def explain(self, name: str | None = None) -> None:
        """Show what a panel is about; without a name the one that is looked at."""
        from workbench.gui.window.guide_window import HelpWindow

        if self.help_window is None:
            self.help_window = HelpWindow(self._window.dock_area.made.rows, self._window)
        self.help_window.explain(name or self._window.dock_area.looked_at())

    def open_guide(self) -> None:
        """Show the guide."""
        from workbench.gui.window.guide_window import GuideWindow

        if self.guide_window is None:
            self.guide_window = GuideWindow(self._window.jobs, self._window.notices, self._window)
        self.guide_window.show()
        self.guide_window.raise_()
        self.guide_window.activateWindow()

    def copy_as_python(self, name: str | None = None) -> None:
        """Put the program of a panel into the clipboard; a notice says so where there is none."""
        panel = self._window.panels[name or self._window.dock_area.looked_at()]
        text = panel.whole_program() if panel.isVisible() else None
        if text is None:
            self._window.notices.tell(NOTHING.format(title=panel.title))
        else:
            QGuiApplication.clipboard().setText(text)

    def copy_resuming(self) -> None:
        """Copy the program that continues the training of the selected run to the clipboard."""
        from workbench.gui.state.data_program import resuming_program

        run = self._window.session.selection.run
        if run is not None:
            QGuiApplication.clipboard().setText(resuming_program(run.spec, run.path))
