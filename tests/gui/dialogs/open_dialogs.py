"""Dialogs that are open, or about to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.dialogs.naming_dialog import NamingDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def waiting(qtbot: QtBot, window: MainWindow) -> ImportDialog:
    """The dialog of an import, when it knows what is in the files."""
    qtbot.waitUntil(lambda: window.findChild(ImportDialog) is not None)
    dialog = window.findChild(ImportDialog)
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.status.text().startswith("examining"))
    return dialog


def naming(qtbot: QtBot, window: MainWindow) -> NamingDialog:
    """The open dialog *Network and data*."""
    qtbot.waitUntil(lambda: any(each.isVisible() for each in window.findChildren(NamingDialog)))
    return next(each for each in window.findChildren(NamingDialog) if each.isVisible())
