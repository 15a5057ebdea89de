"""A page of figures as bytes, and back: how it travels to the process that draws it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
import numpy as np

from workbench.figures.kinds import KINDS
from workbench.figures.page import Page
from workbench.figures.style import Style

# Everything a page is made of, by the name under which it travels: the rows of the figures say what theirs hold.
TYPES: dict[str, type] = {
    each.__name__: each for each in (Page, Style, *(each for kind in KINDS.values() for each in kind.types))
}


class UnknownFigure(ValueError):
    """A figure holds something of a type that the drawing process does not know; one sentence that names it."""


TYPE, ARRAY = "~type", "~array"


def packed(value: Any) -> bytes:
    """A page, or anything of its kind, as MessagePack."""
    return msgspec.msgpack.encode(_plain(value))


def unpacked(content: bytes) -> Any:
    """What `packed` was given; lists come back as tuples."""
    return _rich(msgspec.msgpack.decode(content))


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        if TYPES.get(type(value).__name__) is not type(value):
            name = type(value).__name__
            where = "the row of its figure in `KINDS`, workbench/figures/kinds.py"
            raise UnknownFigure(f"the process that draws does not know {name}: name it among the types in {where}")
        return {TYPE: type(value).__name__, **{each.name: _plain(getattr(value, each.name)) for each in fields(value)}}
    if isinstance(value, np.ndarray):
        return {ARRAY: value.dtype.str, "shape": list(value.shape), "content": np.ascontiguousarray(value).tobytes()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_rich(each) for each in value)
    if not isinstance(value, dict):
        return value
    if ARRAY in value:
        return np.frombuffer(value["content"], value[ARRAY]).reshape(value["shape"])
    inside = {key: _rich(each) for key, each in value.items() if key != TYPE}
    return TYPES[value[TYPE]](**inside) if TYPE in value else inside
