"""Notices on return to the window that a data set was changed meanwhile, and has the panels measure again."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from workbench.gui.state.data_folder import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Generator

    from workbench.gui.work.workshop import Views, Workshop

DATASETS = "workbench.nets.datasets"  # is imported with the first data set


class ChangedData(QObject):
    """Panels notice at each question whether data files are those they know; this asks when nothing else does."""

    def __init__(self, shop: Workshop, views: Views) -> None:
        super().__init__(shop.window)
        self._shop, self._views, self._away = shop, views, False
        self._seen: tuple[str | None, int] = (os.environ.get(VARIABLE), 0)  # the data folder, and changes in it
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_application_state_changed)

    def look(self) -> None:
        """Look for changed files on a worker thread."""
        if DATASETS in sys.modules:
            self._shop.jobs.start(_changes(), self._on_found, self._shop.notices.tell_error)

    def _on_application_state_changed(self, state: Qt.ApplicationState) -> None:
        returned = self._away and state == Qt.ApplicationState.ApplicationActive
        self._away = state != Qt.ApplicationState.ApplicationActive
        if returned:
            self.look()

    def _on_found(self, changes: int) -> None:
        before, self._seen = self._seen, (os.environ.get(VARIABLE), changes)
        for panel in self._views.panels.made.values() if self._seen != before else ():
            if panel.kind.asks_data:
                panel.retry()


def _changes() -> Generator[int, None, None]:
    from workbench.nets.datasets import changes

    yield changes()
