"""Files that a person, a session or a drop names: only regular ones are read, and never more of them than is allowed.

A name may lead to anything: a FIFO that nobody writes to, a device, a link that leads back to itself, a folder, another
user's home that does not exist. Whatever it is, opening neither waits nor changes it, and the error is an OSError.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from workbench.runs.errors import shown

A_FOLDER = "is a folder"
KINDS = {
    stat.S_IFDIR: A_FOLDER,
    stat.S_IFIFO: "is a pipe (FIFO), not a file",
    stat.S_IFSOCK: "is a socket, not a file",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
}
AT_ONCE = 1 << 20  # bytes of one system call


class UnreadableFile(OSError):
    """A name that is not a regular file, or one that is too large: one sentence with the name and what to do.

    `problem` says it of the name: "is a folder".
    """

    def __init__(self, path: str | os.PathLike[str], problem: str, advice: str = "choose another file") -> None:
        super().__init__(f"{shown(os.fspath(path))} {problem}; {advice}.")
        self.problem = problem


def resolved(path: str | os.PathLike[str]) -> Path:
    """The absolute path, links followed as far as they lead; "~" is the user's home where no file has that very name.

    UnreadableFile: no file can have such a name.
    """
    try:
        text = os.fspath(path)
        return Path(os.path.realpath(text if os.path.lexists(text) else os.path.expanduser(text)))
    except ValueError as error:  # a NUL, or letters that the system cannot write
        raise UnreadableFile(path, "cannot be the name of a file") from error


def open_regular(path: str | os.PathLike[str], writing: bool = False) -> int:
    """The descriptor of the regular file at `path`, open for reading, and for writing where that is asked for.

    UnreadableFile: it is something else. OSError: as the system says, with the file's name.
    """
    found = resolved(path)
    try:
        status = os.stat(found)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error  # as its user calls it
    _check_kind(path, status)
    # Where something else takes its place just now, O_NONBLOCK keeps a FIFO from being waited for.
    quick = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(found, (os.O_RDWR if writing else os.O_RDONLY) | quick)
    try:
        _check_kind(path, os.fstat(number))
    except UnreadableFile:
        os.close(number)
        raise
    return number


def read(path: str | os.PathLike[str], most: int) -> bytes:
    """All bytes of the regular file at `path`. UnreadableFile: they are more than `most`; else as `open_regular`."""
    content = beginning(path, most + 1)
    if len(content) > most:
        raise UnreadableFile(path, f"has more than {most:,} bytes")
    return content


def beginning(path: str | os.PathLike[str], most: int) -> bytes:
    """The first `most` bytes of the regular file at `path`, or all where it has fewer; errors as `open_regular`."""
    number = open_regular(path)
    parts, left = [], most
    try:
        while left and (part := os.read(number, min(left, AT_ONCE))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(number)
    return b"".join(parts)


def _check_kind(path: str | os.PathLike[str], status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise UnreadableFile(path, KINDS.get(kind, "is not a regular file"))
