"""What the system, a full machine or a missing package say, in words for a person; and how many there are."""

from __future__ import annotations

import errno
import os
import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from os import fsdecode, fspath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

DISTRIBUTION = "redundancy-workbench"  # the name of the package for pip
_TORCH = r"extra == .torch\W"  # the condition of what is needed to train and to evaluate
NO_THREAD = "can't start new thread"  # as Python says it
GENERAL = "cannot be used: the system says “{}”; choose another file or place"
OF_FILES = {  # error number -> what is wrong with the file, and what to do
    "ENOENT": "does not exist; check the name and the folder",
    "EISDIR": "is a folder; name a file in it",
    "ENOTDIR": "is in no folder; check the name",
    "EEXIST": "already exists; choose another name",
    "ENOTEMPTY": "is a folder that is not empty; choose another name",
    "EACCES": "cannot be accessed; change its permissions, or choose another place",
    "EPERM": "cannot be accessed; change its permissions, or choose another place",
    "EROFS": "is on a read-only file system; choose another place",
    "ENOSPC": "cannot be written: the disk is full; free some space, then try again",
    "EDQUOT": "cannot be written: your disk quota is used up; delete other files of yours, then try again",
    "EFBIG": "cannot be written: it exceeds the largest size allowed for a file; choose another place",
    "EIO": "cannot be read or written: the disk reports an error; check the disk and its connection",
    "ENAMETOOLONG": "has too long a name; choose a shorter one",
    "ELOOP": "is a link that leads back to itself; name the file itself",
    "EMFILE": "cannot be opened: too many files are open; close some runs, then try again",
    "ENFILE": "cannot be opened: the system has too many files open; close other programs, then try again",
    "ENOMEM": "cannot be used: the memory is full; close other programs, then try again",
    "EAGAIN": "is busy; try again in a moment",
    "EBUSY": "is in use by another program; close that, then try again",
    "ETXTBSY": "is in use by another program; close that, then try again",
    "EXDEV": "is on another file system; choose a place on the same one",
    "ENXIO": "is not a regular file; choose another one",
    "ENODEV": "is not a regular file; choose another one",
    "ESTALE": "is gone from its file server; open it again",
    "ETIMEDOUT": "cannot be reached: its file server does not answer; check the connection",
    "ENOTCONN": "cannot be reached: its file server is not connected; check the connection",
    "EHOSTDOWN": "cannot be reached: its file server is down; check the connection",
    "EHOSTUNREACH": "cannot be reached: there is no route to its file server; check the connection",
}
_BY_NUMBER = {getattr(errno, name): words for name, words in OF_FILES.items() if hasattr(errno, name)}
_PACKAGES = {"PySide6": "PySide6-Essentials", "shiboken6": "PySide6-Essentials"}  # module -> package, where they differ


def in_words(error: BaseException) -> str:
    """A sentence about an error: its own words, or better ones where those are meant for programmers."""
    if isinstance(error, OSError) and error.errno is not None:
        return _of_file(error)
    if isinstance(error, ImportError):
        return lacking(error)
    if isinstance(error, MemoryError) and not str(error):
        return "the memory is full; close other programs, then try again"
    if isinstance(error, RuntimeError) and str(error) == NO_THREAD:
        return "the system cannot start another thread; close other programs, then try again"
    return str(error).strip() or type(error).__name__


def about(path: str | PathLike[str], error: OSError) -> str:
    """The sentence about an error of the system as one about `path`, whatever unfinished file beside it was named."""
    if error.errno is None:
        return f"{fspath(path)} cannot be written ({error}); choose another place."
    return in_words(OSError(error.errno, error.strerror, fspath(path)))


@contextmanager
def naming(path: str | PathLike[str]) -> Iterator[None]:
    """In this block the system's errors are about `path`, whatever unfinished file beside it they name, or none."""
    try:
        yield
    except OSError as error:
        named = error.filename
        if error.errno is None or (isinstance(named, str) and os.path.dirname(named) != os.path.dirname(fspath(path))):
            raise  # written for people, or about a file elsewhere
        raise OSError(error.errno, error.strerror, fspath(path)) from error


def _of_file(error: OSError) -> str:
    name = error.filename if error.filename2 is None else error.filename2  # of a renamed file the new name
    subject = "a file" if name is None or isinstance(name, int) else fsdecode(name)
    return f"{subject} {_BY_NUMBER.get(error.errno or 0) or GENERAL.format(error.strerror or error.errno)}."


def lacking(error: ImportError, who: str = "this") -> str:
    """The package that `who` needs and what to type for it; what the loader says of one that is there but broken."""
    module = (error.name or "").partition(".")[0]
    if module == "workbench":  # another thread found the package missing while this one waited for our module
        module = next((package.name for package in requirements() if not package.installed), module)
    package = _PACKAGES.get(module, module)
    if module in ("", "workbench"):  # a trainer's library that a recorder names itself, or a part of ours
        return str(error)
    if isinstance(error, ModuleNotFoundError) or (error.name or "").startswith("workbench"):
        if getattr(sys, "frozen", False):
            return f"{who} needs {package}, which this bundle does not contain; install {DISTRIBUTION} with pip for it"
        return f"{who} needs {package}, which is not installed; type: python -m pip install {_typed(package)}"
    again = f"python -m pip install --force-reinstall {package}"
    return f"{who} needs {package}, which cannot be loaded ({error}); type: {again}"


@dataclass(frozen=True)
class Requirement:
    """A package that the workbench needs, in the versions it allows; `optional`: only to train and to evaluate."""

    name: str
    text: str  # as it is typed for pip
    optional: bool

    @property
    def installed(self) -> bool:
        """Whether any version of it is installed."""
        try:
            metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return False
        return True


def requirements() -> list[Requirement]:
    """The packages that the workbench needs, without those of its tests; none for a checkout that is not installed."""
    try:
        lines = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return []
    parts = [[part.strip() for part in line.partition(";")[::2]] for line in lines]
    needed = [(text, bool(condition)) for text, condition in parts if not condition or re.search(_TORCH, condition)]
    return [Requirement(re.split(r"[^\w.-]", text, maxsplit=1)[0], text, optional) for text, optional in needed]


def _typed(package: str) -> str:
    """The package as it is typed for pip, in the versions that the workbench allows."""
    for known in requirements():
        if known.name.lower() == package.lower():
            return f'"{DISTRIBUTION}[torch]"' if known.optional else f'"{known.text}"'
    return package


def counted(count: float, noun: str, several: str = "") -> str:
    """How many there are of something: "1 snapshot", "1,200 snapshots"; `several` where that is not the noun with s."""
    return f"{count:,} {plural(count, noun, several)}"


def plural(count: float, noun: str, several: str = "") -> str:
    """The noun as it stands beside this number."""
    return noun if count == 1 else several or f"{noun}s"


def listed(names: Sequence[str]) -> str:
    """ "A", "A and B" or "A, B and C"."""
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
