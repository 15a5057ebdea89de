"""Writes a run, snapshot by snapshot: the row, fsync, its commit record, fsync (resources/run-file.md)."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

import numpy as np

from workbench.runs import commits, layout
from workbench.runs.errors import RunError, RunMoved
from workbench.runs.files.lock import WriterLock
from workbench.runs.files.moved import check_in_place, lies_at, recovered_path
from workbench.runs.rows import Array, Rows, open_rows
from workbench.runs.saying import counted
from workbench.runs.writing.birth import disk_error
from workbench.runs.writing.copying import copy_to, remove_left_over, replace_by_copy
from workbench.runs.writing.ending import end

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from types import TracebackType

    from numpy.typing import ArrayLike

logger = logging.getLogger(__name__)


class Recorder:
    """The one writer of a run made by `birth.create`; goes on where the file ends.

    With `grows` a full file is replaced by one with twice the room, for who does not know how many snapshots come;
    `close` takes away what is not used. With `room` a run that was finished early is opened again, for so many
    snapshots in all. As a context manager it closes the run, also when a generator around it is
    closed early or on Ctrl-C; after any other exception it only abandons the file, which stays a valid, unfinished run.
    RunError where the run is finished, damaged or written by another process.

    Before anything is written the file that is open is compared with what lies under its name. Where that is another
    one, or none, RunMoved is raised and nothing is touched: try again when it is back, or `go_on_as` another name.
    """

    def __init__(self, path: str | PathLike[str], grows: bool = False, room: int | None = None) -> None:
        self._lock, self._rows = _open_for_writing(path)
        self._grows = grows
        self._committed = self._rows.committed()
        try:
            self._open_again(room)
            self._look_at_records()
        except BaseException:
            self.abandon()
            raise

    @property
    def run_id(self) -> str:
        """The name that tells this run from all others."""
        return self._rows.structure.attributes["run_id"]

    @property
    def path(self) -> str:
        """The file, with symbolic links resolved; another one after `go_on_as`, or after `close` of a moved run."""
        return self._rows.path

    @property
    def file(self) -> tuple[int, int]:
        """Device and inode of the file."""
        return self._rows.descriptor.identity()[:2]

    @property
    def committed(self) -> int:
        """The number of snapshots that are safe on the disk."""
        return self._committed

    @property
    def capacity(self) -> int:
        """The number of snapshots there is room for."""
        return self._rows.structure.capacity

    def commit(self, rows: Mapping[str, ArrayLike]) -> None:
        """Write snapshot number `committed`; it is safe on the disk afterwards.

        `rows`: {path: row} for every dataset of the plan (`HistoryRow.rows` gives those of the history),
        of exactly the planned shape and type, bfloat16 as uint16. ValueError where they do not fit. DiskFull
        where there is no room or the disk fails, and RunMoved: the run so far is untouched; call again to write it
        anew. RunError where another program has written into the file.
        """
        if self._rows.closed:
            raise RunError(self._rows.path, "is closed", "make a new Recorder")
        fitting = self._fitting(rows)
        self.check_in_place()
        if self._committed == self.capacity:
            self._grow()
        try:
            self._write(fitting)
        except OSError as error:
            state = f"the run keeps its {counted(self._committed, 'snapshot')}"
            raise disk_error(self._rows.path, error, state) from error
        self._committed += 1

    def check_in_place(self) -> None:
        """Raise RunMoved where the run no longer lies under its name, RunError where it was overwritten in place."""
        check_in_place(self._rows.descriptor)
        rows, last = self._rows, self._committed - 1
        whole = rows.descriptor.identity()[2] == self._size
        if not whole or (last >= 0 and (rows.records(last, 1)[0] != self._last_record).any()):
            problem = "was overwritten by another program while it was being written: its snapshots are gone"
            raise RunError(rows.path, problem, "record into a new file")

    def go_on_as(self, path: str | PathLike[str]) -> None:
        """Copy all that was committed into the new file `path`, from the open file, and write there from now on.

        Where `path` is a new name of the open file nothing is copied. FileExistsError: another file has that name;
        DiskFull: there is no room; RunError: it cannot be written there. The recorder is as before then.
        """
        target = os.path.realpath(path)
        lock = self._lock if target == self.path else WriterLock(target)
        try:
            if not lies_at(self._rows.descriptor, target):
                copy_to(self._rows, target, self.capacity)
            rows = open_rows(target, writing=True)
        except BaseException:
            if lock is not self._lock:
                lock.release()
            raise
        if lock is not self._lock:
            self._lock.release()
        self._rows.close()
        self._lock, self._rows = lock, rows
        self._look_at_records()

    def close(self) -> None:
        """Finish the run and close the file. Calling again does nothing.

        A run stopped early is copied without its unused room; where that cannot be (no room, or a reader
        holds the file on Windows) the file keeps the room and is finished as it is. Where the run no longer lies under
        its name, its snapshots are saved as NAME-recovered.h5 (`path` says so afterwards), and the log tells it.
        """
        try:
            if not self._rows.closed:
                self._end()
        finally:
            self.abandon()

    def _end(self) -> None:
        try:
            end(self._rows)
        except RunMoved as error:
            if self._saved_elsewhere(error):
                end(self._rows)

    def _saved_elsewhere(self, why: RunMoved) -> bool:
        """Whether the run, which lies under its name no more, holds snapshots, which are saved under another then."""
        if not self._committed:
            logger.warning("%s Nothing had been recorded yet.", why)
            return False
        self.go_on_as(recovered_path(self.path))
        logger.warning("%s Its %s are in %s.", why, counted(self._committed, "snapshot"), self.path)
        return True

    def abandon(self) -> None:
        """Close the file as it is: valid, not finished."""
        self._rows.close()
        self._lock.release()

    def discard(self) -> None:
        """Close the file and remove it; another one that lies under its name by now stays."""
        own = not self._rows.closed and lies_at(self._rows.descriptor, self.path)
        self.abandon()
        if own:
            os.unlink(self.path)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception):
            self.close()
            return
        try:
            if not self._rows.closed:
                check_in_place(self._rows.descriptor)
        except RunMoved as moved:
            self._saved_elsewhere(moved)
        finally:
            self.abandon()

    def _grow(self) -> None:
        room = min(2 * self.capacity, layout.MAX_CAPACITY)
        if not self._grows or room == self.capacity:
            full = f"already has all its {counted(self.capacity, 'snapshot')}"
            raise RunError(self._rows.path, full, "record into a new file")
        self._move(room)

    def _open_again(self, room: int | None) -> None:
        if room is None and self._rows.finished():
            raise RunError(self._rows.path, "is finished: nothing can be added", "record into a new file")
        if room is not None and (self._rows.finished() or room > self.capacity):
            self._move(room)

    def _move(self, room: int) -> None:
        """Put a new, unfinished file with room for so many snapshots in the run's place."""
        try:
            replace_by_copy(self._rows, room, "growing", finished=False)
        finally:
            if self._rows.closed:
                self._rows = open_rows(self._rows.path, writing=True)
                self._look_at_records()

    def _look_at_records(self) -> None:
        """Note what the file says of its last snapshot, and whether an earlier try has left something of the next."""
        last, room = max(self._committed - 1, 0), self.capacity - self._committed
        self._size = self._rows.descriptor.identity()[2]
        self._last_record = self._rows.records(last, 1)[0]
        self._must_clear = room > 0 and bool(self._rows.records(self._committed, 1).any())

    def _fitting(self, rows: Mapping[str, ArrayLike]) -> list[tuple[str, Array]]:
        order = self._rows.structure.order
        missing, extra = set(order) - set(rows), set(rows) - set(order)
        if missing or extra:
            raise ValueError(
                f"a snapshot lacks {sorted(missing) or 'nothing'}, has {sorted(extra) or 'nothing'} too many"
            )
        return [(path, self._fitting_row(path, np.asarray(rows[path]))) for path in order]

    def _fitting_row(self, path: str, row: Array) -> Array:
        stored = self._rows.structure.datasets[path]
        given = row.view(np.uint8) if stored.dtype == "bool" and row.dtype == np.bool_ else row
        if given.shape != stored.shape[1:] or given.dtype != stored.type:
            wanted = f"{stored.shape[1:]} {stored.type} ({stored.dtype})"
            raise ValueError(f"{path}: a row of shape and type {wanted} was planned, {row.shape} {row.dtype} was given")
        return np.ascontiguousarray(given)

    def _write(self, rows: list[tuple[str, Array]]) -> None:
        descriptor = self._rows.descriptor
        place = self._rows.offset(layout.COMMIT, self._committed)
        if self._must_clear:  # a record of an earlier try could vouch for a row that is only half this one
            descriptor.write(bytes(4 * commits.words(len(rows))), place)
            descriptor.sync()
        for path, row in rows:
            descriptor.write(row, self._rows.offset(path, self._committed))
        descriptor.sync()
        checksums = [commits.checksum(row) for _, row in rows]
        record = commits.record(self._committed, time.time_ns() // 1000, checksums)
        self._must_clear = True
        descriptor.write(record, place)
        descriptor.sync()
        self._must_clear, self._last_record = False, record


def finish(path: str | PathLike[str], file: tuple[int, int] | None = None) -> bool:
    """Finish the run at `path`, whose writer died or stopped, and take away its unused room; whether that was done.

    With `file` (device, inode) only that very file, and no other that lies there now. RunError where it is no run or
    is still being written.
    """
    lock, rows = _open_for_writing(path)
    try:
        if file not in (None, rows.descriptor.identity()[:2]):
            return False
        end(rows)
        return True
    finally:
        rows.close()
        lock.release()


def _open_for_writing(path: str | PathLike[str]) -> tuple[WriterLock, Rows]:
    open_rows(path).close()  # a wrong path gets its own message, and no lock is left beside a stranger's file
    lock = WriterLock(path)
    try:
        remove_left_over(os.path.realpath(path))
        rows = open_rows(path, writing=True)
        try:
            _refuse_lost_snapshots(rows)
        except BaseException:
            rows.close()
            raise
    except BaseException:
        lock.release()
        raise
    return lock, rows


def _refuse_lost_snapshots(rows: Rows) -> None:
    for snapshot, whole in rows.left_over(rows.committed()):
        if whole:  # writing here would cost every snapshot behind the damaged record
            problem = f"holds snapshot {snapshot} after a damaged record"
            raise RunError(rows.path, problem, "keep this file as it is and record into a new one", layout.COMMIT)
