"""The end of a run: the word `finished`, and no unused room (RUN_FILE.md, writing, step 3)."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import suppress

import numpy as np

from workbench.runs import commits, layout
from workbench.runs.birth import build, disk_error
from workbench.runs.descriptor import sync_folder
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.layout import DatasetPlan
from workbench.runs.rows import Rows, open_rows

logger = logging.getLogger(__name__)
COPIED_AT_ONCE = 16 << 20


def end(rows: Rows) -> None:
    """Nothing; the run open for writing in `rows` is finished, compact if possible, and `rows` is closed.

    DiskFull where not even the word can be written.
    """
    committed = rows.committed()
    _mark_finished(rows)
    if max(1, committed) < rows.structure.capacity:
        _replace_by_compact_copy(rows, committed)
    rows.close()


def _mark_finished(rows: Rows) -> None:
    try:
        rows.descriptor.write(np.array(1, "<u4"), rows.offset(layout.FINISHED, 0))
        rows.descriptor.sync()
    except OSError as error:
        raise disk_error(rows.path, error, "the run keeps its snapshots and is not marked as finished") from error


def _replace_by_compact_copy(rows: Rows, committed: int) -> None:
    path, final = rows.path, f"{rows.path}.final"
    with suppress(FileNotFoundError):
        os.unlink(final)  # left by a process that died: we hold the lock
    try:
        _copy(rows, final, committed)
        shutil.copymode(path, final)
        rows.close()  # some systems refuse to replace an open file
        os.replace(final, path)
        sync_folder(os.path.dirname(path))
    except (DiskFull, PermissionError) as error:
        logger.warning("%s keeps its unused room, because no compact copy could be made: %s", path, error)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(final)


def _copy(rows: Rows, final: str, committed: int) -> None:
    structure = rows.structure
    plan = [
        DatasetPlan(path, structure.datasets[path].shape[1:], structure.datasets[path].dtype)
        for path in structure.order
    ]
    build(final, structure.attributes, structure.spec.encode(), structure.layers, plan, max(1, committed))
    copy = open_rows(final, writing=True)
    try:
        written = {path: _copy_dataset(rows, copy, path, committed) for path in (*structure.order, layout.COMMIT)}
        copy.descriptor.sync()
        for path, checksums in written.items():
            for snapshot, checksum in enumerate(checksums):
                if commits.checksum(copy.row(path, snapshot)) != checksum:
                    raise RunError(
                        final, "was not written faithfully", "check the disk", f"{path}, snapshot {snapshot}"
                    )
        if copy.committed() != committed:
            raise RunError(final, "did not take over every snapshot", "check the disk", layout.COMMIT)
        _mark_finished(copy)
    except OSError as error:
        raise disk_error(final, error, "the run itself is untouched") from error
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
