"""Offers what can be done about a training that waits or was interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from workbench.gui.widgets.forms.places import RUN_FILES
from workbench.gui.widgets.notices import Offer
from workbench.runs.errors import RunError
from workbench.runs.files.lock import being_written
from workbench.runs.run import Run, open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator

    from PySide6.QtCore import SignalInstance

    from workbench.gui.widgets.notices import Notice
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.spec import RunSpec
    from workbench.training.events import Finished, Paused, Silent

RUNNING = "A training is already running. Stop it first, or wait for it to end."


@dataclass(frozen=True)
class Interrupted:
    """A training that can be resumed."""

    path: Path
    title: str
    spec: RunSpec
    snapshots: int


def interrupted(path: Path) -> Generator[Interrupted, None, None]:
    """The training of the run at `path`, if it was neither finished nor stopped, is not going on, and could."""
    from workbench.training.resuming import resumable

    try:
        run = open_run(path)
    except (RunError, OSError):  # said where it was opened to be looked at
        return
    with run:
        if not run.finished and not being_written(path) and resumable(run):
            yield Interrupted(run.path, run.title, run.spec, run.snapshots)


class Resuming(QObject):
    """Checks whether a run's training was interrupted, offers to resume it, and does so."""

    def __init__(self, shop: Workshop, started: SignalInstance) -> None:
        super().__init__(shop.window)
        self._shop, self._started = shop, started
        self._offered: set[tuple[Path, int]] = set()
        shop.opener.opened.connect(self._on_opener_opened)
        shop.trainer.failed.connect(self._on_trainer_failed)
        shop.trainer.ended.connect(self._on_trainer_ended)
        self._failed: Path | None = None

    def resume_selected(self) -> None:
        """Go on with the training of the selected run; its process says where that cannot be."""
        selection = self._shop.session.selection
        run = selection.run
        if run is None:
            self._shop.notices.tell(selection.no_run)
        else:
            self._resume(run.spec, run.path)

    def _resume(self, spec: RunSpec, path: Path) -> None:
        if self._shop.trainer.training:
            self._shop.notices.tell(RUNNING)
            return
        self._shop.trainer.resume(spec, path)
        self._started.emit()

    def _look_at(self, path: Path) -> None:
        training = self._shop.trainer.training
        if training is None or training.path != path:
            self._shop.jobs.start(interrupted(path), self._on_job_found, self._on_job_failed)

    def _on_opener_opened(self, run: Run) -> None:
        if not run.finished:
            self._look_at(run.path)

    def _on_trainer_failed(self, _error: Exception) -> None:
        training = self._shop.trainer.training
        self._failed = None if training is None or training.started is None else training.path

    def _on_trainer_ended(self, _finished: object) -> None:
        if self._failed is not None:
            self._look_at(self._failed)
            self._failed = None

    def _on_job_found(self, found: Interrupted) -> None:
        from workbench.gui.state.data_program import resuming_program

        if (found.path, found.snapshots) in self._offered:
            return
        self._offered.add((found.path, found.snapshots))
        message = f"{found.path.name}: the training was interrupted after {counted(found.snapshots, 'snapshot')}."
        program = resuming_program(found.spec, found.path)
        copy = Offer("Copy as Python", lambda: QGuiApplication.clipboard().setText(program), stays=True)
        resume = Offer("Resume", lambda: self._resume(found.spec, found.path))
        self._shop.notices.tell(message, f"{found.title}\n{found.path}", resume, copy)

    def _on_job_failed(self, error: Exception) -> None:
        raise error  # nothing that is foreseen: the hook for unhandled errors shows it


class Pausing(QObject):
    """A notice for as long as a training waits: for the disk, for its file, or for its own process."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._notice: Notice | None = None
        shop.trainer.paused.connect(self._on_trainer_paused)
        shop.trainer.went_on.connect(self._take_back)
        shop.trainer.ended.connect(self._on_trainer_ended)

    def _on_trainer_paused(self, event: Paused | Silent) -> None:
        from workbench.training.events import Paused

        self._take_back()
        other = event.other_name if isinstance(event, Paused) else ""
        offers = [Offer("Stop the training", self._shop.trainer.stop)]
        if other:
            name = Path(other)
            go_on = Offer(f"Continue as {name.name}", lambda: self._shop.trainer.go_on_as(name))
            offers = [go_on, Offer("Another name…", lambda: self._choose_name(name), stays=True), *offers]
        problem = f"The training is paused: {event.problem}" if isinstance(event, Paused) else event.problem
        self._notice = self._shop.notices.tell(problem, "", *offers)

    def _choose_name(self, proposed: Path) -> None:
        no_question = QFileDialog.Option.DontConfirmOverwrite  # nothing is ever overwritten
        name, _ = QFileDialog.getSaveFileName(
            self._shop.window, "Continue the training in", str(proposed), RUN_FILES, options=no_question
        )
        if name:
            self._shop.trainer.go_on_as(Path(name))

    def _take_back(self) -> None:
        if self._notice is not None and self._notice in self._shop.notices.shown:
            self._notice.dismiss()
        self._notice = None

    def _on_trainer_ended(self, finished: Finished | None) -> None:
        self._take_back()
        if finished is not None and finished.note:
            self._shop.notices.tell(f"{finished.note} The run is in {finished.path}.")
