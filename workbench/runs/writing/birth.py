"""The birth of a run file: all of its metadata, written once (resources/run-file.md).

h5py makes the whole file under another name and closes it; from then on only plain writes of rows touch it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from os import PathLike
from typing import TYPE_CHECKING

from workbench.runs import layout
from workbench.runs.commits import words
from workbench.runs.confinement.examination import remember
from workbench.runs.confinement.structure import RefusedError
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.files.descriptor import Descriptor, sync, sync_folder
from workbench.runs.files.lock import writer_lock
from workbench.runs.spec import MAX_SPEC_BYTES, RunSpec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.runs.layout import DatasetPlan, LayerInfo

OBJECT_BYTES = 1024  # of metadata for each dataset or layer, generously
ALREADY_THERE = "this file exists and a run is never overwritten: choose another name"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def forecast_bytes(plan: Sequence[DatasetPlan], capacity: int) -> int:
    """Bytes that a run file of `capacity` snapshots will take at most (the metadata are rounded up)."""
    rows = sum(dataset.row_bytes for dataset in plan) + 4 * words(len(plan))
    texts = MAX_SPEC_BYTES + len(plan) * (layout.MAX_NAME_BYTES + 16)
    metadata = OBJECT_BYTES * (2 * len(plan) + 16)
    return rows * capacity + texts + layout.METADATA_BLOCK * (1 + metadata // layout.METADATA_BLOCK)


def create(
    path: str | PathLike[str],
    spec: RunSpec,
    layers: Sequence[LayerInfo],
    plan: Sequence[DatasetPlan],
    capacity: int,
    title: str,
) -> None:
    """Create a valid run of no snapshots at `path`, with room for `capacity` of them.

    FileExistsError where `path` exists (a run is never overwritten); DiskFull, before anything is written,
    where the disk has too little room; RunError where the folder is missing or another process writes there.
    """
    from workbench.runs.writing.metadata import software

    attributes = {
        "run_id": str(uuid.uuid4()),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": title,
        "software": software(),
    }
    target = os.path.abspath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise RunError(path, "cannot be made: its folder does not exist", "make the folder or choose another")
    refuse_existing(target)  # without its lock, which would refuse whoever has just made it and begins to write
    with writer_lock(target):
        refuse_existing(target)
        temporary = f"{target}.creating"
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # left by a process that died: we hold the lock
        try:
            build(temporary, attributes, spec.to_json(), layers, plan, capacity)
            put_in_place(temporary, target)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def build(
    path: str,
    attributes: Mapping[str, str],
    spec: bytes,
    layers: Sequence[LayerInfo],
    plan: Sequence[DatasetPlan],
    capacity: int,
    file_format: str = layout.FORMAT,
) -> None:
    """Write the whole file at `path` (which must not exist): reserved, checked and on the disk."""
    # h5py is loaded where a file is made: whoever only forecasts a size or watches a training does without.
    from workbench.runs.confinement.probe import probe
    from workbench.runs.writing.metadata import write_metadata

    if not 1 <= capacity <= layout.MAX_CAPACITY:
        raise ValueError(f"a run has room for 1 to {layout.MAX_CAPACITY} snapshots, not {capacity}")
    needed = forecast_bytes(plan, capacity)
    _check_room(path, needed)
    try:
        _try_room(path, needed)
        write_metadata(path, {"format": file_format, **attributes}, spec, layers, plan, capacity)
        descriptor = Descriptor(path, writing=True)
        try:
            structure = probe(descriptor, file_format)
            _reserve(descriptor.number, os.fstat(descriptor.number).st_size)
            sync(descriptor.number)
            remember(descriptor, file_format, structure)
        finally:
            descriptor.give_back()
    except RefusedError as error:
        raise RunError(path, f"could not be completed: {error.problem}", error.advice, error.inside) from error
    except OSError as error:
        raise disk_error(path, error, "the run was not made") from error


def disk_error(path: str, error: OSError, state: str) -> RunError:
    """The RunError for a failed write: DiskFull where it is about room or the disk itself."""
    kind = DiskFull if error.errno in NO_ROOM else RunError
    problem = f"cannot be written ({error.strerror or error}); {state}"
    return kind(path, problem, "make room on the disk (or check it) and continue, or choose another folder")


def refuse_existing(target: str) -> None:
    """Raise FileExistsError where something has that name."""
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, ALREADY_THERE, target)


def _check_room(path: str, needed: int) -> None:
    free = shutil.disk_usage(os.path.dirname(path)).free
    if needed > free:
        problem = f"needs {needed / 1e6:.0f} MB and the disk has {free / 1e6:.0f} MB free"
        raise DiskFull(path, problem, "make room, choose another folder or keep fewer snapshots")


def _try_room(path: str, needed: int) -> None:
    """Raise OSError where quotas or limits on the size of a file do not let `path` become so large.

    Asked before h5py writes, because libhdf5 cannot get rid of a file that it could not write.
    """
    if sys.platform == "win32":  # would write every byte
        return
    number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        os.ftruncate(number, needed)
        _reserve(number, needed)
    finally:
        os.close(number)
        os.unlink(path)


def _reserve(number: int, size: int) -> None:
    """Set the blocks aside where the file system really can.

    `os.posix_fallocate` would write every block itself where it cannot (minutes on a network drive),
    so the Linux call is asked directly.
    """
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return
    fallocate = getattr(ctypes.CDLL(None, use_errno=True), "fallocate", None)
    if fallocate is None:
        return
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if fallocate(number, 0, 0, size) != 0 and ctypes.get_errno() in NO_ROOM:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def put_in_place(temporary: str, target: str) -> None:
    """Give `temporary` the name `target` without replacing anything; FileExistsError where the name is taken."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        refuse_existing(target)
        raise
    except OSError:  # no hard links here: take the name first, then move over our own empty file
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            refuse_existing(target)
            raise
        os.replace(temporary, target)
    sync_folder(os.path.dirname(target))
