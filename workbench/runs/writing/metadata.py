"""The metadata of a run file, written by h5py before the first row (resources/run-file.md)."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5d, h5f, h5p, h5s, h5t

from workbench import __version__
from workbench.runs import layout
from workbench.runs.commits import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.runs.layout import DatasetPlan, LayerInfo

PACKAGES = ("torch", "numpy", "h5py")


def software() -> str:
    """The versions that matter, as one line of text, without importing anything heavy."""
    found = [f"Python {platform.python_version()}", f"workbench {__version__}"]
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join([*found, f"HDF5 {h5py.version.hdf5_version}"])


def write_metadata(
    path: str,
    attributes: Mapping[str, str],
    spec: bytes,
    layers: Sequence[LayerInfo],
    plan: Sequence[DatasetPlan],
    capacity: int,
) -> None:
    """Write the whole schema to a new file at `path`, every dataset allocated and none filled."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_meta_block_size(layout.METADATA_BLOCK)
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
