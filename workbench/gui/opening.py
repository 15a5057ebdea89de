"""Opening run files and following those that still grow, off the GUI thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.latest import Answer, Failure, Latest
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Generator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.jobs import Jobs
    from workbench.gui.session import Session


def _open(path: Path) -> Generator[Run, None, None]:
    yield open_run(path)


class Opener(QObject):
    """Opens run files one by one; `opened(run)` and `failed(error)` follow on the GUI thread."""

    opened = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs

    def open(self, path: Path) -> None:
        """Open one file in the background."""
        # A user's own symbolic link is resolved first; what it names is what is opened and remembered.
        self._jobs.start(_open(Path(path).expanduser().resolve()), self.opened.emit, self.failed.emit)


def _refresh(runs: tuple[Run, ...]) -> tuple[tuple[Run, Run], ...]:
    return tuple((run, run.refreshed()) for run in runs)


def _may_change(run: Run) -> bool:
    """Whether more may be written; a run that was stopped early is replaced by a copy without unused room."""
    return not run.finished or run.snapshots < run.capacity


class Follower(QObject):
    """Looks twice a second whether an unfinished run has grown, and renews it in the session."""

    INTERVAL_MS = 500
    failed = Signal(object)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._latest = Latest(_refresh, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self._timer = QTimer(self)
        self._timer.setInterval(self.INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        session.runs_changed.connect(self._on_session_runs_changed)

    def look(self) -> None:
        """Ask now whether there is news."""
        growing = tuple(run for run in self._session.runs if _may_change(run))
        if growing:
            self._latest.ask(growing)

    def shut(self) -> None:
        self._timer.stop()
        self._latest.close()

    def _on_session_runs_changed(self) -> None:
        if not any(_may_change(run) for run in self._session.runs):
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _on_latest_answered(self, answer: Answer) -> None:
        for old, new in answer.value:
            if new is not old and any(known is old for known in self._session.runs):
                self._session.renew(old, new)

    def _on_latest_failed(self, failure: Failure) -> None:
        self._timer.stop()  # say it once; opening the run again starts anew
        self.failed.emit(failure.error)
