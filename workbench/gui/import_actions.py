"""Somebody else's checkpoints into the window, parts of a run out of it, and what a run does not say of itself."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from workbench.evaluation.named import name, named
from workbench.gui.errors import Offer, in_one_sentence
from workbench.gui.widgets.import_dialog import ImportDialog
from workbench.gui.widgets.naming_dialog import NamingDialog
from workbench.gui.widgets.places import default_folder
from workbench.runs.structure import NOT_A_RUN
from workbench.training.import_sources import ENDINGS
from workbench.training.importing import Imported, import_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from workbench.gui.jobs import Job
    from workbench.gui.main_window import MainWindow
    from workbench.gui.opening import OpeningFailed
    from workbench.gui.session import Selection
    from workbench.runs.run import Run

    Save = Callable[[Run, Selection, Path], None]

CHECKPOINTS = f"Checkpoints ({' '.join(f'*{ending}' for ending in ENDINGS)} *.h5 *.hdf5);;All files (*)"
NO_RUN = "Open the run first."


class ImportActions(QObject):
    """Imports with a dialog; `imported(path)` follows."""

    imported = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def choose(self) -> None:
        """Ask for files and import them."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Import", self._folder(), CHECKPOINTS)
        if names:
            self.ask([Path(name) for name in names])

    def choose_folder(self) -> None:
        """Ask for a folder of checkpoints and import it."""
        name = QFileDialog.getExistingDirectory(self._window, "Import a folder", self._folder())
        if name:
            self.ask([Path(name)])

    def ask(self, paths: Sequence[Path]) -> ImportDialog:
        """Show what an import of these files and folders would make."""
        self._window.settings.set_text("import/folder", str(paths[0].parent))
        dialog = ImportDialog(paths, self._window.pool, self._window)
        dialog.requested.connect(partial(self._start, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def offer(self, failure: OpeningFailed) -> Offer | None:
        """What can be done with a file that could not be opened as a run."""
        if NOT_A_RUN not in str(failure.error):
            return None
        return Offer("Import it…", lambda: self.ask([failure.path]))

    def _folder(self) -> str:
        return self._window.settings.text("import/folder", str(Path.home()))

    def _start(self, dialog: ImportDialog) -> None:
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
        job = self._window.jobs.start(steps, happened, lambda error: dialog.fail(in_one_sentence(error)), ended)
        dialog.stop_requested.connect(job.ask_to_stop)


def importable(path: Path) -> bool:
    """Whether a file or folder that is dropped is to be imported rather than opened."""
    return path.suffix.lower() in ENDINGS or path.is_dir()


class DataActions(QObject):
    """Parts of the selected run as files, and the naming of its network and data. `saved(path)` follows an export."""

    saved = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def export_snapshot(self) -> None:
        """The selected snapshot as a state dict."""

        def save(run: Run, selection: Selection, path: Path) -> None:
            from workbench.evaluation.exporting import save_snapshot

            save_snapshot(run, selection.snapshot, path)

        self._export("Export snapshot", ".safetensors", "State dicts (*.safetensors *.pt)", save)

    def export_layer(self) -> None:
        """The selected layer's weight matrix at the selected snapshot."""

        def save(run: Run, selection: Selection, path: Path) -> None:
            from workbench.evaluation.exporting import save_layer

            save_layer(run, selection.layer or run.layers[0].name, selection.snapshot, path)

        self._export("Export layer", ".npy", "Arrays (*.npy)", save)

    def export_history(self) -> None:
        """The run's curves."""

        def save(run: Run, _selection: Selection, path: Path) -> None:
            from workbench.evaluation.exporting import save_history

            save_history(run, path)

        self._export("Export history", ".csv", "Tables (*.csv)", save)

    def name_network(self) -> None:
        """Ask which network and data the accuracies of the selected run are of."""
        run = self._window.session.selection.run
        if run is None:
            self._window.notices.tell(NO_RUN)
            return
        known = named(run)
        dialog = NamingDialog(run, str(known.net or ""), str(known.data or ""), self._window)

        def accepted() -> None:
            name(run, dialog.net(), dialog.data())
            for panel in self._window.panels.values():
                panel.retry()

        dialog.accepted.connect(accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _export(self, title: str, ending: str, kinds: str, save: Save) -> None:
        selection, settings = self._window.session.selection, self._window.settings
        run = selection.run
        if run is None or not run.snapshots:
            self._window.notices.tell(NO_RUN)
            return
        folder = Path(settings.text("export/folder", str(Path.home())))
        proposed = str(folder / f"{run.path.stem}{ending}")
        # An export never overwrites; the error says so, and the dialog need not ask.
        option = QFileDialog.Option.DontConfirmOverwrite
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, proposed, kinds, options=option)
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix else path.with_suffix(ending)
        settings.set_text("export/folder", str(path.parent))
        steps = _saving(partial(save, run, selection, path), path)
        self._window.jobs.start(steps, self._on_saved, self._window.notices.tell_error)

    def _on_saved(self, path: Path) -> None:
        self._window.notices.tell(f"Saved {path.name} in {path.parent}.")
        self.saved.emit(path)


def _saving(save: Callable[[], None], path: Path) -> Generator[Path, None, None]:
    save()
    yield path
