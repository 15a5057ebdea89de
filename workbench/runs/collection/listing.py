"""A folder of runs at a glance: what each one is and how it ended, notes beside it, and how two were trained."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.runs.errors import RunError, shown
from workbench.runs.files.patience import patiently
from workbench.runs.files.regular_file import beginning, read
from workbench.runs.files.whole_files import write_whole_files
from workbench.runs.layout import FORMAT
from workbench.runs.run import open_run
from workbench.runs.saying import in_words
from workbench.runs.writing.resumption import is_resume_file

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from workbench.runs.spec import RunSpec

ENDINGS = (".h5", ".hdf5")
LONGEST_NOTE = 65_536  # bytes of its file, which ends with a new line
START = 65_536  # bytes of a file in which a run says that it is one
# Required values of a specification that are unknown in a run that was not trained here.
_UNKNOWN_ELSEWHERE = ("optimiser", "initialiser", "batch size", "shuffle", "seed", "precision", "device")
# Where and when a run was made, not how: these make two trainings no different.
_NOT_HOW = ("command", "recipe", "parent", "facts")


@dataclass(frozen=True)
class Listed:
    """A file that may be a run; nothing of it was read."""

    path: Path
    size: int  # bytes
    modified: float  # seconds since 1970


@dataclass(frozen=True, eq=False)
class Summary:
    """What a run is, in short; a file that is none has a `problem`, without its path, and nothing else."""

    problem: str = ""
    title: str = ""
    spec: RunSpec | None = None
    snapshots: int = 0
    state: str = ""
    test_accuracy: float = float("nan")  # of the last snapshot, percent
    validation_accuracy: float = float("nan")
    curve: NDArray[np.float64] | None = None  # (T,) test accuracy, percent


@dataclass(frozen=True)
class Difference:
    """A field of two specifications."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        return self.first != self.second


def run_files(folder: Path) -> tuple[Listed, ...]:
    """The files in a folder that are called like runs, by name; none is opened. OSError as of `os.scandir`.

    What a training keeps beside its run to go on from (NAME.resume.h5) is no run.
    """
    with os.scandir(folder) as entries:
        named = [entry for entry in entries if entry.name.lower().endswith(ENDINGS)]
        runs = [entry for entry in named if not is_resume_file(Path(entry.path))]
        found = [file for entry in runs if (file := _listed(entry)) is not None]
    return tuple(sorted(found, key=lambda file: file.path.name.lower()))


def listed(folder: Path, otherwise: Path | None) -> Generator[tuple[Path, tuple[Listed, ...]] | None, None, None]:
    """Yield the folder, or the other one where it is none, and its run files; None while its disk does not answer."""

    def found() -> tuple[Path, tuple[Listed, ...]]:
        there = folder if otherwise is None or os.path.isdir(folder) else otherwise
        return there, run_files(there)

    yield (yield from patiently(found, folder))


def holds_runs(path: Path) -> bool:
    """Whether this is a folder with a run in it."""
    try:
        return os.path.isdir(path) and any(begins_as_run(file.path) for file in run_files(path))
    except OSError:
        return False


def begins_as_run(path: Path) -> bool:
    """Whether a file begins as runs do, whole or damaged; other tools write HDF5 files, too."""
    try:
        return FORMAT.encode() in beginning(path, START)
    except OSError:
        return False


def _listed(entry: os.DirEntry[str]) -> Listed | None:
    """The file of an entry; None where it is none."""
    try:
        if not entry.is_file():
            return None
        status = entry.stat()
    except FileNotFoundError:  # gone since the folder was read
        return None
    except OSError:  # a link to itself, say: its summary says what is wrong, and the others are there
        return Listed(Path(entry.path), 0, 0.0)
    return Listed(Path(entry.path), status.st_size, status.st_mtime)


def summary(path: Path) -> Summary:
    """What the run in this file is; a file that cannot be read has a summary too, which says why."""
    try:
        with open_run(path) as run:
            curve = np.array(run.test_accuracy)
            last = curve[-1] if run.snapshots else np.nan
            validation = run.validation_accuracy[-1] if run.snapshots else np.nan
            return Summary("", run.title, run.spec, run.snapshots, run.state, float(last), float(validation), curve)
    except RunError as error:
        return Summary(problem=str(error).removeprefix(shown(error.path)).lstrip(": "))  # the row names the file
    except OSError as error:
        return Summary(problem=in_words(error))


def notes_file(path: Path) -> Path:
    """Where the notes about a run lie: beside it, for a run file is never changed."""
    return path.with_name(f"{path.stem}.notes.txt")


def notes(path: Path) -> str:
    """What was noted about a run; empty where nothing was. OSError: it cannot be read, or is too long for a note."""
    try:
        return read(notes_file(path), LONGEST_NOTE).decode("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def write_notes(path: Path, text: str) -> None:
    """Note something about a run, in place of what was noted before; nothing leaves no file. OSError; ValueError.

    What lies there and is no note is left alone.
    """
    target, data = notes_file(path), text.strip().encode("utf-8", errors="replace")
    if len(data) >= LONGEST_NOTE:
        raise ValueError(f"{target.name}: notes take at most {LONGEST_NOTE - 1} bytes, these take {len(data)}")
    notes(path)  # raises where something else would be replaced
    if not data:
        target.unlink(missing_ok=True)
        return
    write_whole_files({target: data + b"\n"})


def differences(first: RunSpec, second: RunSpec) -> tuple[Difference, ...]:
    """Every value that determines the two trainings, side by side; "–" where it is unknown."""
    one, other = dict(_known(first)), dict(_known(second))
    names = [*one, *(name for name in other if name not in one)]
    return tuple(Difference(name, one.get(name, "–"), other.get(name, "–")) for name in names)


def _known(spec: RunSpec) -> Iterator[tuple[str, str]]:
    """All values by name; how a run was trained that came from elsewhere is not known."""
    for name, text in _flat(spec):
        unknown = spec.origin is not None and name.partition(".")[0] in _UNKNOWN_ELSEWHERE
        yield name, "–" if unknown else text


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if is_dataclass(value):
        for field in fields(value):
            if name or field.name not in _NOT_HOW:
                inner = f"{name}.{field.name}" if name else field.name
                yield from _flat(getattr(value, field.name), inner)
    else:
        yield name.replace("_", " "), _in_words(value)


def _in_words(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(_in_words, value))
    return str(value)
