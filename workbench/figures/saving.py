"""Files that appear under their names only when all of them are complete."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write all of these files, or none: each is written beside its place first.

    Earlier files of these names are replaced. FileExistsError: one is an HDF5 file (a run), or no plain file;
    FileNotFoundError: there is no such folder; OSError: one cannot be written.
    """
    for path in files:
        check_place(path)
    unfinished = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, content in files.items():
            try:
                with unfinished[path].open("xb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fsync(stream.fileno())
            except OSError as error:
                raise OSError(f"{path} cannot be written ({error.strerror}); choose another place") from error
        for path, part in unfinished.items():
            os.replace(part, path)
    finally:
        for part in unfinished.values():
            part.unlink(missing_ok=True)


def check_place(path: Path) -> None:
    """Nothing; the errors of `write_whole` where a file cannot have this name."""
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}; make it first, or choose another place")
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is not a plain file: choose another name")
    if path.is_file() and _begins_like_hdf5(path):
        raise FileExistsError(f"{path} is an HDF5 file and is never overwritten: choose another name")


def _begins_like_hdf5(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
