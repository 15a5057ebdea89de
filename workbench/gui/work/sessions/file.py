"""A session as a small file, strictly read and atomically written, and as a program that makes its figures again."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec

import workbench
from workbench.gui.state.figure_program import figure_call, names_of
from workbench.gui.state.program import naming
from workbench.gui.work.sessions.layouts import Layout, Name, Rectangle, Saved
from workbench.runs.files.regular_file import beginning
from workbench.runs.files.whole_files import write_whole_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.drawing import Drawing

SUFFIX = ".workbench.json"
FORMAT = 1
MOST_BYTES = 4_000_000
ADVICE = "open a file that was saved with File → Save session"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=4096)]


class SessionError(ValueError):
    """A session that cannot be read: one sentence with the file, what is wrong and what to do."""


class SavedRun(Saved, frozen=True):
    """An open run: where it is, and which it is."""

    path: Text  # relative to the session's folder, or absolute; with slashes
    run_id: Text


class SavedSelection(Saved, frozen=True):
    """What was looked at; `run` counts in the session's runs."""

    run: Count | None = None
    layer: Text | None = None
    snapshot: Count = 0
    units: tuple[Count, ...] = ()
    group: bool = False  # the group of this run


class SavedSession(Saved, frozen=True):
    """All of a session."""

    format: int
    made_by: Text = ""
    runs: tuple[SavedRun, ...] = ()
    selection: SavedSelection = SavedSelection()
    settings: dict[Name, dict[Name, Any]] = msgspec.field(default_factory=dict)
    layout: Layout | None = None
    window: Rectangle | None = None
    maximised: bool = False


class _Version(msgspec.Struct):
    format: int


# Made at import: see the end of `runs/spec.py`.
_VERSION, _SESSION = msgspec.json.Decoder(_Version), msgspec.json.Decoder(SavedSession)


def kept_session(**fields: Any) -> SavedSession:
    """A session of this version of the workbench."""
    return SavedSession(FORMAT, f"workbench {workbench.__version__}", **fields)


def save(path: Path, session: SavedSession) -> None:
    """Write a session; until it is whole the file is what it was. OSError: it cannot be written there."""
    write_whole_files({path: msgspec.json.format(msgspec.json.encode(session), indent=1)})


def load(path: Path) -> SavedSession:
    """The session in a file. SessionError: it is none, or damaged; OSError: it cannot be read."""
    data = beginning(path, MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SessionError(f"{path} is too large for a session; {ADVICE}.")
    try:
        version = _VERSION.decode(data).format
        if version == FORMAT:
            return _SESSION.decode(data)
    except (ValueError, RecursionError) as problem:  # msgspec's errors are ValueErrors
        raise SessionError(f"{path} is not a workbench session or is damaged ({problem}); {ADVICE}.") from problem
    advice = "update the workbench to open it" if version > FORMAT else ADVICE
    raise SessionError(f"{path} is a session of format {version}, but this workbench reads {FORMAT}; {advice}.")


def written(path: Path, folder: Path) -> str:
    """How a session in `folder` names a file: relative, unless they have nothing but the root in common."""
    try:
        common = Path(os.path.commonpath([path, folder]))
    except ValueError:  # on different drives
        return path.as_posix()
    if common == Path(common.anchor):
        return path.as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()


def located(text: str, folder: Path) -> Path:
    """The file that a session in `folder` names so."""
    return Path(os.path.normpath(folder / PurePosixPath(text)))


HEAD = '''\
"""Make the figures of a workbench session without its window, as PDF files next to this file."""

from pathlib import Path

import workbench as wb

here = Path(__file__).resolve().parent
'''


def script(drawings: Sequence[Drawing], folder: Path) -> str:
    """The program, for a file in `folder`, that makes these figures; runs are named relative to it as in a session.

    Whatever comes from a run stands in it as the `repr` of plain data.
    """
    from workbench.figures.drawing import file_name

    parts = [HEAD]
    for path in {drawing.place.run.path: None for drawing in drawings}:
        of_this_run = [drawing for drawing in drawings if drawing.place.run.path == path]
        names = names_of(of_this_run)
        opened = (f"wb.open_run(here / {written(each, folder)!r}) as {called}" for each, (_, called) in names.items())
        parts.append(f"\nwith {', '.join(opened)}:\n")
        parts += [f"    {line}\n" for run, called in names.values() for line in naming(run, called)]
        calls = (f"{figure_call(each, names)}.save(here / {file_name([each], 'pdf')!r})\n" for each in of_this_run)
        parts += [indent(call, "    ") for call in calls]
    return "".join(parts)
