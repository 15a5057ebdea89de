"""Keeping what the window shows, and bringing it back: on request, and from one start to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Signal
from PySide6.QtWidgets import QFileDialog

from workbench.gui.dialogs.replacing import when_free
from workbench.gui.state.session import Selection
from workbench.gui.widgets.screens import available_to_windows, inside
from workbench.gui.work.sessions.file import (
    SUFFIX,
    SavedRun,
    SavedSelection,
    SavedSession,
    SessionError,
    kept_session,
    load,
    save,
    script,
    written,
)
from workbench.gui.work.sessions.layouts import Rectangle
from workbench.gui.work.sessions.panel_settings import PanelSettings
from workbench.gui.work.sessions.runs import Lost, Present, Read, opened, reading, searched
from workbench.runs.collection.groups import RunGroup, members
from workbench.runs.files.regular_file import resolved
from workbench.runs.files.whole_files import write_whole_files
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.gui.background.jobs import Job
    from workbench.gui.work.relink_dialog import RelinkDialog
    from workbench.gui.work.workshop import Views, Workshop
    from workbench.runs.run import Run

SESSION_FILES = f"Sessions (*{SUFFIX});;All files (*)"


class Sessions(QObject):
    """Saves and opens sessions of the window; `restored()` follows when one is there as far as it can be."""

    restored = Signal()

    def __init__(self, shop: Workshop, views: Views) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        self._path: Path | None = None  # of the session that was opened or saved
        self._saved: SavedSession | None = None  # which is being brought back
        self._found: list[Present] = []
        self._lost: list[Lost] = []
        self._has_shown_runs = False
        self._settings = PanelSettings(views.panels, self._tell)
        self.dialog: RelinkDialog | None = None
        shop.session.runs_changed.connect(self._on_session_runs_changed)

    def _on_session_runs_changed(self) -> None:
        self._has_shown_runs = self._has_shown_runs or bool(self._shop.session.runs)

    # --- keeping ---

    def capture(self, folder: Path) -> SavedSession:
        """What the window shows, for a file in `folder`."""
        window, selection = self._shop.window, self._shop.session.selection
        runs = self._shop.session.runs
        size = (window.normalGeometry() if window.isMaximized() else window).size()
        return kept_session(
            runs=tuple(SavedRun(written(Path(run.path), folder), run.run_id) for run in runs),
            selection=_kept_selection(selection, runs),
            settings=self._settings.read(),
            layout=self._views.layout_now(),
            window=Rectangle(window.x(), window.y(), size.width(), size.height()),
            maximised=window.isMaximized(),
        )

    def save(self) -> None:
        """Save to the session's own file; ask for one where it has none."""
        if self._path is None:
            self.save_as()
        else:
            self.write(self._path)

    def save_as(self) -> None:
        """Ask for a file and save the session there."""
        start = self._path or self._folder() / f"session{SUFFIX}"
        name, _ = QFileDialog.getSaveFileName(self._shop.window, "Save session", str(start), SESSION_FILES)
        if name:
            path = Path(name) if name.endswith(".json") else Path(name + SUFFIX)
            when_free(self._shop.window, [path] if path != Path(name) else [], lambda: self.write(path))

    def save_script(self) -> None:
        """Ask for a file, and save a program there that makes the figures of all panels in sight."""
        panels = self._views.panels.made.values()
        drawings = [drawing for panel in panels if panel.isVisible() and (drawing := panel.whole_drawing()) is not None]
        if not drawings:
            self._shop.notices.tell("No panel shows a figure yet that a program could make.")
            return
        start = str(self._folder() / "session.py")
        name, _ = QFileDialog.getSaveFileName(self._shop.window, "Save session as Python", start, "Python (*.py)")
        if name:
            path = Path(name) if name.endswith(".py") else Path(f"{name}.py")

            def save() -> None:
                self._try(lambda: write_whole_files({path: script(drawings, resolved(path).parent).encode()}))

            when_free(self._shop.window, [path] if path != Path(name) else [], save)

    def keep_last(self) -> None:
        """Keep what the window shows for the next start; what was kept stays until the window has shown a run."""
        if not self._has_shown_runs and self._shop.settings.last_session.exists():
            return  # it closes while the last session is still on its way
        path = self._shop.settings.last_session

        def writing() -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            save(path, self.capture(path.parent))

        self._try(writing)

    def write(self, path: Path) -> None:
        if self._try(lambda: save(path, self.capture(resolved(path).parent))):
            self._path = path
            self._shop.settings.set_text("session_folder", str(path.parent))

    def _try(self, writing: Callable[[], None]) -> bool:
        """Whether it could be written; a notice says why not."""
        try:
            writing()
        except OSError as error:
            self._shop.notices.tell_error(error)
            return False
        return True

    def _folder(self) -> Path:
        return Path(self._shop.settings.text("session_folder", str(Path.home())))

    # --- bringing back ---

    def choose(self) -> None:
        """Ask for a session and open it."""
        name, _ = QFileDialog.getOpenFileName(self._shop.window, "Open session", str(self._folder()), SESSION_FILES)
        if name:
            self._shop.settings.set_text("session_folder", str(Path(name).parent))
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Bring back the session in a file in the place of what is open; a file that is none changes nothing."""

        def read(session: Read) -> None:
            self._path = path
            self._bring_back(session.saved, session.folder)

        self._shop.jobs.start(reading(path), read, self._shop.notices.tell_error)

    def restore_last(self, with_runs: bool = True) -> bool:
        """Whether there was a session at the last start's end, and it is being brought back; or its layout alone.

        The window is not in sight yet, and waits for this small file of its own. A notice says why it cannot be read.
        """
        path = self._shop.settings.last_session
        try:
            saved = load(path)
        except FileNotFoundError:
            return False
        except (SessionError, OSError) as error:
            self._shop.notices.tell_error(error)
            return False
        if with_runs:
            self._bring_back(saved, path.parent)
        else:
            self._place(saved)
        return True

    def _bring_back(self, saved: SavedSession, folder: Path) -> None:
        self._place(saved)
        self._saved, self._found, self._lost = saved, [], []
        self._settings.set(saved.settings)  # before the runs are there, so that nothing is computed twice
        self._shop.opener.preloading.begin()
        self._shop.jobs.start(
            opened(saved.runs, folder), self._on_run_looked_at, self._on_job_failed, self._on_job_ended
        )

    def _place(self, saved: SavedSession) -> None:
        """Window and panels, on the screens that there are."""
        if (place := saved.window) is not None:
            there = inside(QRect(place.x, place.y, place.width, place.height), available_to_windows())
            self._shop.window.move(there.topLeft())
            self._shop.window.resize(there.size())
        if saved.maximised:
            self._shop.window.showMaximized()
        if saved.layout is not None:
            self._views.arrange(saved.layout)

    def _tell(self, problems: Sequence[str]) -> None:
        self._shop.notices.tell("Some settings of the session are unknown here.", "\n".join(problems))

    def _on_run_looked_at(self, outcome: Present | Lost) -> None:
        if isinstance(outcome, Present):
            self._found.append(outcome)
        else:
            self._lost.append(outcome)

    @staticmethod
    def _on_job_failed(error: Exception) -> None:
        raise error  # nothing that is foreseen: the hook for unhandled errors shows it

    def _on_job_ended(self, job: Job) -> None:
        stopped = job.isInterruptionRequested()
        self._shop.opener.preloading.then(lambda: self._show(stopped))

    def _show(self, stopped: bool) -> None:
        """Show the runs that were found, when all is loaded that they are shown with."""
        saved, found = self._saved, self._found
        if saved is None or stopped:  # the window closes
            for each in found:
                each.run.close()
            return
        training = self._shop.trainer.training
        under_way = [run for run in self._shop.session.runs if training is not None and run.path == training.path]
        runs = [each.run for each in found]
        runs += [run for run in under_way if run.path not in {each.path for each in runs}]
        selected = next((each.run for each in found if each.number == saved.selection.run), None)
        self._shop.session.replace(tuple(runs), _selection(saved, selected, tuple(runs)))
        if problems := self._settings.set(saved.settings):  # what depends on the runs is set now
            self._tell(problems)
        if self._lost:
            self._ask_for_lost()
        self.restored.emit()

    # --- runs that are not there ---

    def _ask_for_lost(self) -> None:
        from workbench.gui.work.relink_dialog import RelinkDialog

        dialog = self.dialog = RelinkDialog(self._lost, self._shop.window)
        dialog.searched.connect(self._on_dialog_searched)
        dialog.finished.connect(self._on_dialog_finished)
        dialog.open()

    def _on_dialog_searched(self, lost: Lost, path: Path, any_run: bool) -> None:
        assert self.dialog is not None
        steps = searched(lost, path, self.dialog.lost, any_run)
        self._shop.jobs.start(steps, self._on_lost_looked_at, self._on_job_failed)

    def _on_lost_looked_at(self, outcome: Present | Lost) -> None:
        if isinstance(outcome, Lost):
            if self.dialog is not None:
                self.dialog.tell(outcome)
            return
        assert self._saved is not None
        session, wanted = self._shop.session, self._saved.selection
        run, runs = outcome.run, session.runs
        if (open_already := next((known for known in runs if known.path == run.path), None)) is not None:
            run.close()
            run = open_already
        else:
            runs = (*runs, run)
        if outcome.number == wanted.run:
            session.replace(runs, _selection(self._saved, run, runs))
        else:
            session.replace(runs, session.selection if session.selection.place is not None else Selection(Place(run)))
        if self.dialog is not None:
            self.dialog.settle(outcome.number)

    def _on_dialog_finished(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None


def _selection(saved: SavedSession, run: Run | None, runs: tuple[Run, ...]) -> Selection:
    """The selection on `run`, which stands for the selected one, as far as that has it; units only of that very run."""
    at = saved.selection
    if run is None or at.run is None:
        return Selection(Place(runs[-1])) if runs else Selection()
    source = _group(run, runs) if at.group else run
    if at.layer not in {layer.name for layer in run.layers}:
        return Selection(Place(source))
    units = at.units if run.run_id == saved.runs[at.run].run_id else ()
    return Selection(Place(source, at.layer or "", at.snapshot), frozenset(units))


def _group(run: Run, runs: tuple[Run, ...]) -> Run | RunGroup:
    """The group that the runs form with this one; the run itself where they form none any more."""
    group = members(run, runs)
    return RunGroup(group) if len(group) > 1 else run


def _kept_selection(selection: Selection, runs: tuple[Run, ...]) -> SavedSelection:
    place = selection.place
    if place is None:
        return SavedSelection()
    number = next((number for number, run in enumerate(runs) if run is place.run), None)
    units = tuple(sorted(selection.units))
    return SavedSelection(number, place.layer or None, place.snapshot, units, place.group is not None)
