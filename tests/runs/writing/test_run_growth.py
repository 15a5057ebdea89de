"""Runs whose length nobody knew: they grow, and lose nothing while they do."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from run_files import LAYERS, PLAN, SPEC, make, output, random_rows

from workbench.runs import layout, rows
from workbench.runs.confinement.structure import RefusedError
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.run import open_run
from workbench.runs.verify import verify
from workbench.runs.writing import copying
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.files.descriptor import Descriptor


@pytest.fixture
def born(tmp_path: Path) -> Path:
    """A run of no snapshots with room for two."""
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 2, "grows")
    return tmp_path / "run.h5"


def test_a_recorder_that_grows_doubles_the_room_and_the_end_takes_what_is_left(born: Path) -> None:
    capacities = []
    with open_run(born) as first, Recorder(born, grows=True) as recorder:
        for t in range(9):
            recorder.commit(random_rows(t))
            capacities.append(recorder.capacity)
    assert capacities == [2, 2, 4, 4, 8, 8, 8, 8, 16]
    with open_run(born) as run:
        assert (run.snapshots, run.capacity, run.finished, list(verify(run))) == (9, 9, True, [])
        assert (run.run_id, run.title, run.created, run.spec) == (first.run_id, "grows", first.created, first.spec)
        for t in range(9):
            np.testing.assert_array_equal(run.layer("fc1").weights(t), random_rows(t)["/parameters/fc1.weight"])
    assert os.listdir(born.parent) == ["run.h5"]


@pytest.mark.parametrize("replaced", [0, 1, rows.ATTEMPTS - 1, rows.ATTEMPTS])
def test_a_run_that_is_replaced_while_it_is_looked_into_is_opened_again(
    born: Path, monkeypatch: pytest.MonkeyPatch, replaced: int
) -> None:
    real, looks = rows.examine, []

    def examine(descriptor: Descriptor, file_format: str) -> object:
        looks.append(descriptor)
        if len(looks) > replaced:
            return real(descriptor, file_format)
        shutil.copy(born, born.with_name("grown.h5"))
        born.with_name("grown.h5").replace(born)
        raise RefusedError("/", "is half of another file", "wait")

    monkeypatch.setattr(rows, "examine", examine)
    if replaced < rows.ATTEMPTS:
        rows.open_rows(born).close()
    else:
        with pytest.raises(RunError, match="is half of another file"):
            rows.open_rows(born)
    assert len(looks) == min(replaced + 1, rows.ATTEMPTS)


def test_a_recorder_that_does_not_grow_says_that_the_run_is_full(born: Path) -> None:
    with Recorder(born) as recorder:
        for t in range(2):
            recorder.commit(random_rows(t))
        with pytest.raises(RunError, match="already has all its 2 snapshots"):
            recorder.commit(random_rows(2))


def test_no_run_grows_beyond_what_the_format_allows(born: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_CAPACITY", 3)
    with Recorder(born, grows=True) as recorder:
        for t in range(3):
            recorder.commit(random_rows(t))
        with pytest.raises(RunError, match="already has all its 3 snapshots"):
            recorder.commit(random_rows(3))


def test_readers_follow_a_run_from_file_to_file(born: Path) -> None:
    def write() -> None:
        with Recorder(born, grows=True) as recorder:
            for t in range(40):
                recorder.commit(random_rows(t))

    writer = threading.Thread(target=write)
    run = open_run(born)
    writer.start()
    capacities = set()
    while not run.finished:
        newer = run.refreshed()
        assert newer.snapshots >= run.snapshots
        capacities.add(newer.capacity)
        if newer.snapshots > run.snapshots:
            np.testing.assert_array_equal(newer.epochs, np.arange(newer.snapshots))
            last = random_rows(newer.snapshots - 1)
            np.testing.assert_array_equal(newer.layer("fc1").weights(), last["/parameters/fc1.weight"])
        run = newer
    writer.join()
    run = run.refreshed()
    assert (run.snapshots, run.capacity) == (40, 40)
    assert len(capacities) > 2
    run.close()


FULL = """
import resource, sys
from run_files import *
from workbench.runs.errors import DiskFull
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
recorder = Recorder(sys.argv[1], grows=True)
for t in range(2): recorder.commit(random_rows(t))
limit(1_050_000)
for _ in range(2):
    try: recorder.commit(random_rows(2))
    except DiskFull as error: print(error)
limit(resource.RLIM_INFINITY)
recorder.commit(random_rows(2))
print(recorder.committed, recorder.capacity)
recorder.close()
"""


def test_without_room_to_grow_nothing_is_lost_and_it_grows_when_there_is_room(born: Path) -> None:
    *full, counts = output(FULL, str(born)).splitlines()
    assert len(full) == 2
    assert all("cannot be written" in line for line in full)
    assert counts == "3 4"
    with open_run(born) as run:
        assert (run.snapshots, run.finished, list(verify(run))) == (3, True, [])
    assert os.listdir(born.parent) == ["run.h5"]


def test_where_a_reader_forbids_replacing_the_recorder_waits_for_it(
    born: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "the file is open in another process")

    with Recorder(born, grows=True) as recorder:
        for t in range(2):
            recorder.commit(random_rows(t))
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", held)
            with pytest.raises(DiskFull, match="held open by another program"):
                recorder.commit(random_rows(2))
        recorder.commit(random_rows(2))
        assert (recorder.committed, recorder.capacity) == (3, 4)


@pytest.mark.parametrize("name", copying.SIDE_NAMES)
def test_the_next_writer_removes_what_a_dead_one_left(tmp_path: Path, name: str) -> None:
    make(tmp_path / "run.h5", close=False)
    (tmp_path / f"run.h5.{name}").write_bytes(b"half a copy")
    Recorder(tmp_path / "run.h5").abandon()
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_copy_that_was_not_written_faithfully_never_takes_the_place(
    born: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = copying._copy_dataset

    def spoilt(rows: copying.Rows, copy: copying.Rows, path: str, committed: int) -> list[int]:
        checksums = copied(rows, copy, path, committed)
        if path == "/parameters/fc1.weight":
            copy.descriptor.write(b"\xff", copy.offset(path, 1) + 5)
        return checksums

    with Recorder(born, grows=True) as recorder:
        for t in range(2):
            recorder.commit(random_rows(t))
        with monkeypatch.context() as patch:
            patch.setattr(copying, "_copy_dataset", spoilt)
            with pytest.raises(RunError, match=r"fc1.weight, snapshot 1 was not written correctly"):
                recorder.commit(random_rows(2))
        recorder.commit(random_rows(2))
    with h5py.File(born) as file:
        assert file["/parameters/fc1.weight"].shape[0] == 3
    assert os.listdir(born.parent) == ["run.h5"]
