"""Files that appear under their names only when all of them are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.runs.files.regular_file import beginning
from workbench.runs.files.whole_files import write_whole_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGE = 100_000_000  # bytes of a file that is not written unasked
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def in_words(size: float) -> str:
    """About how much a file of so many bytes takes."""
    return f"about {size / 1e6:,.0f} MB" if size < 1e9 else f"about {size / 1e9:.1f} GB"


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write all of these files, or none: each is written beside its place first.

    Earlier files of these names are replaced. FileExistsError: one is an HDF5 file (a run), or no plain file;
    FileNotFoundError: there is no such folder; OSError: one cannot be written.
    """
    for path in files:
        check_place(path)
    write_whole_files(files)


def check_place(path: Path) -> None:
    """Raise the errors of `write_whole` where a file cannot have this name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first, or choose another place")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a plain file: choose another name")
    if path.is_file() and _begins_like_hdf5(path):
        raise FileExistsError(f"{path} is an HDF5 file and is never overwritten: choose another name")


def _begins_like_hdf5(path: Path) -> bool:
    return beginning(path, len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
