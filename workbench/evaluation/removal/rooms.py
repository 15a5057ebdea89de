"""Memory that the sweeps on one thread use one after another.

A curve that waits for others keeps none of its own: ten of them side by side would hold 40 MB each.
"""

from __future__ import annotations

from threading import Lock, get_ident
from weakref import WeakValueDictionary

import torch


class Room:
    """Tensors by name, which the next one that asks for them finds as they were left."""

    def __init__(self) -> None:
        self._held: dict[str, torch.Tensor] = {}

    def tensor(self, name: str, count: int, like: torch.Tensor, zero: bool = False) -> torch.Tensor:
        """Room for `count` times what `like` (1, …) is, of its kind and on its device; `zero` where it is new."""
        held = self._held.get(name)
        if held is None or held.shape[1:] != like.shape[1:] or held.device != like.device or len(held) < count:
            self._held.pop(name, None)  # first, so that there are never both
            del held
            together = like.ndim == 4 and like.is_contiguous(memory_format=torch.channels_last)
            form = torch.channels_last if together else torch.contiguous_format
            held = torch.empty((count, *like.shape[1:]), dtype=like.dtype, device=like.device, memory_format=form)
            self._held[name] = held.zero_() if zero else held
        return held[:count]


def room() -> Room:
    """That of this thread; it is there as long as somebody holds it."""
    with _lock:
        found = _rooms.get(get_ident())
        if found is None:
            found = _rooms[get_ident()] = Room()
        return found


_rooms: WeakValueDictionary[int, Room] = WeakValueDictionary()
_lock = Lock()
