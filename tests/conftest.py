"""What holds for every test: nothing is read from or kept in the user's own folders."""

from __future__ import annotations

import gc
from itertools import count
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BETWEEN_COLLECTIONS = 50  # tests
_number = count()


@pytest.fixture(autouse=True)
def collected() -> None:
    """Old objects are looked through for garbage once in so many tests: half a million of them take half a second."""
    if next(_number) % BETWEEN_COLLECTIONS == 0:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders for caches and data are new ones for each test."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def on_mnist(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run and the data folder it was trained on (see `own_mnist`), which no test may change."""
    from tests.own_mnist import trained, write_data

    folder = tmp_path_factory.mktemp("mnist")
    root = write_data(folder / "data")
    return trained(folder / "run.h5", root), root
