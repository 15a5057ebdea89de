"""A training may end at any moment, by a kill or a power cut: nothing that was committed is lost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from faults.replay import killed_everywhere, power_cuts, taped
from faults.tape import Acknowledged, Disk, Write
from faults.trained import NAME, wrong

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="follows files by /proc")


def test_whatever_moment_a_training_is_killed_at_its_run_opens_with_all_it_had(tmp_path: Path) -> None:
    count = killed_everywhere(tmp_path, every=7)  # all of them by `python -m tests.faults replay`
    assert count.wrong == []
    assert count.states > 60


def test_nor_is_anything_lost_while_a_stopped_run_is_cut_to_its_size(tmp_path: Path) -> None:
    count = killed_everywhere(tmp_path, stop_after=2, every=3)
    assert count.wrong == []
    assert count.states > 40


@pytest.mark.parametrize("stop_after", [None, 4])
def test_a_power_cut_at_any_moment_loses_nothing_that_was_committed(tmp_path: Path, stop_after: int | None) -> None:
    count = power_cuts(tmp_path, states=30, seed=1, stop_after=stop_after)
    assert count.wrong == []
    assert count.states == 30


def test_a_lost_snapshot_a_wrong_row_and_a_broken_file_would_be_noticed(tmp_path: Path) -> None:
    """The suite itself: it sees what it looks for."""
    (tmp_path / "taped").mkdir()
    steps, truth = taped(tmp_path / "taped")
    path = tmp_path / "taped" / NAME
    assert wrong(path, 9, truth) == []
    assert "1 of 10 committed snapshots are lost" in wrong(path, 10, truth)
    data = bytearray(path.read_bytes())
    write = next(step for step in steps if isinstance(step, Write) and len(step.data) > 5_000)
    data[write.offset + 100] ^= 1
    path.write_bytes(data)
    assert len(wrong(path, 9, truth)) == 3  # the row, its checksum, and the row in plain h5py
    path.write_bytes(data[:5000])
    assert wrong(path, 9, truth)[0].startswith("does not open")
    path.unlink()
    assert wrong(path, 9, truth) == ["the run is gone"]
    disk = Disk()
    for step in steps:
        disk.take(step)
    assert disk.writes == []  # everything was made safe at the end
    assert [step.snapshots for step in steps if isinstance(step, Acknowledged)] == list(range(1, 10))
