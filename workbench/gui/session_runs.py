"""The runs that a session names: opened where they are what they were, else said what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.gui.errors import in_one_sentence
from workbench.gui.session_file import located
from workbench.runs.errors import RunError
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from workbench.gui.session_file import KeptRun


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


def opened(kept: Sequence[KeptRun], folder: Path) -> Generator[Present | Lost, None, None]:
    """Every run that a session in `folder` names, in its order."""
    for number, run in enumerate(kept):
        yield look(number, run.run_id, located(run.path, folder))


def look(number: int, run_id: str, path: Path, any_run: bool = False) -> Present | Lost:
    """Open a file as a session's run; it must be this very run unless `any_run`."""
    try:
        path = path.expanduser()
        if not path.exists():
            return Lost(number, run_id, path, "is not there")
        run = open_run(path.resolve())
    except (RunError, OSError, ValueError) as error:  # ValueError: no path at all
        return Lost(number, run_id, path, in_one_sentence(error))
    if run.run_id == run_id or any_run:
        return Present(number, run)
    run.close()
    return Lost(number, run_id, path, "holds another run now", another=True)


def searched(lost: Lost, path: Path, others: Sequence[Lost], any_run: bool) -> Generator[Present | Lost, None, None]:
    """`lost` looked for in a file, and the other lost ones by their names in the folder of that file."""
    found = look(lost.number, lost.run_id, path, any_run)
    yield found
    if isinstance(found, Present):
        for other in others:
            beside = path.parent / other.path.name
            if other is not lost and beside.exists():
                there = look(other.number, other.run_id, beside)
                if isinstance(there, Present):
                    yield there
