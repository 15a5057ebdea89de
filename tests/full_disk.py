"""A disk that becomes full while a file is written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

resources = pytest.importorskip("resource")  # no such limit on Windows

ROOM = 300  # bytes that a file can have
LARGE = b"x" * 10_000
EARLIER = b"what was there before"


@contextmanager
def full_disk() -> Iterator[None]:
    """Within, the system writes the first bytes of a file and then refuses, as a disk that becomes full."""
    soft, hard = resources.getrlimit(resources.RLIMIT_FSIZE)
    resources.setrlimit(resources.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resources.setrlimit(resources.RLIMIT_FSIZE, (soft, hard))
