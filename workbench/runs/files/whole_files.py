"""Files that appear under their names only when they are complete: the one way to write what is no run."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

from workbench.runs.saying import about

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MOST_NAMED = 40  # letters of a file's name in that of the file beside it
_numbers = count()


class NotWritten(OSError):
    """A file that cannot be written: one sentence with its path, why and what to do."""


@contextmanager
def whole_file(path: Path, replaces: bool = True) -> Iterator[Path]:
    """A place beside `path` to write a new file to; at the end of the block it is synced and gets the name `path`.

    After an error nothing of it is left, and an earlier file is what it was. FileExistsError: there is an earlier
    file, and not `replaces`; NotWritten: the disk is full, say, or there is no such folder.
    """
    # The name is cut: that of `path` may be as long as the system allows.
    beside = path.with_name(f".{path.name[:MOST_NAMED]}-{next(_numbers)}.{os.getpid()}.part")
    try:
        beside.open("xb").close()
        yield beside
        with beside.open("rb+") as stream:
            os.fsync(stream.fileno())
        _put_in_place(beside, path, replaces)
    except (FileExistsError, NotWritten):
        raise
    except OSError as error:
        raise NotWritten(about(path, error)) from error
    finally:
        beside.unlink(missing_ok=True)


def write_whole_files(files: Mapping[Path, bytes]) -> None:
    """Write all of these files, or none; earlier files of these names are replaced. NotWritten: one cannot be."""
    with ExitStack() as places:
        for path, content in files.items():
            places.enter_context(whole_file(path)).write_bytes(content)


def write_whole_folder(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write all of these files into a folder, which is made where it is missing, or none; their paths."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / name for name in files)
    try:
        write_whole_files(dict(zip(paths, files.values(), strict=True)))
    except BaseException:
        with suppress(OSError):  # something else has come into it
            for each in made:
                each.rmdir()
        raise
    return paths


def _put_in_place(beside: Path, path: Path, replaces: bool) -> None:
    """Give the file its name; without `replaces` nothing of that name is replaced, not even one made meanwhile."""
    if replaces:
        os.replace(beside, path)
        return
    try:
        _take_name(beside, path)
    except FileExistsError as error:
        raise FileExistsError(f"{path} already exists and is not overwritten: choose another name") from error


def _take_name(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # no hard links here: take the name first, then move over our own empty file
        path.touch(exist_ok=False)
        os.replace(beside, path)
