"""What is kept of networks' activations, and what is done where memory runs short."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from itertools import count
from mmap import mmap
from threading import Lock, RLock
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from weakref import WeakSet

import torch

from workbench.nets.devices import VARIABLE, lacks_memory, memory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.evaluation.networks.network import Values

Key: TypeAlias = "tuple[str, int]"
Answer = TypeVar("Answer")

BUDGET = 128 << 20  # bytes of activations that all evaluators together keep on the CPU
DEFAULT_BUDGET = 2 << 30  # bytes of those of one evaluator; on the CPU `BUDGET` is less
_SHARE = 16  # of a device's own memory an evaluator takes at most one part in so many: several are kept at a time

_APART = 1 << 20  # bytes of a tensor

_lock = Lock()  # of what every memory holds; nothing is computed under it
_memories: WeakSet[Memory] = WeakSet()
_uses = count()  # later uses have larger numbers


class Memory:
    """Tensors by name, kept while they fit into a budget of bytes; what does not fit is recomputed when requested.

    All memories on the CPU also share `BUDGET`: the tensors that were not used for longest go first, in any of them.
    """

    def __init__(self, budget_bytes: int, where: torch.device) -> None:
        there_is = memory_of(where)
        self._most = budget_bytes if there_is is None else min(budget_bytes, there_is // _SHARE)
        self._where = where
        self._cached: OrderedDict[Key, torch.Tensor] = OrderedDict()  # the one that was used longest ago comes first
        self._used: dict[Key, int] = {}
        self._locks: defaultdict[Key, RLock] = defaultdict(RLock)
        self.held = 0  # bytes
        self.lock = RLock()
        with _lock:
            _memories.add(self)

    def __contains__(self, key: Key) -> bool:
        return key in self._cached

    def keep(self, key: Key, tensor: torch.Tensor) -> None:
        """Keep a tensor if it fits, in the place of those that were not used for longest."""
        with _lock:
            if key in self._cached or not self._make_way(tensor.nbytes):
                return
            self._cached[key] = _apart(tensor)
            self._used[key] = next(_uses)
            self.held += tensor.nbytes

    def all(self, keys: Sequence[Key], compute: Callable[[], Values]) -> Values:
        """The tensors of these keys; if one is missing, all are recomputed.

        Two that ask for the same wait for each other instead of computing it twice.
        """
        with _lock:
            own = self._locks[keys[0]]
        with own:
            if (found := self._found(keys)) is not None:
                return found
            made = compute()
            for key, tensor in zip(keys, made, strict=True):
                self.keep(key, tensor)
            return made

    def give_up(self) -> bool:
        """Whether there was something to let go; nothing is kept any more, now and later."""
        with _lock:
            had, self._most = bool(self._cached), 0
        self.clear()
        if self._where.type in ("cuda", "mps"):
            getattr(torch, self._where.type).empty_cache()
        return had

    def clear(self) -> None:
        """Let go of what is kept; it is made again when it is asked for."""
        with _lock:
            self._cached.clear()
            self._used.clear()
            self.held = 0

    def _found(self, keys: Sequence[Key]) -> Values | None:
        with _lock:
            if not all(key in self._cached for key in keys):
                return None
            for key in keys:
                self._cached.move_to_end(key)
                self._used[key] = next(_uses)
            return tuple(self._cached[key] for key in keys)

    def _make_way(self, size: int) -> bool:
        """Whether there is room for so many bytes, after the oldest tensors went. Under the lock of all."""
        shared = self._where.type == "cpu"
        if size > self._most or (shared and size > BUDGET):
            return False
        while self.held + size > self._most:
            self._drop_oldest()
        if shared:
            others = [each for each in _memories if each._where.type == "cpu"]
            while sum(each.held for each in others) + size > BUDGET:
                min((each for each in others if each._cached), key=Memory._oldest)._drop_oldest()
        return True

    def _oldest(self) -> int:
        """When the tensor that would go first was used."""
        return self._used[next(iter(self._cached))]

    def _drop_oldest(self) -> None:
        key, tensor = self._cached.popitem(last=False)
        del self._used[key]
        self.held -= tensor.nbytes


def _apart(tensor: torch.Tensor) -> torch.Tensor:
    """A copy in a block of memory of its own, which goes back to the system at once when it is let go.

    Among those that come and go with each step, tensors that stay leave gaps: a process that keeps 256 MB of them held
    1.9 GB.
    """
    dense = tensor.is_contiguous() or (tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last))
    if tensor.device.type != "cpu" or tensor.nbytes < _APART or not dense:
        return tensor
    try:
        block = torch.frombuffer(mmap(-1, tensor.nbytes), dtype=tensor.dtype)
    except OSError:  # there is no room for a copy
        return tensor
    return block.as_strided(tensor.shape, tensor.stride()).copy_(tensor)


def held() -> int:
    """The bytes of activations that all evaluators on the CPU keep."""
    with _lock:
        return sum(each.held for each in _memories if each._where.type == "cpu")


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
            instead = "" if where.type == "cpu" else f", or evaluate on the CPU with {VARIABLE}=cpu"
            problem = f"The device {where} has too little memory for this network, even for one image at a time"
            raise MemoryError(f"{problem}: close other programs that use it{instead}. ({message})")
