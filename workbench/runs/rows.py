"""A run file's rows, and the curves over them: read straight from their places in the file, without HDF5."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.runs import commits, layout
from workbench.runs.confinement.examination import examine
from workbench.runs.confinement.structure import FOREIGN, RefusedError, Structure
from workbench.runs.errors import RunError
from workbench.runs.files.descriptor import Descriptor, identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    Float64 = NDArray[np.float64]

Array = NDArray[np.generic]
ATTEMPTS = 5  # to open a file that is being replaced


class Rows:
    """The open file and where everything in it lies. Closes itself when it is garbage-collected."""

    def __init__(self, descriptor: Descriptor, structure: Structure, protections: tuple[str, ...]) -> None:
        self.descriptor = descriptor
        self.structure = structure
        self.protections = protections  # in force while the file was looked into
        self.close = weakref.finalize(self, descriptor.give_back)  # the first call counts

    @property
    def path(self) -> str:
        """The file, with symbolic links resolved."""
        return self.descriptor.path

    @property
    def closed(self) -> bool:
        """Whether `close` has been called."""
        return not self.close.alive

    def share(self) -> Rows:
        """The same file for another owner, who closes it separately. RunError where this one is closed."""
        self._need_open()
        return Rows(self.descriptor.share(), self.structure, self.protections)

    def committed(self, first: int = 0) -> int:
        """The number of snapshots by their commit records, `first` of which are known already."""
        length = commits.words(len(self.structure.order))
        return commits.committed(self.records, length, self.structure.capacity, first)

    def left_over(self, first: int) -> Iterator[tuple[int, bool]]:
        """(t, whether it is whole) of every commit record from `first` on that is not empty."""
        length = commits.words(len(self.structure.order))
        return commits.left_over(self.records, length, self.structure.capacity, first)

    def records(self, first: int, count: int) -> commits.Words:
        """Commit records first…first+count−1, (count, words) uint32."""
        return self.block(layout.COMMIT, first, count).astype(np.uint32, copy=False)

    def finished(self) -> int:
        """The word `finished`: 1 when nothing more will be written, else 0."""
        word = np.zeros((), "<u4")
        self._read(word, self.structure.datasets[layout.FINISHED].offset, layout.FINISHED)
        return int(word)

    def row(self, path: str, snapshot: int) -> Array:
        """One snapshot's row of a dataset as it is stored; `snapshot` is 0…capacity−1."""
        row: Array = self.block(path, snapshot, 1)[0, ...]
        return row

    def block(self, path: str, first: int, count: int) -> Array:
        """Rows first…first+count−1 of a dataset, (count, *shape), as they are stored."""
        stored = self.structure.datasets[path]
        try:
            target = np.empty((count, *stored.shape[1:]), stored.type)
        except MemoryError as error:
            problem = f"takes {count * stored.row_bytes / 1e9:.1f} GB a row, more than there is memory"
            raise RunError(self.path, problem, "close other programs or use a larger machine", path) from error
        self._read(target, stored.offset + first * stored.row_bytes, path)
        return target

    def part(self, path: str, snapshot: int, first: int, count: int) -> Array:
        """Entries first…first+count−1 along the first axis of one snapshot's row, (count, …), as they are stored."""
        stored = self.structure.datasets[path]
        target = np.empty((count, *stored.shape[2:]), stored.type)
        each = stored.row_bytes // stored.shape[1]
        self._read(target, stored.offset + snapshot * stored.row_bytes + first * each, path)
        return target

    def offset(self, path: str, snapshot: int) -> int:
        """The byte at which a snapshot's row begins."""
        stored = self.structure.datasets[path]
        return stored.offset + snapshot * stored.row_bytes

    def _read(self, target: Array, offset: int, inside: str) -> None:
        self._need_open()
        self.descriptor.read_into(target, offset, inside)

    def _need_open(self) -> None:
        if self.closed:
            raise RunError(self.path, "is closed", "open the run again")


def open_rows(path: str | PathLike[str], writing: bool = False, file_format: str = layout.FORMAT) -> Rows:
    """The rows of the run file at `path`, looked into and checked. RunError says why it is none."""
    attempts = 0
    while True:
        descriptor = Descriptor(path, writing)
        try:
            structure, protections = examine(descriptor, file_format)
            return Rows(descriptor, structure, protections)
        except RefusedError as error:
            # A run that grew is another file from then on, perhaps while this one was looked into.
            replaced = _replaced(descriptor)
            descriptor.give_back()
            attempts += 1
            if not replaced or attempts == ATTEMPTS:
                raise RunError(path, error.problem, error.advice, error.inside) from error
        except BaseException:
            descriptor.give_back()
            raise


def _replaced(descriptor: Descriptor) -> bool:
    """Whether the file's name leads to another file by now, or to none."""
    try:
        return identity(os.stat(descriptor.path)) != descriptor.identity()
    except FileNotFoundError:
        return True


def plain(stored: Array, dtype: str) -> Array:
    """Stored numbers as numpy's own: bfloat16 (kept as uint16) as float32, exactly; bool from uint8."""
    if dtype == "bfloat16":
        widened = stored.astype(np.uint32) << np.uint32(16)
        return widened.view(np.float32)
    return stored != 0 if dtype == "bool" else stored


CLOCKS = ("epoch", "iteration")  # of which snapshots have ever larger values


LATEST = 1e15  # of both


def read_curves(rows: Rows, snapshots: int) -> tuple[dict[str, Float64], tuple[str, ...]]:
    """Every curve over the committed snapshots, read-only, NaN where the file has none; and notes.

    RunError where the snapshots do not increase. A value that bit rot has put out of order (its checksum tells) is
    taken out, with a note.
    """
    curves = {name: np.full(snapshots, np.nan) for name in layout.HISTORY_FIELDS}
    for path in rows.structure.order:
        if path.startswith(f"{layout.HISTORY}/"):
            stored = rows.block(path, 0, snapshots).astype(np.float64, copy=False)
            curves[path.rpartition("/")[2]] = stored
    notes = [note for name in CLOCKS for note in _put_in_order(rows, name, curves[name])]
    for curve in curves.values():
        curve.flags.writeable = False
    return curves, tuple(notes)


def _put_in_order(rows: Rows, name: str, curve: Float64) -> list[str]:
    """Notes on the values taken out of `curve`, which increases afterwards."""
    path = f"{layout.HISTORY}/{name}"
    if path not in rows.structure.order or _increases(curve):
        return []
    rotten = [snapshot for snapshot in range(len(curve)) if not _as_written(rows, path, snapshot)]
    curve[rotten] = np.nan
    if not _increases(curve):
        known = np.flatnonzero(~np.isnan(curve))
        before = np.concatenate([[-1.0], curve[known][:-1]])
        late = known[(curve[known] <= before) | (curve[known] > LATEST) | (curve[known] < 0)]
        problem = f"does not increase as it should at snapshot {late[0]}"
        raise RunError(rows.path, problem, FOREIGN, path)
    return [f"{path} is damaged at snapshot {', '.join(map(str, rotten[:5]))}{'…' if len(rotten) > 5 else ''}"]


def _increases(curve: Float64) -> bool:
    known = curve[~np.isnan(curve)]
    return bool((known[1:] > known[:-1]).all() and (known >= 0).all() and (known <= LATEST).all())


def _as_written(rows: Rows, path: str, snapshot: int) -> bool:
    place = 4 + rows.structure.order.index(path)  # among the words of a commit record
    return int(rows.records(snapshot, 1)[0, place]) == commits.checksum(rows.row(path, snapshot))
