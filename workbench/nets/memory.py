"""Memory that this process has freed goes back to the system. Loads nothing large."""

from __future__ import annotations

import ctypes
import sys
import time

EVERY = 2.0  # seconds
_last = 0.0


def give_memory_back_while_working() -> None:
    """The same every now and then, for work that takes and frees large blocks: the gaps between them add up.

    Evaluations that hold 300 MB came to 2 GB.
    """
    global _last
    if time.monotonic() - _last > EVERY:
        _last = time.monotonic()
        give_memory_back()


def give_memory_back() -> None:
    """Return to the system what this process has freed but still holds, where that can be asked for."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library only
        if trim is not None:
            trim(0)
