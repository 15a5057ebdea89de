"""Where a training reads and writes: folders and file names, and what is wrong with them in plain words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths

if TYPE_CHECKING:
    from workbench.gui.widgets.forms.rows import FormRow

RUN_FILES = "Run files (*.h5 *.hdf5);;All files (*)"  # of file dialogs
LONGEST_NAME = 255  # bytes of a file name, on every common file system


def default_folder() -> Path:
    """Where runs are written when nothing else was chosen; made when the first one is."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents or Path.home()) / "workbench runs"


def fresh(folder: Path, stem: str) -> Path:
    """The first of stem.h5, stem-2.h5, stem-3.h5, … that does not exist in the folder."""
    path, number = folder / f"{stem}.h5", 1
    while os.path.exists(path):
        number += 1
        path = folder / f"{stem}-{number}.h5"
    return path


def nearest_folder(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next((each for each in (folder, *folder.parents) if os.path.isdir(each)), Path.cwd())


def typed(text: str) -> Path | None:
    """The path in a text; None where it is empty."""
    return Path(os.path.expanduser(text)) if text else None


def problem_of_typed_file(field: FormRow) -> str:
    """Why no run can be written to the file that is typed in a form; empty where one can."""
    try:
        return problem_of_run_file(field.value())
    except ValueError as error:
        return str(error)


def problem_of_run_file(path: Path | None) -> str:
    """Why no run can be written there; empty where one can."""
    if path is None:
        return "name the file to write"
    if os.path.isdir(path):
        return "this is a folder: name a file in it"
    # os.path, not pathlib: a name that no file can have is no error but a file that does not exist.
    if os.path.exists(path):
        return "this file already exists and is never overwritten: choose another name"
    if path.parent != default_folder() and not os.path.isdir(path.parent) and not _can_be_made(path.parent):
        return "there is no such folder"
    if not os.access(nearest_folder(path.parent), os.W_OK):
        return "you cannot write to this folder"
    return ""


def _can_be_made(folder: Path) -> bool:
    """One new folder is made for the user; a whole new path is a slip of the pen."""
    return os.path.isdir(folder.parent) and len(os.fsencode(folder.name)) <= LONGEST_NAME


def problem_of_data_folder(title: str, folder: Path | None, download: bool) -> str:
    """Why the data set of that title cannot be read from there; empty as far as one can see from outside."""
    if folder is None:
        return f"{title} is not bundled: name the folder that contains it, or one to download it to"
    if not download and not os.path.isdir(folder):
        return "there is no such folder; tick the box to download the data into a new one"
    return ""
