"""Opening run files and following those that still grow, off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.ticker import Ticker
from workbench.gui.widgets.plain_text import literal
from workbench.runs.errors import RunError
from workbench.runs.files.patience import patiently
from workbench.runs.files.regular_file import A_FOLDER, resolved
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Generator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.background.jobs import Jobs
    from workbench.gui.background.preloading import Preloading
    from workbench.gui.state.session import Session


def _open(paths: tuple[Path, ...]) -> Generator[Run | OpeningFailed | None, None, None]:
    for path in paths:
        try:
            yield (yield from patiently(partial(_opened, path), path))
        except (RunError, OSError) as error:  # the others are opened all the same
            from workbench.importing.importers import offering_import  # the window starts sooner without

            yield OpeningFailed(path, offering_import(error))


def _opened(path: Path) -> Run:
    """A user's own symbolic link is resolved first; what it names is what is opened and remembered."""
    return open_run(resolved(path))


@dataclass(frozen=True)
class OpeningFailed:
    """A file that could not be opened."""

    path: Path
    error: Exception

    @property
    def gone(self) -> bool:
        """Whether nothing lies at the path any more."""
        return isinstance(self.error.__cause__, FileNotFoundError)

    @property
    def is_folder(self) -> bool:
        """Whether a folder lies there."""
        return isinstance(self.error, RunError) and self.error.problem == A_FOLDER


class Opener(QObject):
    """Opens run files one after another; `opened(run)` or `failed(OpeningFailed)` follow on the GUI thread."""

    opened = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject, preloading: Preloading) -> None:
        """`opened` waits until `preloading` has loaded everything that shows a run."""
        super().__init__(parent)
        self._jobs, self.preloading = jobs, preloading

    def open(self, *paths: Path) -> None:
        """Open files in the background, in this order."""
        title = f"opening {literal(Path(paths[0]).name, 40)}" if len(paths) == 1 else f"opening {len(paths)} runs"
        steps = _open(tuple(map(Path, paths)))
        self.preloading.begin()
        self._jobs.start(steps, self._on_job_event, self._on_job_failed, title=title)

    def _on_job_event(self, outcome: Run | OpeningFailed) -> None:
        tell = self.failed if isinstance(outcome, OpeningFailed) else self.opened
        self.preloading.then(partial(tell.emit, outcome))

    def _on_job_failed(self, error: Exception) -> None:
        raise error  # nothing that is foreseen: the hook for unhandled errors shows it


def _refresh(runs: tuple[Run, ...]) -> tuple[tuple[Run, Run | Exception], ...]:
    return tuple((run, _refreshed(run)) for run in runs)


def _refreshed(run: Run) -> Run | Exception:
    try:
        return run.refreshed()
    except (RunError, OSError) as error:  # said once, and the others are still followed
        return error


def _may_change(run: Run) -> bool:
    """Whether more may be written; a run that was stopped early is replaced by a copy without unused room."""
    return not run.finished or run.snapshots < run.capacity


def _among(run: Run, runs: tuple[Run, ...]) -> bool:
    """Whether this very reading is one of them."""
    return any(run is each for each in runs)


class Follower(QObject):
    """Looks twice a second whether an unfinished run has grown, and renews it in the session."""

    INTERVAL_MS = 500
    failed = Signal(object)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._latest = Latest(_refresh, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._lost: tuple[Run, ...] = ()  # these readings could not be renewed; opened again they are followed again
        self._latest.failed.connect(self._on_latest_failed)
        self._timer = Ticker(self.look, self.INTERVAL_MS, self)
        session.runs_changed.connect(self._on_session_runs_changed)

    def look(self) -> None:
        """Ask now whether there is news."""
        growing = self.growing()
        if growing:
            self._latest.ask(growing)

    def growing(self) -> tuple[Run, ...]:
        return tuple(run for run in self._session.runs if _may_change(run) and not _among(run, self._lost))

    def shut(self) -> None:
        self._timer.stop()
        self._latest.close()

    def _on_session_runs_changed(self) -> None:
        self._lost = tuple(run for run in self._lost if _among(run, self._session.runs))
        if not self.growing():
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _on_latest_answered(self, answer: Answer) -> None:
        for old, new in answer.value:
            known = _among(old, self._session.runs)
            if isinstance(new, Exception):
                first = not _among(old, self._lost)  # it may have been asked about again meanwhile
                self._lost = (*self._lost, old)
                if known and first:
                    self.failed.emit(new)
            elif new is not old and known:
                self._session.renew(old, new)

    def _on_latest_failed(self, failure: Failure) -> None:
        """Nothing that is foreseen: said once, and these runs are no longer followed."""
        self._lost = (*self._lost, *failure.question)
        self.failed.emit(failure.error)
