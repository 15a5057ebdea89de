"""File → Rebuild Figures 1 to 8… and Ask an open question…: a command does it in a process of its own, then its page
is opened.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from workbench.gui.dialogs.experiment_dialogs import ExperimentDialog, QuestionDialog, ReproduceDialog
    from workbench.gui.work.publishing import Publisher
    from workbench.gui.work.workshop import Workshop

D = TypeVar("D", bound="ExperimentDialog")


def ask_for_reproduction(shop: Workshop, publisher: Publisher) -> ReproduceDialog:
    """Ask which figures are to be rebuilt, and how."""
    from workbench.gui.dialogs.experiment_dialogs import ReproduceDialog

    return _opened(ReproduceDialog(shop.window), shop, publisher)


def ask_for_question(shop: Workshop, publisher: Publisher) -> QuestionDialog:
    """Ask which open question an experiment is to answer."""
    from workbench.gui.dialogs.experiment_dialogs import QuestionDialog

    return _opened(QuestionDialog(shop.window), shop, publisher)


def _opened(dialog: D, shop: Workshop, publisher: Publisher) -> D:
    from workbench.gui.work.publishing import copy

    dialog.requested.connect(partial(_choose, shop, publisher, dialog))
    dialog.program_requested.connect(lambda: copy(dialog.words(_proposed(shop, dialog)), []))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog


def _choose(shop: Workshop, publisher: Publisher, dialog: ExperimentDialog) -> None:
    name, _ = QFileDialog.getSaveFileName(
        dialog, "Folder of the page and its runs", str(_proposed(shop, dialog)), "Folders (*)"
    )
    if not name:
        return
    folder = Path(name)
    shop.settings.set_text(_setting(dialog), str(folder))
    dialog.accepted.connect(lambda: show_page(folder / "report.html"))
    publisher.make(dialog, [*dialog.words(folder), "--overwrite"], [], folder)


def _proposed(shop: Workshop, dialog: ExperimentDialog) -> Path:
    """The folder of the last time, where its runs are used again."""
    return Path(shop.settings.text(_setting(dialog), str(Path.home() / f"rebuilt-{dialog.purpose}")))


def _setting(dialog: ExperimentDialog) -> str:
    return f"experiments/{dialog.purpose}/folder"


def show_page(page: Path) -> None:
    """Open the page in the browser, if there is one."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(page.absolute())))
