"""On which device a network runs, and that it computes there in full single precision."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import torch

from workbench.nets.use import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VARIABLE = "WORKBENCH_DEVICE"  # where networks are evaluated; a training's device stands in its specification
CPU = torch.device("cpu")

_EXACT = ("ieee", "none")  # "none": no lower precision was requested
_cudnn: Any = torch.backends.cudnn  # torch's stubs know no switches
_onednn: Any = torch.backends.mkldnn
ROUNDING: dict[str, tuple[Any, ...]] = {  # what may round the factors of products to fewer bits, by kind of device
    "cuda": (torch.backends.cuda.matmul, _cudnn.conv, _cudnn.rnn),  # what reads both old switches wants them equal
    "cpu": (_onednn.matmul, _onednn.conv),
}


def device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" is CUDA, else MPS, else the processor. ValueError: there is none."""
    found = accelerators()
    if name == "auto":
        return torch.device((*found, "cpu")[0])
    try:
        wanted = torch.device(name)
    except RuntimeError:
        wanted = None
    if wanted is None or wanted.type not in (*found, "cpu") or not _has_index(wanted):
        raise ValueError(f"there is no device {name!r} here; choose one of {', '.join(('auto', *found, 'cpu'))}")
    return wanted


def evaluation_device() -> torch.device:
    """Where networks are evaluated: what `VARIABLE` in the environment says, else "auto". ValueError as `device`."""
    try:
        return device(os.environ.get(VARIABLE) or "auto")
    except ValueError as error:
        raise ValueError(f"{VARIABLE}: {error}") from error


@cache
def accelerators() -> tuple[str, ...]:
    """The kinds of devices here besides the processor, the fastest first."""
    return tuple(each for each in ("cuda", "mps") if getattr(torch, each).is_available())


def computes_bfloat16(where: torch.device) -> bool:
    """Whether a device has units for bfloat16; without them such products are slower than those of float32."""
    if where.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    ask: Callable[[], dict[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)  # older torch says nothing
    told = ask() if where.type == "cpu" else {}
    return not told or any(there is True for name, there in told.items() if "bf16" in name)


def memory_of(where: torch.device) -> int | None:
    """The bytes of memory that a device has of its own, or may take; None: as much as the computer gives."""
    if where.type == "cuda":
        return int(torch.cuda.get_device_properties(where).total_memory)
    return int(torch.mps.recommended_max_memory()) if where.type == "mps" else None


def lacks_memory(error: BaseException) -> bool:
    """Whether this is a lack of memory; on the processor and on MPS torch tells it by a plain RuntimeError."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    complaints = ("can't allocate memory", "out of memory")
    return isinstance(error, RuntimeError) and any(text in str(error) for text in complaints)


_lock, _before, _inside = Lock(), list[tuple[Any, str]](), dict[str, int]()


@contextmanager
def full_precision(where: torch.device) -> Iterator[None]:
    """Products and convolutions on `where` take all 24 bits of their factors, unlike CUDA's by default (TF32).

    torch has one such switch for the whole process. It is turned by the first who enters and turned back by the last
    who leaves, whichever threads they are: nobody inside ever computes with fewer bits, and afterwards all is as it
    was. A training in another thread of the same process meanwhile computes with more bits than it asked for, which
    does it no harm. Never hold it over the `yield` of a generator, which may not go on for long.

    Whatever is evaluated passes here, and `use.evaluated_on` tells where.
    """
    kind = where.type
    note(str(where))
    with _lock:
        _inside[kind] = _inside.get(kind, 0) + 1
        for switch in ROUNDING.get(kind, ()):
            if switch.fp32_precision not in _EXACT:
                _before.append((switch, switch.fp32_precision))
                switch.fp32_precision = "ieee"
    try:
        yield
    finally:
        with _lock:
            _inside[kind] -= 1
            if not any(_inside.values()):
                while _before:
                    switch, value = _before.pop()
                    switch.fp32_precision = value


def _has_index(wanted: torch.device) -> bool:
    count = torch.cuda.device_count() if wanted.type == "cuda" else 1
    return (wanted.index or 0) < count
