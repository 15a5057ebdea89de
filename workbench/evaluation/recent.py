"""The evaluators that were asked for last stay in memory; each is made once, for all threads."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

from workbench.evaluation.giving_up import without_waiting

if TYPE_CHECKING:
    from collections.abc import Callable

Key: TypeAlias = "tuple[object, ...]"
KEPT_EVALUATORS = 4  # of each kind


class _Evaluator(Protocol):
    def clear(self) -> None: ...


Value = TypeVar("Value", bound=_Evaluator)


@dataclass(eq=False)
class Recent(Generic[Value]):
    """The evaluators requested last."""

    _lock: Lock = field(default_factory=Lock)  # of the tables; nothing is made under it
    _cached: OrderedDict[Key, Value] = field(default_factory=OrderedDict)
    _making: dict[Key, Lock] = field(default_factory=dict)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The one of that key; made where it is not kept. Two threads asking at once for it get the same one."""
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                found = self._cached.get(key)
            if found is None:
                with without_waiting():  # others may wait for it
                    found = make()
                self._put(key, found)
        return found

    def drop(self, wanted: Callable[[Key], bool]) -> None:
        """Let go of some, at once also of what they keep: they may be in use for a while."""
        with self._lock:
            gone = [self._cached.pop(key) for key in list(self._cached) if wanted(key)]
        for evaluator in gone:
            evaluator.clear()

    def _put(self, key: Key, made: Value) -> None:
        with self._lock:
            self._making.pop(key, None)
            self._cached[key] = made
            gone = [self._cached.popitem(last=False)[1] for _ in range(len(self._cached) - KEPT_EVALUATORS)]
        for evaluator in gone:
            evaluator.clear()
