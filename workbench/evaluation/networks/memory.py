"""What is kept of a network's activations, and what is done where memory runs short."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import torch

from workbench.nets.devices import VARIABLE, lacks_memory, memory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.evaluation.networks.network import Values

Key: TypeAlias = "tuple[str, int]"
Answer = TypeVar("Answer")

DEFAULT_BUDGET = 2 << 30  # bytes
_SHARE = 16  # of a device's own memory at most one part in so many: several evaluators are kept at a time


class Memory:
    """Tensors by name, kept while they fit into a budget of bytes; what does not fit is recomputed when requested."""

    def __init__(self, budget_bytes: int, where: torch.device) -> None:
        there_is = memory_of(where)
        self._left = budget_bytes if there_is is None else min(budget_bytes, there_is // _SHARE)
        self._where = where
        self._cached: dict[Key, torch.Tensor] = {}
        self.lock = RLock()  # two askers wait for each other instead of computing the same twice

    def __contains__(self, key: Key) -> bool:
        return key in self._cached

    def keep(self, key: Key, tensor: torch.Tensor) -> None:
        """Keeps a tensor if it fits."""
        if key not in self._cached and tensor.nbytes <= self._left:
            self._left -= tensor.nbytes
            self._cached[key] = tensor

    def all(self, keys: Sequence[Key], compute: Callable[[], Values]) -> Values:
        """The tensors of these keys; if one is missing, all are recomputed."""
        with self.lock:
            if all(key in self._cached for key in keys):
                return tuple(self._cached[key] for key in keys)
            made = compute()
            for key, tensor in zip(keys, made, strict=True):
                self.keep(key, tensor)
            return made

    def give_up(self) -> bool:
        """Whether there was something to let go; nothing is kept any more, now and later."""
        with self.lock:
            had, self._left = bool(self._cached), 0
            self._cached.clear()
        if self._where.type in ("cuda", "mps"):
            getattr(torch, self._where.type).empty_cache()
        return had


def with_room(compute: Callable[[], Answer], make_room: Callable[[], bool], where: torch.device) -> Answer:
    """What `compute` gives, tried again as long as memory is short and `make_room` finds some to free.

    MemoryError: it finds none, in a sentence for people.
    """
    while True:
        try:
            return compute()
        except (RuntimeError, MemoryError) as error:
            if not lacks_memory(error):
                raise
            message = str(error)
        if not make_room():  # out here, where the error holds nothing of what was computed any more
            instead = "" if where.type == "cpu" else f", or evaluate on the processor with {VARIABLE}=cpu"
            problem = f"The device {where} has too little memory for this network, even for one image at a time"
            raise MemoryError(f"{problem}: close other programs that use it{instead}. ({message})")
