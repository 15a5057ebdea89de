"""Compiling by numba, one process at a time: what one has compiled the next ones load."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

import pytest
from numba.core.dispatcher import Dispatcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Meanwhile loops are loaded or compiled here only while no other process that has this file does that."""
    own, compile_one, depth = RLock(), Dispatcher.compile, 0

    def compile_alone(self: Dispatcher, sig: Any) -> Any:
        nonlocal depth
        with own:
            if not depth:
                fcntl.flock(lock, fcntl.LOCK_EX)
            depth += 1  # a loop compiles those that it calls
            try:
                return compile_one(self, sig)
            finally:
                depth -= 1
                if not depth:
                    fcntl.flock(lock, fcntl.LOCK_UN)

    with path.open("w") as lock, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dispatcher, "compile", compile_alone)
        yield
