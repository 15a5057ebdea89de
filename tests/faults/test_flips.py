"""Bit rot is named: the dataset and the snapshot, and nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from faults.flips import flipped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform != "linux", reason="follows files by /proc")
def test_one_flipped_bit_in_any_snapshot_is_named(tmp_path: Path) -> None:
    found = list(flipped(tmp_path, times=60, seed=1))  # 1,000 by `python -m tests.faults flip`
    assert len(found) == 60
    assert [each for wrong in found for each in wrong] == []
