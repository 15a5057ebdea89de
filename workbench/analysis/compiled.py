"""Loops compiled by numba, whose kept machine code is never believed before it was checked."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from numba import njit
from numba.core.caching import IndexDataCacheFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPTIONS: dict[str, Any] = {"fastmath": True, "error_model": "numpy", "nogil": True}

logger = logging.getLogger(__name__)


def compiled(function: Callable[..., object]) -> Callable[..., Any]:
    """Return `function` compiled at its first call; without numpy's error model divisions do not vectorise.

    The machine code is kept on disk for the next process, where there is a folder for it.
    """
    try:
        dispatcher = njit(**_OPTIONS, cache=True)(function)
    except RuntimeError as error:  # numba finds no folder that it can write to
        logger.warning("compiled code cannot be cached (%s)", error)
        return cast("Callable[..., Any]", njit(**_OPTIONS)(function))
    dispatcher._cache._cache_file.__class__ = CheckedFile  # numba has no other way to choose how its files are read
    return cast("Callable[..., Any]", dispatcher)


class CheckedFile(IndexDataCacheFile):
    """numba's files of compiled code, each with its SHA-256 beside it: as numba reads them, a damaged one is fatal.

    What is damaged counts as missing and is compiled again. What cannot be written costs a line in the log.
    """

    def save(self, key: object, data: object) -> None:
        """Write compiled code, where that is possible."""
        try:
            super().save(key, data)  # type: ignore[no-untyped-call]
        except OSError as error:
            logger.warning("%s: compiled code cannot be cached (%s)", self._cache_path, error.strerror or error)

    def _load_index(self) -> dict[Any, str]:
        if not _is_whole(Path(self._index_path)):
            return {}
        found: dict[Any, str] = super()._load_index()  # type: ignore[no-untyped-call]
        return found

    def _load_data(self, name: str) -> object:
        path = Path(self._cache_path, name)
        if not _is_whole(path):
            raise FileNotFoundError(f"{path} is missing or damaged")  # which numba expects
        return super()._load_data(name)  # type: ignore[no-untyped-call]

    @contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[Any]:
        with super()._open_for_write(filepath) as stream:
            yield stream
        path = Path(filepath)
        beside = path.with_name(f"{path.name}.{os.getpid()}.part")
        beside.write_text(_digest(path))
        os.replace(beside, _checksum_of(path))


def _is_whole(path: Path) -> bool:
    try:
        stored = _checksum_of(path)
        return path.is_file() and stored.is_file() and stored.read_text() == _digest(path)
    except (OSError, UnicodeDecodeError):
        return False


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _checksum_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
