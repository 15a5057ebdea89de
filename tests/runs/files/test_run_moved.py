"""A run that is deleted, moved, replaced or overwritten while it is written: that is noticed, and nothing is lost."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from run_files import LAYERS, PLAN, SPEC, make, random_rows

from workbench.runs import commits
from workbench.runs.errors import DiskFull, RunError, RunMoved
from workbench.runs.files.moved import recovered_path
from workbench.runs.run import open_run
from workbench.runs.verify import verify
from workbench.runs.writing import copying
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder, finish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WEIGHTS = "/parameters/fc1.weight"


def delete(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.h5"))


def replace(path: Path) -> None:
    make(path.with_name("other.h5"))
    path.with_name("other.h5").replace(path)


def link(path: Path) -> None:
    move(path)
    path.symlink_to(path.with_name("moved.h5"))


REPLACED = "was replaced by another file"
GONE = {delete: "was deleted", move: r"was moved to \S*/moved\.h5", replace: REPLACED, link: REPLACED}
WAYS = pytest.mark.parametrize("how", GONE)


@pytest.fixture
def path(born: Path) -> Path:
    return born


@pytest.fixture
def recorder(path: Path) -> Iterator[Recorder]:
    """Its writer, which has written two snapshots."""
    recorder = Recorder(path, grows=True)
    for t in range(2):
        recorder.commit(random_rows(t))
    yield recorder
    recorder.abandon()


def assert_holds(path: Path | str, snapshots: int, finished: bool = True) -> None:
    """The run at `path` is sound and holds these snapshots."""
    with open_run(path) as run:
        assert (run.snapshots, run.finished, list(verify(run))) == (snapshots, finished, [])
        for t in range(snapshots):
            np.testing.assert_array_equal(run.layer("fc1").weights(t), random_rows(t)[WEIGHTS])


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file() and each.suffix == ".h5"}


@WAYS
def test_a_commit_notices_it_and_touches_nothing(recorder: Recorder, path: Path, how: Callable[[Path], None]) -> None:
    how(path)
    before = contents(path.parent)
    with pytest.raises(RunMoved, match=rf"run\.h5 {GONE[how]}.* while it was being written; put it back"):
        recorder.commit(random_rows(2))
    assert recorder.committed == 2
    assert contents(path.parent) == before


@WAYS
def test_it_goes_on_under_another_name(recorder: Recorder, path: Path, how: Callable[[Path], None]) -> None:
    how(path)
    before = contents(path.parent)
    with pytest.raises(RunMoved):
        recorder.commit(random_rows(2))
    other = path.with_name("other name.h5")
    recorder.go_on_as(other)
    for t in range(2, 6):  # beyond what it had room for
        recorder.commit(random_rows(t))
    recorder.close()
    assert recorder.path == str(other)
    assert_holds(other, 6)
    assert contents(path.parent) == before | {other.name: other.read_bytes()}
    assert not list(path.parent.glob("*.lock"))


@WAYS
def test_closing_saves_what_was_committed_under_a_free_name(
    recorder: Recorder, path: Path, how: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    (path.parent / "run-recovered.resume.h5").touch()
    how(path)
    before = contents(path.parent)
    recorder.close()
    saved = path.with_name("run-recovered-2.h5")
    assert recorder.path == str(saved)
    assert f"Its 2 snapshots are in {saved}" in caplog.text
    assert_holds(saved, 2)
    assert contents(path.parent) == before | {saved.name: saved.read_bytes()}


def test_a_run_that_is_moved_back_takes_the_next_snapshot(recorder: Recorder, path: Path) -> None:
    move(path)
    with pytest.raises(RunMoved):
        recorder.commit(random_rows(2))
    path.with_name("moved.h5").rename(path)
    recorder.commit(random_rows(2))
    recorder.close()
    assert_holds(path, 3)


def test_where_it_was_moved_to_it_goes_on_without_a_copy(recorder: Recorder, path: Path) -> None:
    move(path)
    moved = path.with_name("moved.h5")
    inode = moved.stat().st_ino
    recorder.go_on_as(moved)
    recorder.commit(random_rows(2))
    assert moved.stat().st_ino == inode
    recorder.close()
    assert_holds(moved, 3)
    assert os.listdir(path.parent) == ["moved.h5"]


@WAYS
@pytest.mark.parametrize("end", [True, False], ids=["at the end", "when it grows"])
def test_a_copy_never_takes_the_place_of_another_file(
    recorder: Recorder, path: Path, how: Callable[[Path], None], end: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file goes while its copy is made: after the first look at it, before the last."""
    copied = copying._copy

    def slow(*arguments: object) -> None:
        copied(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(copying, "_copy", copied)
        how(path)

    snapshots = 2 if end else 4
    for t in range(2, snapshots):
        recorder.commit(random_rows(t))
    monkeypatch.setattr(copying, "_copy", slow)
    if not end:
        with pytest.raises(RunMoved):
            recorder.commit(random_rows(4))
    recorder.close()
    if how is replace:
        assert_holds(path, 3)  # the other run, as it was
    assert_holds(path.with_name("run-recovered.h5"), snapshots)
    assert not list(path.parent.glob("run.h5.*"))


def test_another_name_that_cannot_be_taken_leaves_all_as_it_was(recorder: Recorder, path: Path) -> None:
    taken = path.with_name("taken.h5")
    taken.write_bytes(b"precious")
    move(path)
    with pytest.raises(FileExistsError, match=r"never overwritten.*taken\.h5"):
        recorder.go_on_as(taken)
    with pytest.raises(RunError, match=r"run\.h5\.lock cannot be made"):
        recorder.go_on_as(path.parent / "no folder" / "run.h5")
    assert taken.read_bytes() == b"precious"
    assert not list(path.parent.glob("taken.h5.*"))
    path.with_name("moved.h5").rename(path)
    recorder.commit(random_rows(2))


def test_a_full_disk_keeps_the_old_file_open_for_another_try(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1000))
        with pytest.raises(DiskFull, match="has 0 MB free"):
            recorder.go_on_as(path)
    recorder.go_on_as(path)
    recorder.close()
    assert_holds(path, 2)


def overwrite_with_a_run_of_another_shape(path: Path) -> None:
    make(path.with_name("other.h5"), snapshots=4, capacity=9)
    path.write_bytes(path.with_name("other.h5").read_bytes())


def overwrite_with_a_run_of_one_shape(path: Path) -> None:
    make(path.with_name("other.h5"), snapshots=4, capacity=4)
    path.write_bytes(path.with_name("other.h5").read_bytes())


def cut_short(path: Path) -> None:
    os.truncate(path, 1 << 20)


@pytest.mark.parametrize("how", [overwrite_with_a_run_of_another_shape, overwrite_with_a_run_of_one_shape, cut_short])
def test_a_file_that_another_program_writes_into_is_not_written_any_further(
    recorder: Recorder, path: Path, how: Callable[[Path], None]
) -> None:
    how(path)
    before = path.read_bytes()
    with pytest.raises(RunError, match="was overwritten by another program") as caught:
        recorder.commit(random_rows(2))
    assert not isinstance(caught.value, RunMoved)
    recorder.abandon()
    assert path.read_bytes() == before


def test_a_single_snapshot_that_another_program_writes_over_is_noticed(path: Path) -> None:
    recorder = Recorder(path)
    recorder.commit(random_rows(0))
    overwrite_with_a_run_of_one_shape(path)
    with pytest.raises(RunError, match="was overwritten by another program"):
        recorder.commit(random_rows(1))
    recorder.abandon()


def test_an_empty_run_that_is_gone_leaves_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(path)
    delete(path)
    recorder.close()
    assert "was deleted while it was being written" in caplog.text
    assert os.listdir(path.parent) == []


def test_what_is_given_up_is_removed_and_nothing_that_lies_in_its_place(path: Path) -> None:
    recorder = Recorder(path)
    recorder.discard()
    recorder.discard()
    assert os.listdir(path.parent) == []
    create(path, SPEC, LAYERS, PLAN, 4, "")
    recorder = Recorder(path)
    replace(path)
    before = path.read_bytes()
    recorder.discard()
    assert path.read_bytes() == before


def test_only_the_file_that_is_meant_is_finished(path: Path) -> None:
    status = path.stat()
    replace(path)
    before = path.read_bytes()
    assert not finish(path, (status.st_dev, status.st_ino))
    assert path.read_bytes() == before
    now = path.stat()
    assert finish(path, (now.st_dev, now.st_ino))


def test_the_recovered_run_lies_where_its_folder_was(tmp_path: Path) -> None:
    assert recovered_path(tmp_path / "gone" / "away" / "run.h5") == tmp_path / "run-recovered.h5"


@pytest.mark.parametrize("budget", [1, 200])
def test_rows_larger_than_what_is_copied_or_read_at_once_go_one_by_one(
    recorder: Recorder, path: Path, monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(copying, "COPIED_AT_ONCE", budget)
    monkeypatch.setattr(commits, "AT_ONCE", budget)
    for t in range(2, 5):
        recorder.commit(random_rows(t))
    recorder.close()
    assert_holds(path, 5)
