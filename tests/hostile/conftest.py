"""Sound runs to be spoilt, and a canary beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import sound
import spoils

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def sound_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound run of three snapshots."""
    path = tmp_path_factory.mktemp("sound") / "run.h5"
    sound.make(path)
    return path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, sound_bytes: bytes) -> Path:
    """A copy of it, to be spoilt."""
    path = tmp_path / "run.h5"
    path.write_bytes(sound_bytes)
    return path


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Another file of the user's."""
    path = tmp_path / "private"
    path.write_bytes(spoils.CANARY * 20)
    return path
