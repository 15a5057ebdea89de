"""File → Rebuild Figures 1 to 8…: the command does it in a process of its own; its page is opened when it is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from workbench.gui.dialogs.reproduce_dialog import ReproduceDialog
    from workbench.gui.work.publishing import Publisher
    from workbench.gui.work.workshop import Workshop

SETTING = "reproduction/folder"


def ask_for_reproduction(shop: Workshop, publisher: Publisher) -> ReproduceDialog:
    """Ask which figures are to be rebuilt, and how."""
    from workbench.gui.dialogs.reproduce_dialog import ReproduceDialog
    from workbench.gui.work.publishing import copy

    dialog = ReproduceDialog(shop.window)
    dialog.requested.connect(partial(_choose, shop, publisher, dialog))
    dialog.program_requested.connect(lambda: copy(dialog.words(_proposed(shop)), []))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def _choose(shop: Workshop, publisher: Publisher, dialog: ReproduceDialog) -> None:
    name, _ = QFileDialog.getSaveFileName(
        dialog, "Folder of the page and its runs", str(_proposed(shop)), "Folders (*)"
    )
    if not name:
        return
    folder = Path(name)
    shop.settings.set_text(SETTING, str(folder))
    dialog.accepted.connect(lambda: show_page(folder / "report.html"))
    publisher.make(dialog, [*dialog.words(folder), "--overwrite"], [], folder)


def _proposed(shop: Workshop) -> Path:
    """The folder of the last time, where its runs are used again."""
    return Path(shop.settings.text(SETTING, str(Path.home() / "rebuilt-report")))


def show_page(page: Path) -> None:
    """Open the page in the browser, if there is one."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(page.absolute())))
