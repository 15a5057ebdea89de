"""What a training needs to go on: one whole state at any moment, and nothing of anybody else's touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from run_files import make

from workbench.runs.errors import DiskFull, RunError, RunMoved
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.run import open_run
from workbench.runs.writing import resumption
from workbench.runs.writing.resumption import StateKeeper, kept_state, remove_state, resume_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUN_ID = "the run"


def state(number: int) -> dict[str, np.ndarray]:
    return {
        "optimiser.fc1.weight.exp_avg": np.full((3, 4), number, np.float32),
        "optimiser.fc1.weight.step": np.array(number, np.float32),
        "gone.fc1": np.array([0, 1, number % 2], np.uint8),
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.h5"


def assert_keeps(run: Path, *numbers: int) -> None:
    for number in numbers:
        found = kept_state(run, RUN_ID, number)
        assert list(found) == list(state(number))
        for name, row in state(number).items():
            np.testing.assert_array_equal(found[name], row)
            assert (found[name].dtype, found[name].shape) == (row.dtype, row.shape)


def test_the_two_newest_states_come_back_as_they_were(run: Path) -> None:
    keeper = StateKeeper(run, RUN_ID)
    for number in range(1, 6):
        keeper.keep(number, state(number))
    keeper.close()
    assert_keeps(run, 4, 5)
    for snapshot, run_id in ((3, RUN_ID), (6, RUN_ID), (5, "another")):
        with pytest.raises(RunError, match=f"does not hold the state at snapshot {snapshot} of run.h5"):
            kept_state(run, run_id, snapshot)
    assert os.listdir(run.parent) == ["run.resume.h5"]


def test_what_a_process_that_died_left_half_made_is_in_nobodys_way(run: Path) -> None:
    run.with_name("run.resume.h5.creating").write_bytes(b"half")
    keeper = StateKeeper(run, RUN_ID)
    keeper.keep(1, state(1))
    keeper.close()
    assert kept_state(run, RUN_ID, 1)
    assert os.listdir(run.parent) == ["run.resume.h5"]


def test_a_missing_file_is_named(run: Path) -> None:
    with pytest.raises(RunError, match=r"run\.resume\.h5, which keeps the optimiser's state, is not next to it"):
        kept_state(run, RUN_ID, 1)


def test_a_state_half_written_or_spoilt_does_not_count(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = StateKeeper(run, RUN_ID)
    keeper.keep(1, state(1))
    keeper.keep(2, state(2))
    writes = []
    write = Descriptor.write

    def failing(self: Descriptor, data: bytes, offset: int) -> None:
        writes.append(offset)
        if len(writes) == 3:
            raise OSError(28, "No space left on device")
        write(self, data, offset)

    with monkeypatch.context() as patch:
        patch.setattr(Descriptor, "write", failing)
        with pytest.raises(DiskFull, match="No space left"):
            keeper.keep(3, state(3))
    assert kept_state(run, RUN_ID, 2)
    for number in (1, 3):
        with pytest.raises(RunError, match="does not hold"):
            kept_state(run, RUN_ID, number)
    keeper.keep(3, state(3))
    assert kept_state(run, RUN_ID, 3)
    keeper.close()


def test_a_training_that_goes_on_goes_on_with_its_file_and_removes_it_at_the_end(run: Path) -> None:
    first = StateKeeper(run, RUN_ID)
    first.keep(1, state(1))
    first.close()
    second = StateKeeper(run, RUN_ID)
    second.keep(2, state(2))
    assert kept_state(run, RUN_ID, 1)
    second.remove()
    assert os.listdir(run.parent) == []


def test_the_state_of_a_run_that_is_gone_gives_way(run: Path) -> None:
    gone = StateKeeper(run, "gone")
    gone.keep(1, state(1))
    gone.close()
    keeper = StateKeeper(run, RUN_ID)
    keeper.remove()
    assert kept_state(run, "gone", 1)  # nothing was kept yet, so nothing was replaced
    keeper.keep(1, {"other": np.zeros(2)})
    keeper.close()
    assert list(kept_state(run, RUN_ID, 1)) == ["other"]


def test_the_name_of_a_state_that_replaces_another_survives_a_power_cut(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = StateKeeper(run, "gone")
    gone.keep(1, state(1))
    gone.close()
    synced: list[str] = []
    monkeypatch.setattr(resumption, "sync_folder", synced.append)
    keeper = StateKeeper(run, RUN_ID)
    keeper.keep(1, state(1))
    keeper.close()
    assert synced == [str(run.parent)]


@pytest.mark.parametrize("content", [b"precious", None])
def test_no_other_file_of_that_name_is_touched(run: Path, content: bytes | None) -> None:
    if content is None:
        make(resume_path(run))
    else:
        resume_path(run).write_bytes(content)
    before = resume_path(run).read_bytes()
    with pytest.raises(RunError, match=r"run\.resume\.h5 is in the way"):
        StateKeeper(run, RUN_ID)
    assert resume_path(run).read_bytes() == before


def test_such_a_file_is_not_taken_for_a_run(run: Path) -> None:
    keeper = StateKeeper(run, RUN_ID)
    keeper.keep(1, state(1))
    keeper.close()
    with pytest.raises(
        RunError, match="is not a run: it stores what a training needs to resume; open the run next to it"
    ):
        open_run(resume_path(run))


@pytest.fixture
def keeper(run: Path) -> Iterator[StateKeeper]:
    keeper = StateKeeper(run, RUN_ID)
    for number in (1, 2):
        keeper.keep(number, state(number))
    yield keeper
    keeper.close()


@pytest.mark.parametrize(
    "how", [Path.unlink, lambda file: file.rename(file.with_name("moved.h5"))], ids=["deleted", "moved"]
)
def test_states_that_are_gone_are_written_again_with_the_one_before(
    keeper: StateKeeper, run: Path, how: Callable[[Path], None]
) -> None:
    how(run.with_name("run.resume.h5"))
    keeper.keep(3, state(3))
    assert_keeps(run, 2, 3)


def test_a_file_in_the_place_of_the_states_is_never_replaced(keeper: StateKeeper, run: Path) -> None:
    beside = run.with_name("run.resume.h5")
    beside.unlink()
    beside.write_bytes(b"precious")
    with pytest.raises(RunMoved, match=r"run\.resume\.h5 was replaced by another file"):
        keeper.keep(3, state(3))
    keeper.go_on_as(run.with_name("other.h5"))
    keeper.keep(3, state(3))
    assert_keeps(run.with_name("other.h5"), 2, 3)
    keeper.remove()
    assert beside.read_bytes() == b"precious"
    assert os.listdir(run.parent) == ["run.resume.h5"]


def test_a_file_that_comes_before_the_first_state_is_not_replaced(run: Path) -> None:
    keeper, beside = StateKeeper(run, RUN_ID), run.with_name("run.resume.h5")
    beside.write_bytes(b"precious")
    with pytest.raises(RunMoved, match="another program's file"):
        keeper.keep(1, state(1))
    assert beside.read_bytes() == b"precious"


def test_at_the_end_only_its_own_states_are_removed(keeper: StateKeeper, run: Path) -> None:
    beside = run.with_name("run.resume.h5")
    before = beside.read_bytes()
    remove_state(run, "another run")
    assert beside.read_bytes() == before
    beside.write_bytes(b"precious")
    remove_state(run, RUN_ID)
    assert beside.read_bytes() == b"precious"
    beside.write_bytes(before)
    remove_state(run, RUN_ID)
    assert not beside.exists()
    remove_state(run, RUN_ID)
