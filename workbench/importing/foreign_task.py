"""What a confined process does with somebody else's checkpoint: tensors out, as plain bytes, and nothing else.

Runs in `runs.sandbox`; everything is imported here, at the top. `.pt` files go through torch's own restricted
unpickler and never through another one.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import safetensors
import torch

from workbench.importing.foreign_hdf5 import Unreadable, array_of, arrays_in
from workbench.runs.layout import STORED
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

# name -> shape, number type, its bytes
Found: TypeAlias = "dict[str, tuple[list[int], str, Callable[[], bytes]]]"
Facts: TypeAlias = "dict[str, float]"
Read: TypeAlias = "tuple[Found, Facts, list[str]]"  # and what kinds of objects are passed over

STATES = ("state_dict", "model_state_dict", "model", "net", "module", "weights")  # where a checkpoint keeps it
FACTS = ("epoch", "global_step", "step", "iteration")
SAFE_TYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
}  # fmt: skip
CONVERT = "save its state dict alone, best as .safetensors"
# Packages whose objects training programs keep beside the weights. None of them is made: a placeholder stands for each.
BESIDE = ("argparse", "collections", "datetime", "enum", "numpy", "omegaconf", "pathlib", "typing",
          "lightning", "lightning_fabric", "pytorch_lightning")  # fmt: skip
MOST_BESIDE = 100  # kinds of such objects
UNSUPPORTED = re.compile(r"Unsupported global: GLOBAL ([\w.]+)")


def answer(request: bytes, files: Sequence[int | str]) -> bytes:
    """JSON about the tensors of the file (length in 4 bytes first); then their bytes, where the request asks for them.

    The request is JSON: kind ("pt", "safetensors", "hdf5", "npy"), data (whether bytes are wanted), paths (hdf5).
    """
    asked = json.loads(request)
    with open(files[0], "rb", closefd=isinstance(files[0], str)) as stream:
        stream.seek(0)
        try:
            found, facts, beside = READERS[asked["kind"]](stream, asked.get("paths"))
            _check(found)
        except Unreadable as error:
            return _packed({"refused": [error.problem, error.advice]}, ())
        tensors = [[name, shape, dtype] for name, (shape, dtype, _) in found.items()]
        reads = [read for *_, read in found.values()] if asked["data"] else []
        return _packed({"tensors": tensors, "facts": facts, "beside": beside}, reads)


def _packed(header: dict[str, Any], reads: Sequence[Callable[[], bytes]]) -> bytes:
    text = json.dumps(header).encode()
    whole = io.BytesIO()
    whole.write(len(text).to_bytes(4, "little") + text)
    for read in reads:
        whole.write(read())
    return whole.getvalue()


def _check(found: Found) -> None:
    for name, (_, dtype, _) in found.items():
        if dtype not in STORED:
            raise Unreadable(f"holds {name[:80]!r} of number type {dtype}, which a run cannot keep", CONVERT)
    if not found:
        raise Unreadable("holds no tensors", CONVERT)


def _safetensors(stream: BinaryIO, _: object) -> Read:
    whole = stream.read()
    try:
        read: list[tuple[str, Any]] = safetensors.deserialize(whole)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise Unreadable(f"is no safetensors file or damaged ({error})", "copy it from its source again") from error
    found: Found = {
        name: (list(each["shape"]), SAFE_TYPES.get(each["dtype"], each["dtype"]), partial(bytes, each["data"]))
        for name, each in sorted(read, key=lambda item: _natural(item[0]))
    }
    header = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
    return found, _numbers(header.get("__metadata__") or {}), []


def _pt(stream: BinaryIO, _: object) -> Read:
    size = os.fstat(stream.fileno()).st_size
    try:
        loaded, beside = _loaded(stream)
    except pickle.UnpicklingError as error:
        named = re.search(r"GLOBAL ([\w.]+)|class ([\w.]+)", str(error))
        what = f" ({named[1] or named[2]})" if named else ""
        problem = f"holds other objects than tensors{what}, and opening those could run a program"
        raise Unreadable(problem, CONVERT) from error
    except Exception as error:  # its readers report damage by a dozen kinds of exception
        line = " ".join(in_words(error).split()).partition(". ")[0][:160]
        raise Unreadable(f"is no PyTorch checkpoint or damaged ({line})", "copy it from its source again") from error
    if not isinstance(loaded, Mapping):
        raise Unreadable(f"holds a {type(loaded).__name__} and not a state dict", CONVERT)
    tensors = _state(loaded)
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors.values()}
    if sum(storages.values()) > size:
        raise Unreadable("says that it holds more than there are bytes in it", "do not trust it")
    return (
        {
            name: (list(tensor.shape), str(tensor.dtype).removeprefix("torch."), partial(_bytes, tensor))
            for name, tensor in tensors.items()
        },
        _numbers(loaded),
        beside,
    )


class _Beside:
    """Stands for an object that is not made; nothing is known of it."""

    def __new__(cls, *_: object) -> _Beside:
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def _loaded(stream: BinaryIO) -> tuple[Any, list[str]]:
    """What torch's restricted unpickler makes of a file, and the names of the objects that placeholders stand for."""
    beside: list[str] = []
    while True:
        stream.seek(0)
        try:
            with torch.serialization.safe_globals([(_Beside, name) for name in beside]):
                return torch.load(stream, map_location="cpu", weights_only=True), beside
        except pickle.UnpicklingError as error:
            named = UNSUPPORTED.search(str(error))
            name = named[1].rstrip(".") if named else ""
            if name.partition(".")[0] not in BESIDE or name in beside or len(beside) == MOST_BESIDE:
                raise
            beside.append(name)


def _state(loaded: Mapping[Any, Any]) -> dict[str, torch.Tensor]:
    """The tensors of the state dict that is in a checkpoint."""
    inner = (loaded[name] for name in STATES if isinstance(loaded.get(name), Mapping))
    chosen = next((each for each in inner if any(isinstance(value, torch.Tensor) for value in each.values())), loaded)
    tensors = {str(name): value for name, value in chosen.items() if isinstance(value, torch.Tensor)}
    for name, tensor in tensors.items():
        if not _is_plain(tensor):
            raise Unreadable(f"holds {name[:80]!r}, which is no dense tensor with bytes of its own", CONVERT)
    return {name: tensor for name, tensor in tensors.items() if tensor.numel()}


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether every number of the tensor lies once in memory that it has."""
    plain = type(tensor) in (torch.Tensor, torch.nn.Parameter) and tensor.layout is torch.strided
    if not plain or tensor.device.type != "cpu" or tensor.is_quantized:
        return False
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return False
    reach = 1
    for stride, length in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if length > 1:
            if stride != reach:
                return False
            reach *= length
    return True


def _bytes(tensor: torch.Tensor) -> bytes:
    flat = tensor.detach().contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes()


def _npy(stream: BinaryIO, _: object) -> Read:
    try:
        values = np.load(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise Unreadable(f"is no plain array ({in_words(error)})", "leave it out") from error
    return {"values": (list(values.shape), values.dtype.name, values.tobytes)}, {}, []


def _hdf5(stream: BinaryIO, paths: Any) -> Read:
    """All arrays, or the bytes of those at `paths`."""
    names = arrays_in(stream)
    wanted = names if paths is None else {path: names[path] for path in paths if path in names}
    return {path: (shape, dtype, partial(array_of, stream, path)) for path, (shape, dtype) in wanted.items()}, {}, []


def _numbers(facts: Mapping[Any, Any]) -> Facts:
    """The epoch and step that a checkpoint says it is of."""
    found = {}
    for name in FACTS:
        value = facts.get(name)
        if isinstance(value, str) and re.fullmatch(r"\d{1,15}", value):
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15:
            found[name] = float(value)
    return found


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]


READERS: dict[str, Callable[[BinaryIO, Any], Read]] = {
    "pt": _pt,
    "safetensors": _safetensors,
    "npy": _npy,
    "hdf5": _hdf5,
}


def _warm_up() -> None:
    """Nothing; every reader has imported what it imports late, for in confinement nothing can be imported."""
    for zipped in (True, False):
        whole = io.BytesIO()
        given = {"a": torch.zeros(2, dtype=torch.bfloat16), "b": np.float64(1.5)}
        torch.save(given, whole, _use_new_zipfile_serialization=zipped)
        for size in (len(whole.getvalue()), 40):
            with suppress(Exception):  # the shorter ones are damaged, which loads what reports that
                _loaded(io.BytesIO(whole.getvalue()[:size]))
    with suppress(Exception):
        torch.load(io.BytesIO(pickle.dumps({"a": Unreadable})), weights_only=True)
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    _safetensors(io.BytesIO(len(header).to_bytes(8, "little") + header + b"\0\0\0\0"), None)
    array = io.BytesIO()
    np.save(array, np.zeros(1))
    _npy(io.BytesIO(array.getvalue()), None)


_warm_up()
