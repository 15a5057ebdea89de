"""Somebody else's checkpoints into the window, parts of a run out of it, and what a run does not say of itself.

What imports is loaded when it is needed: the window starts sooner without.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from workbench.gui.background.errors import in_one_sentence
from workbench.gui.background.latest import Latest
from workbench.gui.widgets.forms.places import default_folder
from workbench.gui.widgets.notices import Offer
from workbench.runs.collection.listing import ENDINGS as RUNS
from workbench.runs.confinement.structure import IMPORT_IT
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from workbench.gui.background.jobs import Job
    from workbench.gui.background.latest import Answer
    from workbench.gui.dialogs.import_dialog import ImportDialog
    from workbench.gui.state.data_program import Part
    from workbench.gui.work.opening import OpeningFailed
    from workbench.gui.work.workshop import Views, Workshop
    from workbench.importing.run import Imported
    from workbench.runs.run import Run

CHECKPOINTS = "Checkpoints ({});;All files (*)"


class ImportActions(QObject):
    """Imports with a dialog; `imported(path)` follows."""

    imported = Signal(object)

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._endings = Latest(lambda _: _known_endings(), shop.pool, self)
        self._endings.answered.connect(self._on_endings_answered)
        self._endings.failed.connect(lambda failure: shop.notices.tell_error(failure.error))

    def choose(self) -> None:
        """Ask for files and import them, once the packages that import formats of their own have been asked."""
        if not self._shop.closing:
            self._endings.ask(None)

    def _on_endings_answered(self, answer: Answer) -> None:
        formats = CHECKPOINTS.format(" ".join(f"*{ending}" for ending in answer.value))
        QTimer.singleShot(0, self, partial(self._choose_among, formats))  # answers are drawn while the dialog is open

    def _choose_among(self, formats: str) -> None:

        if self._shop.closing:
            return
        names, _ = QFileDialog.getOpenFileNames(self._shop.window, "Import", self._folder(), formats)
        if names and not self._shop.closing:  # which it may be since the dialog opened
            self.ask([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder of checkpoints and import it."""
        name = QFileDialog.getExistingDirectory(self._shop.window, "Import a folder", self._folder())
        if name and not self._shop.closing:
            self.ask([Path(name)])

    def ask(self, paths: Sequence[Path]) -> ImportDialog:
        """Show what an import of these files and folders would make."""
        from workbench.gui.dialogs.import_dialog import ImportDialog

        self._shop.settings.set_text("import/folder", str(paths[0].parent))
        dialog = ImportDialog(paths, self._shop.pool, self._shop.window)
        dialog.requested.connect(partial(self._start, dialog))
        dialog.program_requested.connect(partial(_copy, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def offer(self, failure: OpeningFailed) -> Offer | None:
        """The offer to import a file that could not be opened as a run; None where it cannot be imported either."""
        if not isinstance(failure.error, RunError) or failure.error.advice != IMPORT_IT:
            return None
        return Offer("Import…", lambda: self.ask([failure.path]))

    def _folder(self) -> str:
        return self._shop.settings.text("import/folder", str(Path.home()))

    def _start(self, dialog: ImportDialog) -> None:
        from workbench.importing.run import import_run

        path = dialog.path()
        if path.parent == default_folder():
            with suppress(OSError):  # said by the import itself
                path.parent.mkdir(parents=True, exist_ok=True)
        dialog.begin()
        done: list[Path] = []

        def happened(event: Imported) -> None:
            dialog.show_progress(event)
            if event.finished:
                done.append(event.path)

        def ended(_job: Job) -> None:
            if done:
                dialog.importing = False
                dialog.accept()
                self.imported.emit(done[0])
            elif dialog.importing:
                dialog.fail("The import was stopped; nothing was written.")

        steps = import_run(dialog.plan(), path)
        job = self._shop.jobs.start(steps, happened, partial(_fail, dialog), ended)
        dialog.stop_requested.connect(job.ask_to_stop)


def _known_endings() -> tuple[str, ...]:
    from workbench.importing.files.sources import known_endings

    return known_endings()


def _fail(dialog: ImportDialog, error: Exception) -> None:
    from workbench.importing.files.sources import FileChanged

    dialog.fail(in_one_sentence(error), look_again=isinstance(error, FileChanged))


def _copy(dialog: ImportDialog) -> None:
    from workbench.gui.state.data_program import import_program

    QGuiApplication.clipboard().setText(import_program(dialog.wanted(), dialog.path()))


def importable(path: Path) -> bool:
    """Whether a file or folder that is dropped is to be imported rather than opened.

    An HDF5 file is opened first: a run is one, and where it is none its import is offered.
    """
    name = path.name.lower()
    return (name.endswith(_known_endings()) and not name.endswith(RUNS)) or os.path.isdir(path)


class DataActions(QObject):
    """Parts of the selected run as files, and the naming of its network and data. `saved(path)` follows an export."""

    saved = Signal(object)

    def __init__(self, shop: Workshop, views: Views) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        views.panels.when_made(lambda _name, panel: panel.confirm_requested.connect(self.confirm))

    def export(self, part: Part) -> None:
        """Ask for a file and save this part of the selected run in it."""
        selection, settings = self._shop.session.selection, self._shop.settings
        run, place, ending = selection.run, selection.place, part.endings[0]
        if run is None or place is None:
            self._shop.notices.tell(selection.no_run)
            return
        if not run.snapshots:
            self._shop.notices.tell("The run has no snapshot yet.")
            return
        # An export never overwrites; the error says so, and the dialog need not ask.
        option = QFileDialog.Option.DontConfirmOverwrite
        proposed = str(self._proposed(run, ending))
        chosen, _ = QFileDialog.getSaveFileName(self._shop.window, part.text, proposed, part.kinds, options=option)
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix else path.with_suffix(ending)
        settings.set_text("export/folder", str(path.parent))
        steps = _saving(partial(part.save, place, path), path)
        self._shop.jobs.start(steps, self._on_saved, self._shop.notices.tell_error)

    def copy_as_python(self, part: Part, ending: str) -> None:
        """Put the program that exports this part of the selected run into the clipboard."""
        run, place = self._shop.session.selection.run, self._shop.session.selection.place
        if run is not None and place is not None and run.snapshots:
            QGuiApplication.clipboard().setText(part.program(place, self._proposed(run, ending)))

    def name_network(self) -> None:
        """Ask which network and data the accuracies of the selected run are of."""
        selection = self._shop.session.selection
        run = selection.run
        if run is None:
            self._shop.notices.tell(selection.no_run)
            return
        self._shop.jobs.start(_known(run), partial(self._ask, run), self._shop.notices.tell_error)

    def confirm(self) -> None:
        """Confirm that the network of the selected run is the one it was taken for."""
        selection = self._shop.session.selection
        run = selection.run
        if run is None:
            self._shop.notices.tell(selection.no_run)
            return
        self._change(run, right=True)

    def _ask(self, run: Run, confirmed: _Known) -> None:
        from workbench.evaluation.networks.named import name, named
        from workbench.gui.dialogs.naming_dialog import NamingDialog

        if self._shop.closing:
            return
        known = named(run)
        dialog = NamingDialog(run, str(known.net or ""), str(known.data or ""), confirmed.value, self._shop.window)

        def accepted() -> None:
            name(run, dialog.net(), dialog.data())
            right = dialog.right.isChecked()
            if confirmed.value is not None and right != confirmed.value:
                self._change(run, right)
            else:
                self._retry()

        dialog.accepted.connect(accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _change(self, run: Run, right: bool) -> None:
        self._shop.jobs.start(_confirming(run, right), self._on_confirmed, self._shop.notices.tell_error)

    def _on_confirmed(self, sentence: str) -> None:
        self._shop.notices.tell(sentence)
        self._retry()

    def _retry(self) -> None:
        for panel in self._views.panels.made.values():
            panel.retry()

    def _proposed(self, run: Run, ending: str) -> Path:
        folder = Path(self._shop.settings.text("export/folder", str(Path.home())))
        return folder / f"{run.path.stem}{ending}"

    def _on_saved(self, path: Path) -> None:
        self._shop.notices.tell(f"Saved {path.name} in {path.parent}.")
        self.saved.emit(path)


def _saving(save: Callable[[], None], path: Path) -> Generator[Path, None, None]:
    save()
    yield path


@dataclass(frozen=True)
class _Known:
    """Whether the guessed network of a run was confirmed; None: nothing was guessed."""

    value: bool | None


def _known(run: Run) -> Generator[_Known, None, None]:
    from workbench.evaluation.identity import confirmation, is_guess

    yield _Known(confirmation(run) is not None if is_guess(run) else None)


def _confirming(run: Run, right: bool) -> Generator[str, None, None]:
    from workbench.evaluation.identity import confirm, identity_file

    confirm(run, right)
    where = identity_file(run.path).name
    yield (
        f"Confirmed, and stored in {where} next to the run." if right else f"Confirmation removed: {where} is deleted."
    )
