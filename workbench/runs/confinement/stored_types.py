"""Types, texts and attributes inside an HDF5 file, read by allow-list."""

from __future__ import annotations

from typing import Any

import numpy as np
from h5py import h5a, h5s, h5t

from workbench.runs import layout
from workbench.runs.confinement.structure import (
    FOREIGN,
    RefusedError,
    need,
)

NUMBERS = {
    "float64": h5t.IEEE_F64LE, "float32": h5t.IEEE_F32LE, "float16": h5t.IEEE_F16LE,
    "int64": h5t.STD_I64LE, "int32": h5t.STD_I32LE, "int16": h5t.STD_I16LE, "int8": h5t.STD_I8LE,
    "uint64": h5t.STD_U64LE, "uint32": h5t.STD_U32LE, "uint16": h5t.STD_U16LE, "uint8": h5t.STD_U8LE,
}  # fmt: skip


def decoded(raw: bytes, inside: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(inside, f"has a text that is not UTF-8 ({raw[:40]!r})", FOREIGN) from error


def type_of(dataset: Any, path: str) -> str:
    """The name of a dataset's number type, "S<length>" for fixed-length text."""
    kind = dataset.get_type()
    if kind.get_class() == h5t.STRING and not kind.is_variable_str():
        return f"S{kind.get_size()}"
    for name, number in NUMBERS.items():
        if kind.equal(number):
            return _undisguised(dataset, path, name)
    raise RefusedError(path, "holds neither plain numbers nor fixed-length text", FOREIGN)


def _undisguised(dataset: Any, path: str, stored: str) -> str:
    said = attribute_of(dataset, layout.DTYPE_ATTRIBUTE, path, default=stored)
    disguise = said in layout.DISGUISED and layout.STORED[str(said)] == layout.STORED[stored]
    need(said == stored or disguise, path, f"says that its {stored} numbers are {str(said)[:20]!r}", FOREIGN)
    return str(said)


def attribute_of(owner: Any, name: str, inside: str, default: str | int | None = None) -> str | int:
    """The value of a scalar attribute: fixed-length text or an integer."""
    count, most = h5a.get_num_attrs(owner), layout.MAX_ATTRIBUTES
    need(count <= most, inside, f"has {count} attributes, over {most}", FOREIGN)
    if not h5a.exists(owner, name.encode()):
        if default is None:
            raise RefusedError(inside, f"lacks its attribute {name!r}", FOREIGN)
        return default
    attribute = h5a.open(owner, name.encode())
    kind = attribute.get_type()
    scalar = attribute.get_space().get_simple_extent_type() == h5s.SCALAR
    need(
        scalar and attribute.get_storage_size() <= layout.MAX_ATTRIBUTE_BYTES,
        inside,
        f"has an odd attribute {name!r}",
    )
    if kind.get_class() == h5t.INTEGER:
        number = np.empty((), np.int64)
        attribute.read(number)
        return int(number)
    fixed = kind.get_class() == h5t.STRING and not kind.is_variable_str()
    need(
        fixed,
        inside,
        f"has an attribute {name!r} that is neither fixed-length text nor a whole number",
        FOREIGN,
    )
    text = np.empty((), f"S{kind.get_size()}")
    attribute.read(text, mtype=kind)
    return decoded(text.tobytes().rstrip(b"\0"), inside)
