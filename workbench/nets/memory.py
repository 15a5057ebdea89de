"""Memory that this process has freed goes back to the system. Loads nothing large."""

from __future__ import annotations

import ctypes
import sys


def give_memory_back() -> None:
    """Return to the system what this process has freed but still holds, where that can be asked for."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library only
        if trim is not None:
            trim(0)
