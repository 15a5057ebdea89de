"""Run files in which a bit is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h5py

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = "/parameters/fc1.weight"


def flip(path: Path, dataset: str, snapshot: int) -> None:
    """One bit of a row is another."""
    with h5py.File(path, "r") as file:
        stored = file[dataset]
        row = stored.id.get_storage_size() // stored.shape[0]
        place = stored.id.get_offset() + snapshot * row + row // 2
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0x04]))
