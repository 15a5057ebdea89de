"""The birth of a run file: all of its metadata, once and for ever (RUN_FILE.md, writing, step 1).

h5py makes the whole file under another name and closes it; from then on only plain writes of rows touch it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import shutil
import sys
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

from workbench.runs import layout
from workbench.runs.commits import words
from workbench.runs.descriptor import Descriptor, sync, sync_folder
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.examination import remember
from workbench.runs.lock import writer_lock
from workbench.runs.probe import probe
from workbench.runs.spec import MAX_SPEC_BYTES, RunSpec
from workbench.runs.structure import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.runs.layout import DatasetPlan, LayerInfo

METADATA_BLOCK = 1 << 20  # keeps every object header in the file's first bytes
OBJECT_BYTES = 1024  # of metadata for each dataset or layer, generously
ALREADY_THERE = "this file exists and a run is never overwritten: choose another name"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
PACKAGES = ("workbench", "torch", "numpy", "h5py")


def forecast_bytes(plan: Sequence[DatasetPlan], capacity: int) -> int:
    """Bytes that a run file of `capacity` snapshots will take at most (the metadata are rounded up)."""
    rows = sum(dataset.row_bytes for dataset in plan) + 4 * words(len(plan))
    texts = MAX_SPEC_BYTES + len(plan) * (layout.MAX_NAME_BYTES + 16)
    metadata = OBJECT_BYTES * (2 * len(plan) + 16)
    return rows * capacity + texts + METADATA_BLOCK * (1 + metadata // METADATA_BLOCK)


def create(
    path: str | PathLike[str],
    spec: RunSpec,
    layers: Sequence[LayerInfo],
    plan: Sequence[DatasetPlan],
    capacity: int,
    title: str,
) -> None:
    """Nothing; afterwards `path` is a valid run of no snapshots, with room for `capacity` of them.

    FileExistsError where `path` exists (a run is never overwritten); DiskFull, before anything is written,
    where the disk has too little room; RunError where the folder is missing or another process writes there.
    """
    attributes = {
        "run_id": str(uuid.uuid4()),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": title,
        "software": software(),
    }
    target = os.path.abspath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise RunError(path, "cannot be made: its folder does not exist", "make the folder or choose another")
    with writer_lock(target):
        _refuse_existing(target)
        temporary = f"{target}.creating"
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # left by a process that died: we hold the lock
        try:
            build(temporary, attributes, spec.to_json(), layers, plan, capacity)
            _put_in_place(temporary, target)
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
    """Nothing; the whole file at `path` (which must not exist), reserved, checked and on the disk."""
    if not 1 <= capacity <= layout.MAX_CAPACITY:
        raise ValueError(f"a run has room for 1 to {layout.MAX_CAPACITY} snapshots, not {capacity}")
    needed = forecast_bytes(plan, capacity)
    _check_room(path, needed)
    try:
        _try_room(path, needed)
        _write_metadata(path, {"format": file_format, **attributes}, spec, layers, plan, capacity)
        descriptor = Descriptor(path, writing=True)
        try:
            structure = probe(descriptor, file_format)
            _reserve(descriptor.number, os.fstat(descriptor.number).st_size)
            sync(descriptor.number)
            remember(descriptor, file_format, structure)
        finally:
            descriptor.give_back()
    except RefusedError as error:
        raise RunError(path, f"could not be made whole: {error.problem}", error.advice, error.inside) from error
    except OSError as error:
        raise disk_error(path, error, "the run was not made") from error


def disk_error(path: str, error: OSError, state: str) -> RunError:
    """The RunError for a failed write: DiskFull where it is about room or the disk itself."""
    kind = DiskFull if error.errno in NO_ROOM else RunError
    problem = f"cannot be written ({error.strerror or error}); {state}"
    return kind(path, problem, "make room on the disk (or check it) and go on, or choose another folder")


def software() -> str:
    """The versions that matter, as one line of text, without importing anything heavy."""
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join([*found, f"HDF5 {h5py.version.hdf5_version}"])


def _refuse_existing(target: str) -> None:
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, ALREADY_THERE, target)


def _check_room(path: str, needed: int) -> None:
    free = shutil.disk_usage(os.path.dirname(path)).free
    if needed > free:
        problem = f"needs {needed / 1e6:.0f} MB and the disk has {free / 1e6:.0f} MB free"
        raise DiskFull(path, problem, "make room, choose another folder or keep fewer snapshots")


def _try_room(path: str, needed: int) -> None:
    """Nothing; OSError where quotas or limits on the size of a file do not let `path` become so large.

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


def _write_metadata(
    path: str,
    attributes: Mapping[str, str],
    spec: bytes,
    layers: Sequence[LayerInfo],
    plan: Sequence[DatasetPlan],
    capacity: int,
) -> None:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_meta_block_size(METADATA_BLOCK)
    access.set_libver_bounds(h5f.LIBVER_EARLIEST, h5f.LIBVER_LATEST)  # superblock 0 is not the default
    access.set_file_locking(False, True)
    with h5py.File(h5f.create(os.fsencode(path), h5f.ACC_EXCL, fapl=access)) as file:
        file.attrs.create("format_version", layout.FORMAT_VERSION, dtype="<i8")
        for name, value in attributes.items():
            _text_attribute(file, name, value)
        file.create_group(layout.LAYERS)
        for layer in layers:
            _write_layer(file[layout.LAYERS].create_group(layer.name), layer)
        for group_path in (*layout.ROW_GROUPS, layout.SNAPSHOTS):
            file.create_group(group_path)
        _write_text(file, layout.SPEC, spec)
        paths = [dataset.path.encode() for dataset in plan]
        _write_text(file, layout.DATASETS, np.array(paths, f"S{max(map(len, paths))}"))
        _allocate(file, layout.FINISHED, (), "uint32")
        _allocate(file, layout.COMMIT, (capacity, words(len(plan))), "uint32")
        for dataset in plan:
            made = _allocate(file, dataset.path, (capacity, *dataset.shape), dataset.dtype)
            if dataset.dtype in layout.DISGUISED:
                _text_attribute(made, layout.DTYPE_ATTRIBUTE, dataset.dtype)


def _write_layer(group: Any, layer: LayerInfo) -> None:
    _text_attribute(group, "kind", layer.kind)
    if layer.parameter:
        _text_attribute(group, "parameter", layer.parameter)
    for name in ("units", "inputs", "order", "first", "transposed"):
        value = int(getattr(layer, name))
        if value or name not in ("first", "transposed"):  # as every run says, or only where it is needed
            group.attrs.create(name, value, dtype="<i8")


def _text_attribute(owner: Any, name: str, value: str) -> None:
    raw = value.encode("utf-8", "replace")
    limit = layout.MAX_ATTRIBUTE_BYTES
    if len(raw) > limit:
        raise ValueError(f"the {name} of a run takes {len(raw)} bytes; {limit} are allowed")
    owner.attrs.create(name, np.bytes_(raw), dtype=h5py.string_dtype("utf-8", max(1, len(raw))))


def _write_text(file: Any, path: str, value: bytes | np.ndarray[Any, Any]) -> None:
    data = np.asarray(value)
    kind = h5t.C_S1.copy()
    kind.set_size(data.dtype.itemsize)
    kind.set_strpad(h5t.STR_NULLPAD)
    kind.set_cset(h5t.CSET_UTF8)
    space = h5s.create_simple(data.shape) if data.shape else h5s.create(h5s.SCALAR)
    h5d.create(file.id, path.encode(), kind, space, _contiguous()).write(h5s.ALL, h5s.ALL, data, mtype=kind)


def _allocate(file: Any, path: str, shape: tuple[int, ...], dtype: str) -> Any:
    space = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
    kind = h5t.py_create(np.dtype(layout.STORED[dtype]))
    return h5py.Dataset(h5d.create(file.id, path.encode(), kind, space, _contiguous()))


def _contiguous() -> Any:
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_layout(h5d.CONTIGUOUS)
    plan.set_alloc_time(h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5d.FILL_TIME_NEVER)
    return plan


def _reserve(number: int, size: int) -> None:
    """Nothing; the blocks are set aside where the file system really can.

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


def _put_in_place(temporary: str, target: str) -> None:
    """Nothing; `temporary` is now called `target`, and nothing of that name was replaced."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        _refuse_existing(target)
        raise
    except OSError:  # no hard links here: take the name first, then move over our own empty file
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            _refuse_existing(target)
            raise
        os.replace(temporary, target)
    sync_folder(os.path.dirname(target))
