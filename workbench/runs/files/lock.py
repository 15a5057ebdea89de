"""At most one writer for a run: an operating-system lock on the side file NAME.h5.lock.

The system gives the lock back when the process dies; host and process in the file are for the message only.
"""

from __future__ import annotations

import logging
import os
import platform
import stat
import sys
import weakref
from contextlib import contextmanager, suppress
from os import PathLike
from typing import TYPE_CHECKING

from workbench.runs.errors import RunError, shown
from workbench.runs.files.regular_file import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, 1 << 20, os.SEEK_SET)  # far behind the text, which stays readable
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        os.lseek(number, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


class WriterLock:
    """The right to write a run, held until `release()` or until it is garbage-collected.

    RunError where another process has it, or where no file can be made in the folder.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = f"{os.path.realpath(path)}.lock"
        number = self._taken(path)
        self.release = weakref.finalize(self, _release, self.path, number)  # the first call counts
        os.ftruncate(number, 0)
        os.write(number, f"{platform.node()} process {os.getpid()}\n".encode())

    def _taken(self, path: str | PathLike[str]) -> int:
        while True:
            try:
                number = _opened(self.path, os.O_CREAT)
            except OSError as error:
                problem = f"cannot be written: {os.path.basename(self.path)} cannot be made ({error.strerror or error})"
                advice = "choose a folder that you may write to, with no link or folder of that name"
                raise RunError(path, problem, advice) from error
            try:
                _lock(number)
            except (BlockingIOError, PermissionError) as error:
                holder = shown(os.read(number, 200).decode("utf-8", "replace").strip()) or "another process"
                os.close(number)
                problem = f"is being written by {holder}"
                raise RunError(path, problem, "wait for it to end, or choose another name") from error
            except OSError:
                logger.warning("the file system of %s has no locks: a second writer would not be noticed", path)
                return number
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(number), os.stat(self.path)):
                    return number
            os.close(number)  # its last owner removed it between our open and our lock


def _opened(path: str, flags: int = 0) -> int:
    """The side file, open for writing. A link is not followed: where it leads, something else would be written over."""
    alone = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    number = os.open(path, os.O_RDWR | flags | alone, 0o644)
    if stat.S_ISREG(os.fstat(number).st_mode):
        return number
    os.close(number)
    raise UnreadableFile(path, "is not a regular file")


def _release(path: str, number: int) -> None:
    """Remove the side file and release the lock."""
    if os.name != "nt":
        with suppress(FileNotFoundError):
            os.unlink(path)  # before the lock goes: the next owner sees that its file has no name
    os.close(number)
    if os.name == "nt":
        with suppress(OSError):  # another process has just opened it
            os.unlink(path)


def being_written(path: str | PathLike[str]) -> bool:
    """Whether some process holds the lock of the run at `path`. Makes no file."""
    try:
        number = _opened(f"{os.path.realpath(path)}.lock")
    except OSError:
        return False
    try:
        _lock(number)
    except OSError:
        return True
    finally:
        os.close(number)
    return False


@contextmanager
def writer_lock(path: str | PathLike[str]) -> Iterator[WriterLock]:
    """The lock of the run at `path`, held in a with block."""
    lock = WriterLock(path)
    try:
        yield lock
    finally:
        lock.release()
