"""`workbench desktop-entry`: the workbench in the menu of a Linux desktop, with its icon and the types of its files."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.figures.files.saving import write_whole
from workbench.resource import resource
from workbench.runs.confinement.children import PIPE, output_of, start_program

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

NAME = "redundancy-workbench"  # in each of the files, by which they are known as ours
PLACES = {  # file in resources/desktop -> where it belongs in the folder of the user's data
    f"{NAME}.desktop": "applications",
    f"{NAME}.svg": "icons/hicolor/scalable/apps",
    f"{NAME}.xml": "mime/packages",
}
INDEXERS = {"update-desktop-database": "applications", "update-mime-database": "mime"}  # program -> folder it indexes
PATIENCE = 60  # seconds for an indexer
RESERVED = '"`$\\'  # what the value of Exec cannot hold inside of quotes without an escape


def _desktop_entry(options: argparse.Namespace) -> int:
    if not sys.platform.startswith("linux"):
        raise BadUsage("desktop entries belong to Linux desktops; on this system, make a shortcut to workbench-window")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    files = {data / place / name: resource(f"desktop/{name}") for name, place in PLACES.items()}
    for path in files:
        _check_ours(path)
    if options.remove:
        _remove(list(files))
    else:
        _install(files)
    for line in _indexed(data):
        print(line)
    return 0


def _install(files: dict[Path, Path]) -> None:
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
    program = _program()
    contents = {path: source.read_text("utf-8").replace("@EXEC@", program) for path, source in files.items()}
    write_whole({path: text.encode() for path, text in contents.items()})
    for path in files:
        print(f"{path}: written")


def _remove(paths: list[Path]) -> None:
    there = [path for path in paths if path.exists()]
    for path in there:
        path.unlink()
        print(f"{path}: removed")
    if not there:
        print("There was no desktop entry.")


def _check_ours(path: Path) -> None:
    """FileExistsError where another program's file has this name."""
    if path.exists() and (not path.is_file() or NAME not in path.read_text("utf-8", errors="replace")):
        raise FileExistsError(f"{path} was not made by the workbench: move it away, then try again")


def _program() -> str:
    """This installation's own command, quoted as desktop entries want it."""
    beside = Path(sys.executable).with_name("workbench-window")
    words = [str(beside)] if beside.exists() else [sys.executable, "-P", "-m", "workbench"]
    return " ".join(f'"{_escaped(word)}"' for word in words)


def _escaped(word: str) -> str:
    """A word inside of quotes: reserved characters behind a backslash, which the file doubles, and % twice."""
    return "".join("\\\\" + sign if sign in RESERVED else sign for sign in word).replace("%", "%%")


def _indexed(data: Path) -> Iterator[str]:
    """Let the desktop read its folders again; yield a line about each program that failed or is not there."""
    for name, folder in INDEXERS.items():
        program, place = shutil.which(name), data / folder
        if program is None:
            yield f"{name} is not installed: the desktop notices the change when you log in again"
        elif place.is_dir():
            process = start_program(program, str(place), stdout=PIPE, stderr=PIPE)
            _, errors = output_of(process, PATIENCE)
            if process.returncode:
                yield f"{name} failed: {errors.decode(errors='replace').strip()}"


def _declare(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--install", action="store_true", help="add the workbench to the menu, with its file types")
    what.add_argument("--remove", action="store_true", help="remove it again")


DESKTOP_ENTRY = Command("add the workbench to the menu of a Linux desktop, or remove it", _declare, _desktop_entry)
