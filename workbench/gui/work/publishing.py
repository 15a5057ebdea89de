"""What leaves the window and takes a while: films, pages and reports, made by the command line in its own process."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from workbench.gui.background.errors import in_one_sentence
from workbench.gui.dialogs.replacing import when_free
from workbench.gui.widgets.plain_text import literal
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from PySide6.QtCore import SignalInstance

    from workbench.figures.drawing import Drawing
    from workbench.figures.progress import Event, Written
    from workbench.gui.background.jobs import Job
    from workbench.gui.dialogs.animation_dialog import AnimationDialog
    from workbench.gui.dialogs.run_report_dialog import RunReportDialog
    from workbench.gui.dialogs.work_dialog import WorkDialog
    from workbench.gui.work.sessions.restoring import Found
    from workbench.gui.work.workshop import Views, Workshop
    from workbench.runs.place import Place
    from workbench.runs.run import Run

NO_FIGURE = "There is nothing to animate yet: open a run, and wait for a panel to show it."
OVERWRITE = "--overwrite"
PAGE = (
    "One HTML file: the weight graph, the spectrum and the accuracies of {}, {} under one slider. Nothing is fetched."
)


class Publisher(QObject):
    """Makes animations, pages and reports with a dialog each. `saved(paths)` follows."""

    saved = Signal(object)

    def __init__(self, shop: Workshop, views: Views, restored: SignalInstance) -> None:
        super().__init__(shop.window)
        self._shop, self._views = shop, views
        self._dropped: Found | None = None  # the film that was dropped on the window last
        restored.connect(self._on_restorer_restored)

    def ask_for_animation(self) -> AnimationDialog | None:
        """Ask what an animation is to show; of the run of a film that was dropped here, the same as there."""
        from workbench.figures.kinds import KINDS
        from workbench.gui.dialogs.animation_dialog import AnimationDialog

        panels = {name: panel for name, panel in self._views.panels.items() if name in KINDS and KINDS[name].moves}
        run = self._shop.session.selection.run
        shown = {name: drawing for name in panels if (drawing := self.drawing_of(name)) is not None}
        awaited = [name for name, panel in panels.items() if name not in shown and not panel.complete]
        titles = {name: panel.title for name, panel in panels.items() if name in shown or name in awaited}
        if run is None or not titles:
            selection = self._shop.session.selection
            self._shop.notices.tell(NO_FIGURE if selection.place is None or run is not None else selection.no_run)
            return None
        chosen = "graph" if "graph" in titles else next(iter(titles))
        dialog = AnimationDialog(titles, chosen, run.snapshots, awaited, self._shop.window)
        if self._dropped is not None and any(known is not None and known.locator == run.locator
                                             for known in self._dropped.runs):  # fmt: skip
            _offer(dialog, self._dropped)
        for name in awaited:
            self._await(name, dialog, shown)
        dialog.requested.connect(partial(self._choose_film, dialog, shown))
        dialog.program_requested.connect(partial(self._copy_film, dialog, shown))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def ask_for_page(self) -> WorkDialog | None:
        """Ask where the page of the selected layer is to lie."""
        from workbench.gui.dialogs.work_dialog import WorkDialog

        selection = self._shop.session.selection
        place = selection.place
        if place is None or not place.layer:
            self._shop.notices.tell(selection.no_run)
            return None
        dialog = WorkDialog("Export page", "Save as…", self._shop.window)
        dialog.status.setText(literal(PAGE.format(place.layer, counted(place.run.snapshots, "snapshot"))))
        dialog.requested.connect(partial(self._choose_page, dialog, place))
        dialog.program_requested.connect(lambda: copy(self._page_words(place, self._page_path(place)), [place.run]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def ask_for_report(self) -> RunReportDialog | None:
        """Ask what a report is to tell of."""
        from workbench.gui.dialogs.run_report_dialog import RunReportDialog

        selection = self._shop.session.selection
        if selection.place is None:
            self._shop.notices.tell(selection.no_run)
            return None
        dialog = RunReportDialog(self._shop.session.runs, selection.place, self._shop.window)
        dialog.requested.connect(partial(self._choose_report, dialog))
        dialog.program_requested.connect(partial(self._copy_report, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def make(self, dialog: WorkDialog, words: Sequence[str], runs: Sequence[Run], folder: Path) -> None:
        """Let the command line do it, in a process of its own; `folder` is where it writes."""
        from workbench.figures.progress import Written
        from workbench.gui.background.command_process import run_command
        from workbench.gui.work.command_words import named_words

        def steps() -> Generator[Event, None, None]:
            yield from run_command([*words, *named_words(runs)], folder)

        dialog.begin()
        done: list[Written] = []
        problems: list[str] = []

        def happened(event: Event) -> None:
            dialog.follow(event)
            if isinstance(event, Written):
                done.append(event)

        def ended(_job: Job) -> None:
            if done:
                dialog.finish()
                self._tell(done[0])
            else:
                dialog.fail(problems[0] if problems else dialog.stopped)

        def failed(error: Exception) -> None:
            problems.append(in_one_sentence(error))

        job = self._shop.jobs.start(steps(), happened, failed, ended, title=dialog.windowTitle())
        dialog.stop_requested.connect(job.ask_to_stop)

    def drawing_of(self, name: str) -> Drawing | None:
        """What a panel shows of the selected run and layer."""
        from workbench.films.film import OF_OTHERS

        drawing, selection = self._views.panels[name].whole_drawing(), self._shop.session.selection
        place, run = selection.place, selection.run
        if drawing is None or place is None or drawing.place.run != run:
            return None
        if drawing.figure.kind in OF_OTHERS and len(drawing.group) > 1:  # a command names one other network
            return None
        return drawing if drawing.place.layer in ("", place.layer) else None

    def _await(self, name: str, dialog: AnimationDialog, shown: dict[str, Drawing]) -> None:
        """Offer what a panel shows as soon as it has computed it."""
        panel = self._views.panels[name]

        def drawn() -> None:
            drawing = self.drawing_of(name)
            if name in dialog.awaited and (drawing is not None or panel.complete):
                if drawing is not None:
                    shown[name] = drawing
                dialog.answer(name, drawing is not None)

        connection = panel.drawn.connect(drawn)
        dialog.finished.connect(lambda _result: panel.drawn.disconnect(connection))

    def _on_restorer_restored(self, found: Found) -> None:
        self._dropped = found if found.recipe.film is not None and not found.problem else None

    def _choose_film(self, dialog: AnimationDialog, shown: dict[str, Drawing]) -> None:
        from workbench.gui.work.command_words import film_words, runs_of

        drawings, video = [shown[name] for name in dialog.figures], dialog.wanted.format == "mp4"
        proposed, kinds = self._film_path(dialog, drawings), "MP4 video (*.mp4)" if video else "Folders (*)"
        name, _ = QFileDialog.getSaveFileName(dialog, "Save animation", str(proposed), kinds)
        if not name:
            return
        path = Path(name)
        path = path.with_name(f"{path.name}.mp4") if video and path.suffix.lower() != ".mp4" else path
        self._shop.settings.set_text("film/folder", str(path.parent))
        words = [*film_words(dialog, drawings, path), OVERWRITE]
        # Whether the name that was chosen may be replaced was asked there.
        unasked = [path] if path != Path(name) else []
        when_free(dialog, unasked, partial(self.make, dialog, words, runs_of(drawings), path.parent))

    def _film_path(self, dialog: AnimationDialog, drawings: Sequence[Drawing]) -> Path:
        """Where an animation is proposed to lie."""
        first, ending = drawings[0], ".mp4" if dialog.wanted.format == "mp4" else ""
        stem = _slug(first.place.run.path.stem, first.place.layer, *(drawing.figure.kind for drawing in drawings))
        return Path(self._shop.settings.text("film/folder", str(Path.home()))) / f"{stem}{ending}"

    def _copy_film(self, dialog: AnimationDialog, shown: dict[str, Drawing]) -> None:
        from workbench.gui.work.command_words import film_words, runs_of

        drawings = [shown[name] for name in dialog.figures]
        copy(film_words(dialog, drawings, self._film_path(dialog, drawings)), runs_of(drawings))

    def _choose_page(self, dialog: WorkDialog, place: Place) -> None:
        proposed = str(self._page_path(place))
        name, _ = QFileDialog.getSaveFileName(dialog, "Save page", proposed, "HTML pages (*.html)")
        if not name:
            return
        path = Path(name)
        path = path.with_name(f"{path.name}.html") if path.suffix.lower() not in (".html", ".htm") else path
        self._shop.settings.set_text("page/folder", str(path.parent))
        unasked = [path] if path != Path(name) else []
        words = [*self._page_words(place, path), OVERWRITE]
        when_free(dialog, unasked, partial(self.make, dialog, words, [place.run], path.parent))

    def _page_path(self, place: Place) -> Path:
        folder = Path(self._shop.settings.text("page/folder", str(Path.home())))
        return folder / f"{_slug(place.run.path.stem, place.layer)}.html"

    def _page_words(self, place: Place, path: Path) -> list[str]:
        from workbench.gui.work.command_words import page_words

        return page_words(place, {kind: self.drawing_of(kind) for kind in ("graph", "spectrum")}, path)

    def _choose_report(self, dialog: RunReportDialog) -> None:
        from workbench.gui.work.command_words import report_words

        runs, proposed = dialog.runs, str(self._report_path(dialog))
        name, _ = QFileDialog.getSaveFileName(dialog, "Folder of the report", proposed, "Folders (*)")
        if not name:
            return
        self._shop.settings.set_text("report/folder", str(Path(name).parent))
        self.make(dialog, [*report_words(dialog, runs, Path(name)), OVERWRITE], runs, Path(name))

    def _report_path(self, dialog: RunReportDialog) -> Path:
        folder = Path(self._shop.settings.text("report/folder", str(Path.home())))
        return folder / _slug(dialog.runs[0].path.stem, "report")

    def _copy_report(self, dialog: RunReportDialog) -> None:
        from workbench.gui.work.command_words import report_words

        copy(report_words(dialog, dialog.runs, self._report_path(dialog)), dialog.runs)

    def _tell(self, written: Written) -> None:
        paths = [Path(path) for path in written.paths]
        names = ", ".join(path.name for path in paths)
        self._shop.notices.tell(f"Saved {names} in {paths[0].parent}: {written.words}.")
        self.saved.emit(paths)


def copy(words: Sequence[str], runs: Sequence[Run]) -> None:
    """Put the program that does what these words ask for into the clipboard."""
    from workbench.gui.state.figure_program import command_program
    from workbench.gui.work.command_words import named_words

    QGuiApplication.clipboard().setText(command_program([*words, *named_words(runs)]))


def _offer(dialog: AnimationDialog, film: Found) -> None:
    from workbench.figures.files.reading import FILM

    plan, kind = film.recipe.film, "mp4" if film.path.suffix.lower() == FILM else "png"
    assert plan is not None
    dialog.offer_film([view.kind for view in film.recipe.views], plan, film.recipe.style.theme, kind)


def _slug(*words: str) -> str:
    return "-".join(re.sub(r"[^A-Za-z0-9_]+", "-", word).strip("-")[:60] for word in words if word)
