from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from run_files import make, random_rows, snapshots

from workbench.runs import layout
from workbench.runs.errors import RunError
from workbench.runs.run import open_run
from workbench.runs.writing.recorder import Recorder, finish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_a_complete_run_is_marked_finished(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    assert snapshots(tmp_path / "run.h5") == (3, 3, True)
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_run_stopped_early_loses_its_unused_room_only(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    rows = make(path, snapshots=2, capacity=2000, close=False)
    size = path.stat().st_size
    with open_run(path) as run:
        finish(path)
        after = run.refreshed()
        assert after.run_id == run.run_id
        assert (after.title, after.created, after.spec) == (run.title, run.created, run.spec)
        np.testing.assert_array_equal(after.layer("fc1").weights(), rows[1]["/parameters/fc1.weight"])
        np.testing.assert_array_equal(run.layer("fc1").weights(), after.layer("fc1").weights())
        after.close()
    assert snapshots(path) == (2, 2, True)
    assert path.stat().st_size < size / 2
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_run_without_any_snapshot_is_valid_open_and_closed(born: Path) -> None:
    assert snapshots(born) == (0, 4, False)
    with Recorder(born):
        pass
    assert snapshots(born) == (0, 1, True)
    finish(born)
    assert snapshots(born) == (0, 1, True)


def test_the_recorder_goes_on_where_the_file_ends(tmp_path: Path) -> None:
    make(tmp_path / "run.h5", snapshots=1, capacity=3, close=False)
    with Recorder(tmp_path / "run.h5") as recorder:
        assert (recorder.committed, recorder.capacity) == (1, 3)
        recorder.commit(random_rows(7))
        recorder.commit(random_rows(8))
        with pytest.raises(RunError, match="already has all its 3 snapshots"):
            recorder.commit(random_rows(9))
    assert snapshots(tmp_path / "run.h5") == (3, 3, True)


def test_a_finished_run_takes_nothing_more(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    with pytest.raises(RunError, match="is finished"):
        Recorder(tmp_path / "run.h5")
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_second_writer_is_refused(born: Path) -> None:
    with Recorder(born) as recorder:
        for second in (Recorder, finish):
            with pytest.raises(RunError, match=f"being written by .* process {os.getpid()}"):
                second(born)
        recorder.commit(random_rows(0))
        recorder.abandon()
    Recorder(born).abandon()


def test_after_an_error_the_file_is_left_unfinished_and_after_a_closed_generator_finished(born: Path) -> None:
    def recording() -> Iterator[int]:
        with Recorder(born) as recorder:
            recorder.commit(random_rows(recorder.committed))
            yield recorder.committed

    def failing() -> None:
        with Recorder(born) as recorder:
            recorder.commit(random_rows(0))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert snapshots(born) == (1, 4, False)
    events = recording()
    assert next(events) == 2
    events.close()  # type: ignore[attr-defined]
    assert snapshots(born) == (2, 2, True)


@pytest.mark.parametrize(
    ("path", "row", "said"),
    [
        ("/parameters/fc1.weight", np.zeros((6, 15), np.float32), r"\(6, 16\)"),
        ("/parameters/fc1.weight", np.zeros((6, 16)), "float64 was given"),
        ("/parameters/fc1.bias", np.zeros(6, np.float32), "bfloat16"),
        ("/history/epoch", np.zeros(1), "history/epoch"),
        ("/parameters/unheard", np.zeros(1), "unheard"),
        ("/parameters/fc1.weight", None, r"lacks \['/parameters/fc1.weight'\]"),
    ],
)
def test_a_row_that_does_not_fit_the_plan_is_refused_and_nothing_written(
    born: Path, path: str, row: np.ndarray | None, said: str
) -> None:
    rows = random_rows(0)
    if row is None:
        del rows[path]
    else:
        rows[path] = row
    with Recorder(born) as recorder:
        with pytest.raises(ValueError, match=said):
            recorder.commit(rows)
        assert recorder.committed == 0


def test_rows_may_be_strided_and_masks_boolean(born: Path) -> None:
    rows = random_rows(0)
    rows["/parameters/fc2.mask"] = np.array([True, False, True, True, False])
    rows["/parameters/fc1.weight"] = np.asfortranarray(rows["/parameters/fc1.weight"])
    with Recorder(born) as recorder:
        recorder.commit(rows)
        with open_run(born) as run:
            parameters = run.parameters()
    np.testing.assert_array_equal(parameters["fc2.mask"], rows["/parameters/fc2.mask"])
    np.testing.assert_array_equal(parameters["fc1.weight"], rows["/parameters/fc1.weight"])


def test_a_full_run_is_opened_for_writing_where_there_is_no_next_record(born: Path) -> None:
    with Recorder(born) as recorder:
        for t in range(4):
            recorder.commit(random_rows(t))
        recorder.abandon()
    recorder = Recorder(born)
    assert recorder.committed == recorder.capacity
    recorder.abandon()


def test_where_a_reader_forbids_replacing_the_file_is_finished_as_it_is(
    born: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def held(*_: object) -> None:
        raise PermissionError(13, "the file is open in another process")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", held)
        with Recorder(born) as recorder:
            recorder.commit(random_rows(0))
    assert "keeps its unused room" in caplog.text
    assert snapshots(born) == (1, 4, True)
    finish(born)
    assert snapshots(born) == (1, 1, True)


def test_no_writer_touches_a_run_whose_damage_hides_snapshots(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    make(path, close=False)
    with h5py.File(path, "r+") as file:
        file[layout.COMMIT][1, 2] += 1
    before = path.read_bytes()
    for writer in (Recorder, finish):
        with pytest.raises(RunError, match="holds snapshot 2 after a damaged record"):
            writer(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_forgotten_recorder_gives_its_lock_back(born: Path) -> None:
    Recorder(born).commit(random_rows(0))
    gc.collect()
    assert os.listdir(born.parent) == ["run.h5"]
    assert snapshots(born) == (1, 4, False)
