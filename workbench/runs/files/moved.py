"""Whether the file that is open for writing still lies under its name, and which name to take where it does not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.runs.errors import RunMoved, shown

if TYPE_CHECKING:
    from os import PathLike

    from workbench.runs.files.descriptor import Descriptor

ADVICE = "put it back to continue, or continue under another name"
_DELETED = " (deleted)"  # how Linux marks an open file that has no name any more


def check_in_place(descriptor: Descriptor) -> None:
    """Raise RunMoved where the name of the open file leads to another file or to none."""
    with descriptor.borrowed() as number:
        try:
            there = os.lstat(descriptor.path)
        except (FileNotFoundError, NotADirectoryError):
            problem = _where(number)
        except OSError as error:
            problem = f"cannot be found any more ({error.strerror})"
        else:
            if os.path.samestat(os.fstat(number), there):
                return
            problem = "was replaced by another file"
    raise RunMoved(descriptor.path, f"{problem} while it was being written", ADVICE)


def lies_at(descriptor: Descriptor, path: str | PathLike[str]) -> bool:
    """Whether `path` is a name of the open file."""
    with descriptor.borrowed() as number:
        try:
            return os.path.samestat(os.fstat(number), os.lstat(path))
        except OSError:
            return False


def recovered_path(path: str | PathLike[str]) -> Path:
    """A free name for what was written to `path`: NAME-recovered.h5 beside it, or where its folder was."""
    lost = Path(path)
    folder = next(each for each in lost.parents if each.is_dir())
    number = 1
    while True:
        name = f"{lost.stem}-recovered{'' if number == 1 else f'-{number}'}"
        free = not any(os.path.lexists(folder / f"{name}{end}{lost.suffix}") for end in ("", ".resume"))
        if free:
            return folder / f"{name}{lost.suffix}"
        number += 1


def _where(number: int) -> str:
    """What happened to the open file, whose name leads nowhere."""
    if not os.fstat(number).st_nlink:
        return "was deleted"
    if sys.platform != "linux":
        return "was moved"
    try:
        name = os.readlink(f"/proc/self/fd/{number}")
    except OSError:  # no /proc here
        return "was moved"
    return "was moved" if name.endswith(_DELETED) else f"was moved to {shown(name)}"
