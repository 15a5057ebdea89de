"""Memory that this process has freed goes back to the system. Loads nothing large."""

from __future__ import annotations

import ctypes
import sys
import time
from importlib import import_module
from typing import Any

EVERY = 2.0  # seconds
_ARENAS = -8  # M_ARENA_MAX in malloc.h
_last = 0.0


def share_one_heap() -> None:
    """Have all threads of this process take memory from one heap, as far as they have none of their own yet.

    With heaps of their own each thread keeps the gaps that its largest blocks leave, and what it holds at the end of a
    heap never goes back: with eight threads that were 100 MB once nothing was evaluated any more.
    """
    if sys.platform.startswith("linux"):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # of the GNU C library only
        if mallopt is not None:
            mallopt(_ARENAS, 1)


def give_memory_back_while_working() -> None:
    """The same every now and then, for work that takes and frees large blocks: the gaps between them add up.

    Evaluations that hold 300 MB came to 2 GB.
    """
    global _last
    if time.monotonic() - _last > EVERY:
        _last = time.monotonic()
        give_memory_back()


def loaded(name: str) -> Any:
    """The module of this name, whole; None where nothing has imported it. Where a thread still does, this waits."""
    return import_module(name) if name in sys.modules else None


def give_memory_back() -> None:
    """Return to the system what this process has freed but still holds, where that can be asked for."""
    torch = loaded("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library only
        if trim is not None:
            trim(0)
