"""What a confined process does with somebody else's checkpoint: tensors out, as plain bytes, and nothing else.

Runs in `runs.confinement.sandbox`; everything is imported here, at the top. `.pt` files go through torch's own
restricted unpickler and never through another one.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import safetensors
import torch

from workbench.importing.claims import ACCURACY_NAMES
from workbench.importing.files.checkpoint import CONVERT, candidates, choose, oddity
from workbench.importing.files.foreign_hdf5 import (
    Unreadable,
    array_of,
    arrays_in,
    config_in,
    in_archive,
    layer_names_in,
    small_archive,
)
from workbench.importing.files.keras_config import classes_in
from workbench.importing.files.unpickled import unpickled
from workbench.importing.importers import PLUG_IN, arrays_by, available_importers
from workbench.runs.files.kinds import CUT_SHORT, PROTOCOL
from workbench.runs.layout import STORED
from workbench.runs.saying import counted, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    Asked = Mapping[str, Any]  # the request: "kind", "data", "paths" of an HDF5 file, "part" of a checkpoint

# name -> shape, number type, its bytes
Found: TypeAlias = "dict[str, tuple[list[int], str, Callable[[], bytes]]]"
Facts: TypeAlias = "dict[str, float]"


@dataclass
class Read:
    """What a file holds."""

    found: Found
    facts: Facts = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)  # kinds of objects that are skipped
    odd: dict[str, str] = field(default_factory=dict)  # tensors that are skipped, and why
    part: str = ""  # where in the file the network lies
    parts: list[str] = field(default_factory=list)  # where others lie that might be meant
    classes: dict[str, str] = field(default_factory=dict)  # of a Keras model's layers, by name and place, in order
    # name -> least and greatest number, and whether all are whole; of a file with few tensors
    values: dict[str, tuple[float, float, bool]] = field(default_factory=dict)


FACTS = ("epoch", "global_step", "step", "iteration")
WHOLE = re.compile(r"\d{1,15}")
DECIMAL = re.compile(r"\d{1,15}(\.\d{0,15})?")
SAFE_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
}  # fmt: skip
NAME_IT = 'save it under a name: torch.save({"fc1.weight": array}, FILE)'
MOST_LOOKED_AT, LARGEST_LOOKED_AT = 8, 1 << 25  # arrays, numbers in them
ENDED = ("unexpected EOF", "Ran out of input", "pickle data was truncated", "pickle exhausted")  # of readers of .pt


def answer(request: bytes, files: Sequence[int | str]) -> bytes:
    """JSON about the tensors of the file (length in 4 bytes first); then their bytes, where the request asks for them.

    The request is JSON: kind ("pt", "safetensors", "hdf5", "npy"), data (whether bytes are wanted), paths (hdf5), part
    (pt).
    """
    order = json.loads(request)
    with open(files[0], "rb", closefd=isinstance(files[0], str)) as stream:
        stream.seek(0)
        try:
            read = READERS[order["kind"]](stream, order)
            _pass_over(read)
            if not order["data"]:
                read.values = _values(read.found)
        except Unreadable as error:
            return _packed({"refused": [error.problem, error.advice]}, ())
        header = {each.name: getattr(read, each.name) for each in fields(read) if each.name != "found"}
        header["tensors"] = [[name, shape, dtype] for name, (shape, dtype, _) in read.found.items()]
        return _packed(header, [data for *_, data in read.found.values()] if order["data"] else [])


def _packed(header: dict[str, Any], reads: Sequence[Callable[[], bytes]]) -> bytes:
    text = json.dumps(header).encode()
    whole = io.BytesIO()
    whole.write(len(text).to_bytes(4, "little") + text)
    for read in reads:
        whole.write(read())
    return whole.getvalue()


def _pass_over(read: Read) -> None:
    """Moves tensors of a number type that a run cannot keep to those skipped. Unreadable: nothing is left."""
    for name, (_, dtype, _) in list(read.found.items()):
        if dtype not in STORED:
            read.odd[name] = f"of {dtype} numbers"
            del read.found[name]
    if not read.found and read.odd:
        name, why = next(iter(read.odd.items()))
        more = f" and {len(read.odd) - 1} more" if len(read.odd) > 1 else ""
        raise Unreadable(f"holds no tensor that a run can keep: {name[:80]!r} is {why}{more}", CONVERT)
    if not read.found:
        raise Unreadable("holds no tensors", "choose a file of weights")


def _values(found: Found) -> dict[str, tuple[float, float, bool]]:
    """The ranges of the arrays of a file that has few and small ones: they tell data from weights."""
    arrays = {name: each for name, each in found.items() if len(each[0]) > 1 and each[1] != "bfloat16"}
    if len(arrays) > MOST_LOOKED_AT or sum(prod(shape) for shape, *_ in arrays.values()) > LARGEST_LOOKED_AT:
        return {}
    ranges = {}
    for name, (_, dtype, data) in arrays.items():
        numbers = np.frombuffer(data(), STORED[dtype])
        if np.isfinite(numbers).all():
            ranges[name] = (float(numbers.min()), float(numbers.max()), bool((numbers == np.floor(numbers)).all()))
    return ranges


def _safetensors(stream: BinaryIO, _: Asked) -> Read:
    whole = stream.read()
    try:
        read: list[tuple[str, Any]] = safetensors.deserialize(whole)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise Unreadable(f"is not a .safetensors file, or is damaged ({in_words(error)})", CUT_SHORT) from error
    found: Found = {
        name: (list(each["shape"]), SAFE_TYPES.get(each["dtype"], each["dtype"]), partial(bytes, each["data"]))
        for name, each in sorted(read, key=lambda item: _natural(item[0]))
    }
    header = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
    return Read(found, _numbers(header.get("__metadata__") or {}))


def _pt(stream: BinaryIO, order: Asked) -> Read:
    size = os.fstat(stream.fileno()).st_size
    try:
        loaded, beside = unpickled(stream)
    except pickle.UnpicklingError as error:
        if "Unsupported operand" in str(error):
            raise Unreadable(PROTOCOL.problem, PROTOCOL.advice) from error
        named = re.search(r"GLOBAL ([\w.]+)|class ([\w.]+)", str(error))
        what = f" ({named[1] or named[2]})" if named else ""
        problem = f"contains objects other than tensors{what}, and opening those could run a program"
        raise Unreadable(problem, CONVERT) from error
    except Exception as error:  # its readers report damage by a dozen kinds of exception
        if isinstance(error, EOFError) or any(words in " ".join(map(str, error.args)) for words in ENDED):
            raise Unreadable("is a PyTorch checkpoint that was cut short", CUT_SHORT) from error
        line = " ".join(in_words(error).split()).partition(". ")[0][:160]
        raise Unreadable(f"is not a PyTorch checkpoint, or is damaged ({line})", CUT_SHORT) from error
    networks = candidates(loaded)
    if isinstance(loaded, torch.Tensor):
        raise Unreadable(f"holds {_array_in_words(loaded)}, which does not say what it is", NAME_IT)
    if not networks and not isinstance(loaded, Mapping):
        arrays = sum(isinstance(each, torch.Tensor) for each in loaded) if isinstance(loaded, list | tuple) else 0
        what = f"a {type(loaded).__name__}" + (f" of {counted(arrays, 'array')} without names" if arrays else "")
        raise Unreadable(f"holds {what} and not a state dict", NAME_IT if arrays else CONVERT)
    chosen, others = choose(networks, order.get("part"))
    odd = {name: oddity(tensor) for name, tensor in chosen.tensors.items()}
    kept = {name: tensor for name, tensor in chosen.tensors.items() if not odd[name] and tensor.numel()}
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in kept.values()}
    if sum(storages.values()) > size:
        raise Unreadable("claims to contain more data than it has bytes", "do not trust it")
    found: Found = {
        name: (list(tensor.shape), str(tensor.dtype).removeprefix("torch."), partial(_bytes, tensor))
        for name, tensor in kept.items()
    }
    facts = _numbers(loaded) if isinstance(loaded, Mapping) else {}
    why = {name: problem for name, problem in odd.items() if problem}
    return Read(found, facts, beside, why, chosen.name, [each.name for each in others])


def _array_in_words(tensor: torch.Tensor) -> str:
    size = " × ".join(f"{each:,}" for each in tensor.shape) or "one number"
    return f"a single array ({size}, {str(tensor.dtype).removeprefix('torch.')})"


def _bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


def _npy(stream: BinaryIO, _: Asked) -> Read:
    try:
        values = np.load(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise Unreadable(f"is not a plain array ({in_words(error)})", "leave it out") from error
    return Read({"values": (list(values.shape), values.dtype.name, values.tobytes)})


def _hdf5(stream: BinaryIO, order: Asked) -> Read:
    """All arrays, or those at the requested paths."""
    names, paths = arrays_in(stream), order.get("paths")
    if not names:
        raise Unreadable(_without_floats(arrays_in(stream, "iub")), "choose a file of weights")
    wanted = names if paths is None else {path: names[path] for path in paths if path in names}
    read = Read({path: (shape, dtype, partial(array_of, stream, path)) for path, (shape, dtype) in wanted.items()})
    _add_classes(read, config_in(stream))
    read.classes = read.classes or dict.fromkeys(layer_names_in(stream), "")
    return read


def _without_floats(others: Mapping[str, tuple[list[int], str]]) -> str:
    """Why a file of HDF5 holds no weights."""
    problem = "holds no arrays of floating-point numbers"
    if not others:
        return problem
    path, (shape, dtype) = max(others.items(), key=lambda each: prod(each[1][0]))
    size = " × ".join(f"{each:,}" for each in shape)
    return f"{problem}, only whole ones, as images and labels are: {path[:80]} is {size} of {dtype}"


def _keras(stream: BinaryIO, order: Asked) -> Read:
    weights, config = in_archive(stream)
    read = _hdf5(io.BytesIO(weights), order)
    _add_classes(read, config)
    return read


def _add_classes(read: Read, config: str | bytes) -> None:
    try:
        read.classes |= classes_in(config) if config else {}
    except ValueError:  # a note says so, and layers are recognised by their names and shapes
        read.beside.append("a config that cannot be read")


def _numbers(facts: Mapping[Any, Any]) -> Facts:
    """The epoch and step that a checkpoint says it is of, and the accuracies that it says."""
    found = {}
    for name in (*FACTS, *ACCURACY_NAMES):
        value = facts.get(name)
        if isinstance(value, torch.Tensor) and value.numel() == 1 and not oddity(value):
            value = value.item()
        if isinstance(value, str) and (DECIMAL if name in ACCURACY_NAMES else WHOLE).fullmatch(value):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
            found[name] = float(value)
    return found


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


READERS: dict[str, Callable[[BinaryIO, Asked], Read]] = {
    "pt": _pt,
    "safetensors": _safetensors,
    "npy": _npy,
    "hdf5": _hdf5,
    "keras": _keras,
    **{
        f"{PLUG_IN}{name}": lambda stream, _, each=each: Read(arrays_by(each, stream))  # type: ignore[misc]
        for name, each in available_importers().importers.items()
    },
}


def _warm_up() -> None:
    """Have every reader import what it imports late: in confinement nothing can be imported."""
    for zipped in (True, False):
        whole = io.BytesIO()
        given = {"a": torch.zeros(2, dtype=torch.bfloat16), "b": np.float64(1.5)}
        torch.save(given, whole, _use_new_zipfile_serialization=zipped)
        for size in (len(whole.getvalue()), 40):
            with suppress(Exception):  # the shorter ones are damaged, which loads what reports that
                unpickled(io.BytesIO(whole.getvalue()[:size]))
    with suppress(Exception):
        torch.load(io.BytesIO(pickle.dumps({"a": Unreadable})), weights_only=True)
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    _safetensors(io.BytesIO(len(header).to_bytes(8, "little") + header + b"\0\0\0\0"), {})
    array = io.BytesIO()
    np.save(array, np.zeros(1))
    _npy(io.BytesIO(array.getvalue()), {})
    _keras(small_archive(), {}).found["/a"][2]()


_warm_up()
