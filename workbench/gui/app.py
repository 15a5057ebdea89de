"""The application: one window, started and ended in an orderly way."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from workbench.gui import data_folder, loading, theme
from workbench.gui.errors import catch_unhandled, start_log
from workbench.gui.main_window import MainWindow
from workbench.gui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def application() -> QApplication:
    """The one QApplication, with name, style and fonts."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("workbench")
    app.setOrganizationName("workbench")
    theme.apply(app)
    return app


def main(paths: Sequence[Path] = ()) -> int:
    """Show the window with these runs open until it is closed; the exit status."""
    # Threads of torch that spin while they wait would take the processor from the window.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    loading.install()
    app = application()
    end_log = start_log()
    settings = Settings()
    data_folder.use_remembered(settings)
    window = MainWindow(settings)
    restore_hook = catch_unhandled(window.notices)
    window.restore_layout()
    window.show()
    window.open(*paths)
    try:
        return app.exec()
    finally:
        restore_hook()
        end_log()
