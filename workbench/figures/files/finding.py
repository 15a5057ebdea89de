"""Finding the run that a figure was made of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench.figures.drawing import check_run
from workbench.runs.errors import RunError, shown
from workbench.runs.run import open_run
from workbench.runs.saying import counted
from workbench.runs.writing.resumption import is_resume_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workbench.figures.recipe import RunKey
    from workbench.runs.run import Run

MOST_TRIED = 40  # files of a folder: each takes a tenth of a second
ENDINGS = (".h5", ".hdf5")


def find_run(key: RunKey, files: Iterable[Path], folders: Iterable[Path]) -> Run | None:
    """The run that a recipe names so, opened: one of `files`, or of a file in `folders`, those of its name first."""
    for path in _candidates(key, list(files), list(folders)):
        try:
            run = open_run(path)
        except (RunError, OSError):  # not a run, or gone: another one may be the run
            continue
        try:
            check_run(key, run)
        except ValueError:
            run.close()
        else:
            return run
    return None


def needed(key: RunKey) -> str:
    """Which run a recipe needs, in words."""
    return f"the run {shown(key.file)} (id {shown(key.run_id)}, {counted(key.snapshots, 'snapshot')})"


def _candidates(key: RunKey, files: list[Path], folders: list[Path]) -> Iterator[Path]:
    name = key.file.rpartition("/")[2].rpartition("\\")[2]
    named = [folder / name for folder in folders]
    others = [path for folder in folders for path in _inside(folder)[: 10 * MOST_TRIED]]
    others = [path for path in others if path.suffix in ENDINGS and not is_resume_file(path)][:MOST_TRIED]
    files.sort(key=lambda path: path.name != name)
    yield from dict.fromkeys(path for path in (*named, *files, *others) if os.path.isfile(path))


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # gone, no folder, or closed to us: the run may lie in another one
        return []
