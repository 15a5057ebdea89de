"""A disk that is full or fails in the middle: the run pauses, and what was committed stays sound."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from run_files import PLAN, output, random_rows, snapshots

from workbench.runs import commits, layout
from workbench.runs.errors import DiskFull
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.run import open_run
from workbench.runs.verify import verify
from workbench.runs.writing.recorder import Recorder, finish

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("failing_call", [1, 2])
def test_after_a_failed_fsync_the_whole_row_is_written_again(
    born: Path, monkeypatch: pytest.MonkeyPatch, code: int, failing_call: int
) -> None:
    calls = []
    sync = Descriptor.sync

    def failing(self: Descriptor) -> None:
        calls.append(self)
        if len(calls) == failing_call:
            raise OSError(code, os.strerror(code))
        sync(self)

    recorder = Recorder(born)
    recorder.commit(random_rows(0))
    monkeypatch.setattr(Descriptor, "sync", failing)
    with pytest.raises(DiskFull, match="keeps its 1 snapshot"):
        recorder.commit(random_rows(1))
    with open_run(born) as run:
        assert list(verify(run)) == []
    recorder.commit(random_rows(2))
    with open_run(born) as run:
        np.testing.assert_array_equal(run.layer("fc1").weights(), random_rows(2)["/parameters/fc1.weight"])
    recorder.abandon()
    assert snapshots(born) == (2, 4, False)


class Tape:
    """What a recorder writes and syncs, by name; the calls from `failing` on fail as on a full disk."""

    def __init__(self, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.failing = 1000
        rows, write, sync = recorder._rows, Descriptor.write, Descriptor.sync
        names = {rows.offset(path, recorder.committed): path for path in rows.structure.order}
        self._record = rows.offset(layout.COMMIT, recorder.committed)

        def taped(call: str) -> None:
            self.calls.append(call)
            if len(self.calls) >= self.failing:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def writing(descriptor: Descriptor, data: np.ndarray | bytes, offset: int) -> None:
            blank = not any(data) if isinstance(data, bytes) else False
            taped(("clear" if blank else "record") if offset == self._record else names[offset])
            write(descriptor, data, offset)

        def syncing(descriptor: Descriptor) -> None:
            taped("sync")
            sync(descriptor)

        monkeypatch.setattr(Descriptor, "write", writing)
        monkeypatch.setattr(Descriptor, "sync", syncing)


ROW = [dataset.path for dataset in PLAN]


def test_a_retry_that_dies_within_its_row_leaves_no_record_that_vouches_for_it(
    born: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(born)
    recorder.commit(random_rows(0))
    with monkeypatch.context() as patch:
        tape = Tape(recorder, patch)
        tape.failing = len(ROW) + 3  # the fsync behind the record: it may be on the disk
        with pytest.raises(DiskFull):
            recorder.commit(random_rows(1))
        assert tape.calls == [*ROW, "sync", "record", "sync"]
        with open_run(born) as run:
            assert run.snapshots == 2  # as a power cut could leave it: whole
        tape.calls, tape.failing = [], 6
        with pytest.raises(DiskFull):
            recorder.commit(random_rows(2))
        assert tape.calls == ["clear", "sync", *ROW[:4]]  # the record is gone before the first byte of the row
    with open_run(born) as run:
        assert (run.snapshots, list(verify(run))) == (1, [])
    recorder.commit(random_rows(2))
    recorder.abandon()
    assert snapshots(born) == (2, 4, False)


def test_a_torn_record_of_a_dead_writer_is_cleared_before_the_row_is_written(
    born: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(born, "r+") as file:
        file[layout.COMMIT][0, 0] = commits.MAGIC
    recorder = Recorder(born)
    tape = Tape(recorder, monkeypatch)
    recorder.commit(random_rows(0))
    assert tape.calls == ["clear", "sync", *ROW, "sync", "record", "sync"]
    recorder.abandon()


def test_where_nothing_failed_a_commit_costs_two_syncs_and_clears_nothing(
    born: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(born)
    for t in range(3):
        with monkeypatch.context() as patch:
            tape = Tape(recorder, patch)
            recorder.commit(random_rows(t))
        assert tape.calls == [*ROW, "sync", "record", "sync"]
    recorder.abandon()


FULL = """
import resource, sys
from run_files import *
from workbench.runs.errors import DiskFull
path = sys.argv[1]
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
limit(100_000)
try: create(path, SPEC, LAYERS, PLAN, 4, "")
except DiskFull as error: print(error)
assert not any(p.name.startswith("run") for p in Path(path).parent.iterdir())
limit(resource.RLIM_INFINITY)
create(path, SPEC, LAYERS, PLAN, 4, "")
recorder = Recorder(path)
recorder.commit(random_rows(0))
limit(1_054_000)
for _ in range(2):
    try: recorder.commit(random_rows(1))
    except DiskFull as error: print(error)
limit(resource.RLIM_INFINITY)
recorder.commit(random_rows(1))
limit(1_054_000)
recorder.close()
"""


def test_a_full_disk_pauses_the_run_and_loses_nothing(born: Path) -> None:
    born.unlink()
    lines = [line for line in output(FULL, str(born)).splitlines() if "cannot be written" in line]
    assert len(lines) == 3
    assert "the run was not made" in lines[0]
    assert "the run keeps its 1 snapshot" in lines[1]
    with open_run(born) as run:
        assert (run.snapshots, run.finished, list(verify(run))) == (2, True, [])
        assert run.notes == ("stopped after 2 of 4 snapshots; the file still holds the unused room",)
    finish(born)
    assert snapshots(born) == (2, 2, True)
    assert os.listdir(born.parent) == ["run.h5"]
