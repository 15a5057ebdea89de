"""A few hundred answers kept in memory, the oldest let go first. May be used from several threads."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 500  # of a layer of 256 units a curve takes 30 kB, five random ones 150 kB


class Cache(Generic[Key, Value]):
    """Answers by what they depend on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        with self._lock:
            return key in self._values

    def get(self, key: Key) -> Value | None:
        """The answer, or None; it counts as new again."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> Value:
        """Keeps the answer, and gives it back."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > MOST:
                self._values.popitem(last=False)
        return value
