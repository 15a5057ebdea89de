"""Any number of readers follow a run while it is written: no wrong row, and nothing that was said before is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from faults.live import followed, read_as_the_workbench, read_plainly, write

if TYPE_CHECKING:
    from pathlib import Path


def test_readers_in_other_processes_see_right_rows_and_are_not_behind(tmp_path: Path) -> None:
    found = list(followed(tmp_path, 100, ("workbench", "h5py", "workbench")))  # 1,000 reads by the long form
    assert [name for name, _ in found] == ["workbench", "h5py", "workbench"]
    assert [(read.wrong, read.behind) for _, read in found] == [(0, 0)] * 3
    assert all(read.reads > 3 for _, read in found)


@pytest.mark.parametrize("reader", [read_as_the_workbench, read_plainly])
def test_a_wrong_row_would_be_counted(tmp_path: Path, reader: object) -> None:
    path = tmp_path / "live.h5"
    write(path, 9)
    assert callable(reader)
    assert (reader(path).wrong, reader(path).behind) == (0, 0)
    data = path.read_bytes()
    at = data.rindex(b"\x00\x00\x10\x41" * 400)  # 9.0 in the last row of fc1
    path.write_bytes(data[: at + 40] + b"\x00" + data[at + 41 :].replace(b"\x00\x00\x10\x41", b"\x00\x00\x20\x41", 1))
    (tmp_path / "live.h5.said").write_bytes((10).to_bytes(8, "little"))
    assert (reader(path).wrong, reader(path).behind) == (1, 1)
