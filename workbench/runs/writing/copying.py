"""A whole run copied into a new file that takes its place: without unused room at the end, with more when it grows.

The copy is written under another name, verified, synced and only then renamed over (resources/run-file.md):
at every moment the run's name leads to a file with all of its snapshots. Just before, what lies there is compared with
the file that is open: no other file is ever replaced. (No system call replaces a file only if it is a certain one; a
file that is put there in the microseconds between the two calls would be lost.)
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress

import numpy as np

from workbench.runs import commits, layout
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.files.descriptor import sync_folder
from workbench.runs.files.moved import check_in_place
from workbench.runs.layout import DatasetPlan
from workbench.runs.rows import Rows, open_rows
from workbench.runs.writing.birth import build, disk_error, put_in_place, refuse_existing

COPIED_AT_ONCE = 16 << 20
SIDE_NAMES = ("creating", "final", "growing")  # NAME.h5.final and so on: files that are not in place yet


def replace_by_copy(rows: Rows, capacity: int, side_name: str, finished: bool) -> None:
    """Put a new file with room for `capacity` snapshots in the place of the run in `rows`, which is closed.

    DiskFull where there is no room, or where a reader holds the file on a system that forbids replacing it then; the
    run itself is untouched, and `rows` may be open still or closed. RunMoved where another file, or none, lies there;
    `rows` stays open.
    """
    path, copy = rows.path, f"{rows.path}.{side_name}"
    with suppress(FileNotFoundError):
        os.unlink(copy)  # left by a process that died: we hold the lock
    try:
        _copy(rows, copy, capacity, finished)
        _copy_mode(rows, copy)
        check_in_place(rows.descriptor)
        rows.close()  # some systems refuse to replace an open file
        os.replace(copy, path)
        sync_folder(os.path.dirname(path))
    except PermissionError as error:
        raise DiskFull(path, "is held open by another program", "close it there and try again") from error
    except OSError as error:
        raise disk_error(path, error, "the run itself is untouched") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


def copy_to(rows: Rows, target: str, capacity: int) -> None:
    """Copy the run in `rows`, which stays open, into the new file `target`, for whoever holds the lock of `target`.

    It is not finished. FileExistsError: the name is taken; DiskFull: there is no room.
    """
    copy = f"{target}.creating"
    refuse_existing(target)
    with suppress(FileNotFoundError):
        os.unlink(copy)  # left by a process that died: we hold the lock
    try:
        _copy(rows, copy, capacity, finished=False)
        _copy_mode(rows, copy)
        put_in_place(copy, target)
    except FileExistsError:
        raise
    except OSError as error:
        raise disk_error(target, error, "the run was not copied") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


def _copy_mode(rows: Rows, copy: str) -> None:
    with rows.descriptor.borrowed() as number:
        os.chmod(copy, stat.S_IMODE(os.fstat(number).st_mode))


def remove_left_over(path: str) -> None:
    """Remove what a writer of `path` left unfinished when it died. Only for the holder of the lock."""
    for side_name in SIDE_NAMES:
        with suppress(FileNotFoundError):
            os.unlink(f"{path}.{side_name}")


def mark_finished(rows: Rows) -> None:
    """Mark the file: nothing more will be written. OSError as the system gives it."""
    rows.descriptor.write(np.array(1, "<u4"), rows.offset(layout.FINISHED, 0))
    rows.descriptor.sync()


def _copy(rows: Rows, target: str, capacity: int, finished: bool) -> None:
    structure, committed = rows.structure, rows.committed()
    plan = [
        DatasetPlan(path, structure.datasets[path].shape[1:], structure.datasets[path].dtype)
        for path in structure.order
    ]
    build(target, structure.attributes, structure.spec.encode(), structure.layers, plan, capacity)
    copy = open_rows(target, writing=True)
    try:
        written = {path: _copy_dataset(rows, copy, path, committed) for path in (*structure.order, layout.COMMIT)}
        copy.descriptor.sync()
        for path, checksums in written.items():
            for snapshot, checksum in enumerate(checksums):
                if commits.checksum(copy.row(path, snapshot)) != checksum:
                    raise RunError(
                        target, "was not written correctly", "check the disk", f"{path}, snapshot {snapshot}"
                    )
        if copy.committed() != committed:
            raise RunError(target, "does not contain every snapshot", "check the disk", layout.COMMIT)
        if finished:
            mark_finished(copy)
    finally:
        copy.close()


def _copy_dataset(rows: Rows, copy: Rows, path: str, committed: int) -> list[int]:
    """The checksum of every row that was copied."""
    block = max(1, COPIED_AT_ONCE // rows.structure.datasets[path].row_bytes)
    checksums = []
    for first in range(0, committed, block):
        data = rows.block(path, first, min(block, committed - first))
        copy.descriptor.write(data, copy.offset(path, first))
        checksums += [commits.checksum(data[i : i + 1]) for i in range(len(data))]
    return checksums
