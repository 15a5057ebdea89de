"""The runs that a session names: opened where they are what they were, else said what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.background.errors import in_one_sentence
from workbench.gui.work.sessions.file import load, located
from workbench.runs.errors import RunError
from workbench.runs.files.patience import patiently
from workbench.runs.files.regular_file import resolved
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from workbench.gui.work.sessions.file import SavedRun, SavedSession


@dataclass(frozen=True)
class Lost:
    """A run of a session that is not where it was."""

    number: int  # in the session
    run_id: str
    path: Path
    problem: str
    another: bool = False  # there is a run, but not this one


@dataclass(frozen=True)
class Present:
    """A run of a session, opened."""

    number: int
    run: Run


@dataclass(frozen=True)
class Read:
    """A session that was read, and the folder in which it names its runs."""

    saved: SavedSession
    folder: Path


def reading(path: Path) -> Generator[Read | None, None, None]:
    """The session in a file. SessionError, OSError: as `session_file.load`."""
    yield (yield from patiently(lambda: Read(load(path), resolved(path).parent), path))


def opened(saved: Sequence[SavedRun], folder: Path) -> Generator[Present | Lost | None, None, None]:
    """Every run that a session in `folder` names, in its order."""
    for number, run in enumerate(saved):
        yield (yield from _looked(number, run.run_id, located(run.path, folder)))


def _looked(number: int, run_id: str, path: Path, any_run: bool = False) -> Generator[None, None, Present | Lost]:
    """As `look`, for whoever may give up."""
    try:
        return (yield from patiently(partial(look, number, run_id, path, any_run), path))
    except TimeoutError as error:
        return Lost(number, run_id, path, in_one_sentence(error))


def look(number: int, run_id: str, path: Path, any_run: bool = False) -> Present | Lost:
    """Open a file as a session's run; it must be this very run unless `any_run`."""
    try:
        run = open_run(resolved(path))
    except (RunError, OSError) as error:
        gone = isinstance(error.__cause__, FileNotFoundError)
        return Lost(number, run_id, path, "is not there" if gone else in_one_sentence(error))
    if run.run_id == run_id or any_run:
        return Present(number, run)
    run.close()
    return Lost(number, run_id, path, "contains another run now", another=True)


def searched(
    lost: Lost, path: Path, others: Sequence[Lost], any_run: bool
) -> Generator[Present | Lost | None, None, None]:
    """`lost` looked for in a file, and the other lost ones by their names in the folder of that file."""
    found = yield from _looked(lost.number, lost.run_id, path, any_run)
    yield found
    if isinstance(found, Present):
        for other in others:
            if other is not lost:
                there = yield from _looked(other.number, other.run_id, path.parent / other.path.name)
                if isinstance(there, Present):
                    yield there
