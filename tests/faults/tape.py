"""Every call with which a training changes what is on the disk, and what a disk holds when they end midway."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

PAGE = 4096


@dataclass(frozen=True)
class Born:
    """A new file that is on the disk as it is; what libhdf5 wrote into it comes as one."""

    file: int
    name: str
    content: bytes


@dataclass(frozen=True)
class Write:
    """Bytes at a place in a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Sync:
    """A file is on the disk."""

    file: int


@dataclass(frozen=True)
class SyncFolder:
    """All names are on the disk."""


@dataclass(frozen=True)
class Name:
    """A file has this name from now on; another of that name has lost it."""

    name: str
    file: int


@dataclass(frozen=True)
class Unname:
    """There is no file of this name from now on."""

    name: str


@dataclass(frozen=True)
class Acknowledged:
    """So many snapshots were said to be safe."""

    snapshots: int


Step: TypeAlias = "Born | Write | Sync | SyncFolder | Name | Unname | Acknowledged"


class Tape:
    """Records the steps that happen in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self._folder = os.path.realpath(folder)
        self._known: dict[int, int] = {}  # inode -> number of the file

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Everything that this process does meanwhile is recorded."""
        calls: dict[str, Callable[..., Any]] = {
            "pwrite": self._pwrite, "fsync": self._fsync, "link": self._link, "replace": self._replace,
            "unlink": self._unlink,
        }  # fmt: skip
        self._real = {name: getattr(os, name) for name in calls}
        with mock.patch.multiple(os, **calls):
            yield

    def _pwrite(self, number: int, data: Any, offset: int) -> int:
        written: int = self._real["pwrite"](number, data, offset)
        file = self._known.get(os.fstat(number).st_ino)
        if file is not None:
            self.steps.append(Write(file, offset, bytes(data[:written])))
        return written

    def _fsync(self, number: int) -> None:
        self._real["fsync"](number)
        status = os.fstat(number)
        name = os.readlink(f"/proc/self/fd/{number}")
        if stat.S_ISDIR(status.st_mode):
            if name == self._folder:
                self.steps.append(SyncFolder())
        elif status.st_ino in self._known:
            self.steps.append(Sync(self._known[status.st_ino]))
        elif os.path.dirname(name) == self._folder:
            self._known[status.st_ino] = len(self.steps)
            content = os.pread(number, status.st_size, 0)
            self.steps.append(Born(len(self.steps), os.path.basename(name), content))

    def _link(self, source: str, target: str) -> None:
        self._real["link"](source, target)
        self._named(target)

    def _replace(self, source: str, target: str) -> None:
        self._real["replace"](source, target)
        if self._named(target):
            self.steps.append(Unname(os.path.basename(source)))

    def _unlink(self, path: Any) -> None:
        status = os.stat(path)
        self._real["unlink"](path)
        if status.st_ino in self._known:
            self.steps.append(Unname(os.path.basename(path)))
            if status.st_nlink == 1:
                del self._known[status.st_ino]

    def _named(self, target: Any) -> bool:
        file = self._known.get(os.stat(target).st_ino)
        if file is not None:
            self.steps.append(Name(os.path.basename(target), file))
        return file is not None


@dataclass
class Disk:
    """What a disk holds after some of the steps: what is safe, and what is only in memory."""

    safe: dict[int, bytearray] = field(default_factory=dict)
    safe_names: dict[str, int] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    namings: list[Name | Unname] = field(default_factory=list)
    acknowledged: int = 0

    def take(self, step: Step) -> None:
        """One more step was done."""
        if isinstance(step, Born):
            self.safe[step.file] = bytearray(step.content)
            self.namings.append(Name(step.name, step.file))
        elif isinstance(step, Write):
            self.writes.append(step)
        elif isinstance(step, Sync):
            for write in self.writes:
                if write.file == step.file:
                    _put(self.safe[write.file], write)
            self.writes = [write for write in self.writes if write.file != step.file]
        elif isinstance(step, SyncFolder):
            self.safe_names = _named(self.safe_names, self.namings)
            self.namings.clear()
        elif isinstance(step, Acknowledged):
            self.acknowledged = step.snapshots
        else:
            self.namings.append(step)

    def after_power_cut(self, random: Random) -> dict[str, bytes]:
        """{name: content} when the power goes: any pages that were not safe may have arrived, and any first namings."""
        files = {file: bytearray(content) for file, content in self.safe.items()}
        for write in self.writes:
            for part in pages(write):
                if random.random() < 0.5:
                    _put(files[part.file], part)
        names = _named(self.safe_names, self.namings[: random.randint(0, len(self.namings))])
        return {name: bytes(files[file]) for name, file in names.items()}


def pages(write: Write) -> list[Write]:
    """The parts of a write by pages of the file, in order."""
    start, end = write.offset, write.offset + len(write.data)
    cuts = [start, *range((start // PAGE + 1) * PAGE, end, PAGE), end]
    return [Write(write.file, first, write.data[first - start : last - start]) for first, last in pairwise(cuts)]


def states_of_a_kill(steps: Sequence[Step], folder: Path) -> Iterator[tuple[int, str]]:
    """(snapshots said to be safe, where) at every boundary between two steps, and between two pages of a write.

    `folder`, empty at first, holds what a process killed there leaves behind. Do not change it.
    """
    acknowledged, files = 0, dict[int, Path]()
    for number, step in enumerate(steps):
        if isinstance(step, Acknowledged):
            acknowledged = step.snapshots
        elif isinstance(step, Write):
            parts = pages(step)
            for done, part in enumerate(parts, 1):
                _write(files[step.file], part)
                if done < len(parts):
                    yield acknowledged, f"step {number}, page {done} of {len(parts)}"
        else:
            _rename(step, files, folder)
        yield acknowledged, f"step {number}"


def _write(path: Path, write: Write) -> None:
    number = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(number, write.data, write.offset)
    finally:
        os.close(number)


def _rename(step: Step, files: dict[int, Path], folder: Path) -> None:
    hidden = folder.parent / f"{folder.name}-files"
    if isinstance(step, Born):
        hidden.mkdir(exist_ok=True)
        files[step.file] = hidden / str(step.file)
        files[step.file].write_bytes(step.content)
        os.link(files[step.file], folder / step.name)
    elif isinstance(step, Name):
        os.link(files[step.file], folder / "being named")
        os.replace(folder / "being named", folder / step.name)
        (folder / "being named").unlink(missing_ok=True)  # both names led to one file: nothing was replaced
    elif isinstance(step, Unname):
        (folder / step.name).unlink()


def _put(content: bytearray, write: Write) -> None:
    content[write.offset : write.offset + len(write.data)] = write.data


def _named(names: dict[str, int], changes: Sequence[Name | Unname]) -> dict[str, int]:
    changed = dict(names)
    for change in changes:
        if isinstance(change, Name):
            changed[change.name] = change.file
        else:
            changed.pop(change.name, None)
    return changed
