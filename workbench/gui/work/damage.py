"""Looks in the background whether the numbers of opened runs are those that were written, and saves what is whole."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from workbench.gui.background.process import step_back
from workbench.gui.widgets.forms.places import RUN_FILES
from workbench.gui.widgets.notices import Offer
from workbench.gui.widgets.plain_text import literal
from workbench.runs.errors import RunError
from workbench.runs.files.patience import patiently
from workbench.runs.run import Run, open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator

    from workbench.gui.background.jobs import Job
    from workbench.gui.work.opening import OpeningFailed
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.files.descriptor import Identity
    from workbench.runs.verify import Finding
    from workbench.runs.writing.repair import Saved

LARGE = 2_000_000_000  # bytes of a run that is looked through slowly, with a word about it
REST = 3.0  # times as long as reading took is rested then: the disk is for others, too
MOMENT = 0.05  # seconds between two chances to stop
SAVE = "Save what is intact…"


@dataclass(frozen=True)
class Looked:
    """A snapshot was looked at, or at the end what lies behind the last one."""

    file: Identity
    path: Path
    findings: tuple[Finding, ...]
    done: int  # snapshots that were looked at
    of: int

    @property
    def fraction(self) -> float:
        """How far it is, from 0 to 1."""
        return self.done / max(self.of, 1)


def looked_through(path: Path, slowly: bool = False) -> Generator[Looked | None, None, None]:
    """Every snapshot of the run at `path`, with what is wrong with its bytes; `slowly` leaves the disk to others."""
    from workbench.runs.verify import check_rows, lost

    try:
        run = yield from patiently(partial(open_run, path), path)
    except (RunError, OSError):  # said where it was opened to be looked at
        return
    step_back()
    with run, suppress(RunError, OSError):  # cut short or gone meanwhile: the panels say so
        for snapshot in range(run.snapshots):
            findings: list[Finding] = []
            began = time.monotonic()
            for found in check_rows(run, snapshot):
                findings += [] if found is None else [found]
                yield None
                if slowly and found is None:
                    yield from _rested(REST * (time.monotonic() - began))
                    began = time.monotonic()
            yield Looked(run.identity, path, tuple(findings), snapshot + 1, run.snapshots)
        if run.finished:  # else a writer may just be adding some
            yield Looked(run.identity, path, tuple(lost(run)), run.snapshots, run.snapshots)


def _rested(seconds: float) -> Generator[None, None, None]:
    while seconds > 0:
        time.sleep(min(seconds, MOMENT))
        seconds -= MOMENT
        yield


def _worth_saving(path: Path) -> Generator[Path | None, None, None]:
    from workbench.runs.writing.repair import repairable

    if (yield from patiently(partial(repairable, path), path)):
        yield path


class Damage(QObject):
    """Marks damaged snapshots of the session's runs, and offers to save what is intact."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._begun: dict[tuple[Identity, bool], Job] = {}  # by file, and whether it was finished then
        self._reported: set[Identity] = set()
        self._saved: Saved | None = None
        shop.opener.opened.connect(self._on_opener_opened)
        shop.session.runs_changed.connect(self._on_session_runs_changed)

    def save_whole(self, path: Path) -> None:
        """Ask where to, and save what is intact in the run at `path` there."""
        proposed = path.with_name(f"{path.stem}-repaired{path.suffix}")
        name, _ = QFileDialog.getSaveFileName(self._shop.window, "Save what is intact", str(proposed), RUN_FILES)
        if name:
            self._saved = None
            target = Path(name)
            self._shop.jobs.start(
                self._repaired(path, target), self._on_repair_event, self._shop.notices.tell_error,
                lambda _job: self._on_repair_ended(target), "saving what is intact",
            )  # fmt: skip

    @staticmethod
    def _repaired(path: Path, target: Path) -> Generator[Saved, None, None]:
        from workbench.runs.writing.repair import repair

        yield from repair(path, target)

    def _on_opener_opened(self, run: Run) -> None:
        """Look again through what is opened again: its bytes may have changed in place."""
        if (job := self._begun.pop((run.identity, run.finished), None)) is not None:
            self._give_up(job)
        self._shop.session.forget_damage(run)

    def _on_session_runs_changed(self) -> None:
        """Look through every file that is new here, however it came: opened, with a session, or as a finished run."""
        runs = {(run.identity, run.finished): run.path for run in self._shop.session.runs}
        for key in [key for key in self._begun if key not in runs]:
            self._give_up(self._begun.pop(key))  # what is closed is forgotten: another file may get its identity
        self._reported &= {file for file, _ in runs}
        for key in [key for key in runs if key not in self._begun]:
            self._begun[key] = self._look_through(runs[key], large=key[0][2] > LARGE)

    def _give_up(self, job: Job) -> None:
        if job in self._shop.jobs:
            job.ask_to_stop()

    def _look_through(self, path: Path, large: bool) -> Job:
        looked: list[Looked] = []

        def happened(event: Looked) -> None:
            looked.append(event)
            self._on_looked(event)

        def ended(job: Job) -> None:
            wanted = job in self._begun.values() and self._shop.window.isEnabled()  # neither run nor window is closed
            if large and wanted and not (looked and looked[-1].done == looked[-1].of):
                part = f"{looked[-1].done} of {counted(looked[-1].of, 'snapshot')}" if looked else "No snapshot"
                self._shop.notices.tell(
                    f"{part} of {path.name} {'were' if looked else 'was'} checked for damage. "
                    f"To check all of it: workbench verify {path.name}"
                )

        title = f"checking {literal(path.name, 40)} for damage" if large else ""
        return self._shop.jobs.start(looked_through(path, large), happened, self._on_job_failed, ended, title)

    def tell(self, failure: OpeningFailed) -> None:
        """Say why a file cannot be opened, with the offer to save what may be whole in it."""
        if not isinstance(failure.error, RunError):
            self._shop.notices.tell_error(failure.error)
            return
        found: list[Path] = []

        def ended(_job: Job) -> None:
            offers = [Offer(SAVE, lambda: self.save_whole(failure.path))] if found else []
            self._shop.notices.tell_error(failure.error, *offers)

        self._shop.jobs.start(_worth_saving(failure.path), found.append, self._on_job_failed, ended)

    def _on_looked(self, looked: Looked) -> None:
        for finding in looked.findings:
            self._shop.session.note_damage(looked.file, finding.snapshot, finding.words)
        spoilt = [finding for finding in looked.findings if finding.spoilt]
        if spoilt and looked.file not in self._reported:
            self._reported.add(looked.file)
            message = f"{looked.path.name} is damaged. {spoilt[0]}."
            offer = Offer(SAVE, lambda: self.save_whole(looked.path))
            self._shop.notices.tell(message, str(looked.path), offer)

    def _on_repair_event(self, saved: Saved) -> None:
        self._saved = saved

    def _on_repair_ended(self, target: Path) -> None:
        if self._saved is not None:
            message = f"{target.name}: {self._saved.in_words}."
            self._shop.notices.tell(message, "\n".join(self._saved.lost))
            self._shop.opener.open(target)

    def _on_job_failed(self, error: Exception) -> None:
        raise error  # nothing that is foreseen: the hook for unhandled errors shows it
