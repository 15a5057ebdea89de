"""Where commands write: a file is replaced only on request, and a run never."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.cli.failures import BadUsage
from workbench.figures.files.saving import LARGE, check_place, write_whole
from workbench.figures.files.saving import in_words as about
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from workbench.figures.recipe import Recipe

Shown = tuple[str, str, str | None]  # kind, run id and layer of a figure
RULE = "replace existing files of these names, but never a run"
FIGURES = "; not needed for a figure of the same kind, run and layer, which is made again"


def declare_overwrite(parser: argparse.ArgumentParser, more: str = "") -> None:
    """The option `--overwrite`; `more` is said of it in the help."""
    parser.add_argument("--overwrite", action="store_true", help=RULE + more)


def check_free(overwrite: bool, *paths: Path) -> None:
    """Raise FileExistsError where a file is there that is not to be replaced.

    BadUsage where none can be written: it is an HDF5 file or no plain file, or there is no folder for it.
    """
    for path in paths:
        try:
            check_place(path)
        except (FileExistsError, FileNotFoundError) as error:
            raise BadUsage(in_words(error)) from error
        if path.exists() and not overwrite:
            raise taken(path)


def declare_yes(parser: argparse.ArgumentParser) -> None:
    """The option `--yes` of a command that may write a large file."""
    parser.add_argument("--yes", action="store_true", help=f"allow files of more than {LARGE // 10**6} MB")


def check_size(size: float, path: Path, yes: bool) -> None:
    """Raise BadUsage where a file of about `size` bytes would be large and `--yes` is not given. Before it is made."""
    if size > LARGE and not yes:
        raise BadUsage(f"{path} would take {about(size)}: write it anyway with --yes")


def taken(path: Path) -> FileExistsError:
    """What is said of a file that is not replaced."""
    return FileExistsError(f"{path} already exists: choose another name, or replace it with --overwrite")


def check_again(overwrite: bool, path: Path, shown: Iterable[Shown]) -> bool:
    """Whether a figure or film that shows the same lies there already; else as `check_free`."""
    again = path.is_file() and _shown_in(path) == tuple(shown)
    check_free(overwrite or again, path)
    return again


def shown_by(recipe: Recipe) -> tuple[Shown, ...]:
    """What the figures of a recipe show."""
    return tuple((view.kind, view.run.run_id, view.layer) for view in recipe.views)


def _shown_in(path: Path) -> tuple[Shown, ...] | None:
    from workbench.figures.files.reading import recipe_in
    from workbench.figures.recipe import RecipeError

    try:
        return shown_by(recipe_in(path))
    except (RecipeError, OSError):  # no figure of ours
        return None


@contextmanager
def written_whole(path: Path, overwrite: bool) -> Iterator[TextIO]:
    """A text file that appears under its name only when it is complete. Errors as `check_free`."""
    check_free(overwrite, path)
    whole, there = io.BytesIO(), path.exists()
    stream = io.TextIOWrapper(whole, encoding="utf-8", newline="")  # a quarter of the memory of a StringIO
    yield stream
    stream.flush()
    write_whole({path: whole.getvalue()})
    print(f"{path}: {'replaced' if there else 'written'}")
