"""A file opened once and read or written at given places by any number of threads."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from workbench.runs.errors import RunError
from workbench.runs.files.regular_file import UnreadableFile, open_regular, resolved
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

AT_ONCE = 1 << 30  # bytes per system call; some systems stop at 2 GiB
Identity = tuple[int, int, int]  # device, inode, size


def identity(status: os.stat_result) -> Identity:
    """(device, inode, size): what changes when a file is replaced."""
    return status.st_dev, status.st_ino, status.st_size


class Descriptor:
    """A file descriptor shared by several owners; it closes when the last one has given it back."""

    def __init__(self, path: str | PathLike[str], writing: bool = False) -> None:
        try:
            self.path = os.fspath(resolved(path))
            self.number = open_regular(path, writing)
        except UnreadableFile as error:
            raise RunError(path, error.problem, "choose a run file (usually NAME.h5)") from error
        except FileNotFoundError as error:
            raise RunError(path, "does not exist", "check the name and the folder") from error
        except OSError as error:
            problem = f"cannot be opened ({error.strerror or in_words(error)})"
            raise RunError(path, problem, "check the name and its permissions") from error
        self._begin()

    @classmethod
    def received(cls, number: int, path: str = "") -> Descriptor:
        """The file that is open already as descriptor `number`: of `path`, or passed on by another process."""
        descriptor = cls.__new__(cls)
        descriptor.path, descriptor.number = path or f"/dev/fd/{number}", number
        descriptor._begin()
        return descriptor

    def _begin(self) -> None:
        self._owners = 1
        self._lock = threading.RLock()  # a finalizer may give back in the midst of a share
        self._seeking = threading.Lock()

    def share(self) -> Descriptor:
        """The same descriptor, for one more owner who will `give_back` it. RunError once it is closed."""
        with self._lock:
            if not self._owners:
                raise RunError(self.path, "is closed", "open the run again")
            self._owners += 1
        return self

    def give_back(self) -> None:
        """Close the file when the last owner calls this."""
        with self._lock:
            self._owners -= 1
            if not self._owners:
                os.close(self.number)

    @contextmanager
    def borrowed(self) -> Iterator[int]:
        """The descriptor's number, safe from being closed (and reused) by another thread meanwhile."""
        self.share()
        try:
            yield self.number
        finally:
            self.give_back()

    def identity(self) -> Identity:
        """(device, inode, size) of the open file."""
        with self.borrowed() as number:
            return identity(os.fstat(number))

    def read_into(self, target: NDArray[np.generic], offset: int, inside: str = "") -> None:
        """Fill `target` (contiguous) from byte `offset`. RunError where the file ends."""
        view = target.reshape(-1).view(np.uint8).data
        done = 0
        with self.borrowed() as number:
            while done < len(view):
                try:
                    count = self._read_some(number, view[done : done + AT_ONCE], offset + done)
                except OSError as error:
                    raise RunError(self.path, f"cannot be read ({error.strerror})", "check the disk", inside) from error
                if not count:
                    raise RunError(
                        self.path,
                        "ends too early: the file was cut short",
                        "copy it from its source again",
                        inside,
                    )
                done += count

    def read(self, size: int, offset: int, inside: str = "") -> bytes:
        """`size` bytes from `offset`; the caller has made sure that `size` is modest and inside the file."""
        target = np.empty(size, np.uint8)
        self.read_into(target, offset, inside)
        return target.tobytes()

    def write(self, data: NDArray[np.generic] | bytes, offset: int) -> None:
        """Write all of `data` (contiguous) at byte `offset`. OSError as the system gives it."""
        view = memoryview(data) if isinstance(data, bytes) else data.reshape(-1).view(np.uint8).data
        done = 0
        with self.borrowed() as number:
            while done < len(view):
                done += self._write_some(number, view[done : done + AT_ONCE], offset + done)

    def sync(self) -> None:
        """Bring what was written to the disk. OSError as the system gives it."""
        with self.borrowed() as number:
            sync(number)

    def _read_some(self, number: int, view: memoryview, offset: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(number, [view], offset)
        with self._seeking:  # Windows has one position per descriptor
            os.lseek(number, offset, os.SEEK_SET)
            data = os.read(number, len(view))
        view[: len(data)] = data
        return len(data)

    def _write_some(self, number: int, view: memoryview, offset: int) -> int:
        if hasattr(os, "pwrite"):
            return os.pwrite(number, view, offset)
        with self._seeking:
            os.lseek(number, offset, os.SEEK_SET)
            return os.write(number, view)


def sync(number: int) -> None:
    """Bring the open file to the disk itself (macOS needs its own call for that)."""
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(number, fcntl.F_FULLFSYNC)
    else:
        os.fsync(number)


def sync_folder(folder: str) -> None:
    """Make names that changed in `folder` survive a power cut (where a folder can be synced)."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
