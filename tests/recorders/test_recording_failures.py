"""What cannot be recorded is said, and whatever fails while recording, the training goes on."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
from noise import small, trained
from torch import nn

from workbench.recorders.own_loop import RecordingWarning, record
from workbench.runs.errors import DiskFull
from workbench.runs.run import open_run
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_training_that_fails_leaves_what_was_kept(tmp_path: Path) -> None:
    model = small()

    def fails() -> None:
        with record(tmp_path / "run.h5", model, snapshots=2, steps=100, quiet=True) as recorder:
            trained(recorder, model, 5)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fails()
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.capacity, run.finished) == ([0, 2, 4], 3, True)


def test_a_recorder_that_nobody_closes_is_closed_when_it_is_let_go(tmp_path: Path) -> None:
    model = small()
    recorder = record(tmp_path / "run.h5", model, snapshots=2, steps=100, quiet=True)
    trained(recorder, model, 3)
    del recorder
    with open_run(tmp_path / "run.h5") as run:
        assert (run.iterations.tolist(), run.finished) == ([0, 2], True)


def no_room(*_: object) -> None:
    raise DiskFull("run.h5", "cannot be written", "make room")


@pytest.mark.parametrize("strict", [False, True], ids=["warned", "warnings are errors"])
def test_an_error_of_the_recorder_is_said_once_and_the_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strict: bool
) -> None:
    model = small()
    recorder = record(tmp_path / "run.h5", model, snapshots=1, steps=8, quiet=True)
    commit = Recorder.commit
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("error" if strict else "always")
        with recorder:
            trained(recorder, model, 2)
            recorder._keeping.background.do(lambda: monkeypatch.setattr(Recorder, "commit", no_room))
            trained(recorder, model, 3)
            recorder._keeping.background.do(lambda: monkeypatch.setattr(Recorder, "commit", commit))
            trained(recorder, model, 3)
    if not strict:
        (warning,) = [each for each in said if each.category is RecordingWarning]
        assert "the snapshot at step" in str(warning.message)
        assert "is lost (DiskFull" in str(warning.message)
    with open_run(tmp_path / "run.h5") as run:
        kept = run.iterations.tolist()
        assert run.finished
        assert kept == [0, 1, 5, 6, 7, 8]  # step 2 was still being measured when the disk was full


def test_a_measurement_that_fails_costs_its_snapshot_only(tmp_path: Path) -> None:
    model = small()
    results = iter([{"test_accuracy": 1.0}, None, {"test_accuracy": 3.0}])
    recorder = record(tmp_path / "run.h5", model, snapshots=1, steps=2, quiet=True, evaluate=lambda _: next(results))
    with pytest.warns(RecordingWarning, match="the snapshot at step 1 is lost"), recorder:
        trained(recorder, model, 2)
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [0, 2]


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="MB free"):
        record(tmp_path / "run.h5", nn.Linear(2_000, 2_000), snapshots=1, steps=900_000, quiet=True)
    with pytest.raises(ValueError, match="1 to 1000000 snapshots"):
        record(tmp_path / "run.h5", small(), snapshots=1, steps=10**9, quiet=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("make", "options", "problem"),
    [
        (small, {"layers": ["1"]}, "has no layer '1'; it has 0, 3"),
        (lambda: nn.ModuleDict({"encoder": nn.Linear(2, 2)}), {"layers": ["encode"]}, "did you mean 'encoder'"),
        (lambda: nn.ReLU(), {}, "no linear or convolutional layer"),
        (small, {"snapshots": "sometimes"}, "snapshot schedule 'sometimes' is not known"),
        (small, {"snapshots": 0}, "at least 1"),
        (small, {"dtype": "int4"}, "number type 'int4'"),
        (small, {"data": "cifar11"}, "Did you mean cifar10"),
        (lambda: nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 3)), {}, "pass one batch through"),
        (lambda: nn.Sequential(nn.Linear(3, 3, device="meta")), {}, "on the meta device cannot be recorded"),
    ],
)
def test_what_cannot_be_recorded_is_said_at_once(
    tmp_path: Path, make: Callable[[], nn.Module], options: dict, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        record(tmp_path / "run.h5", make(), steps=5, quiet=True, **options)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run.h5").write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="never overwritten"):
        record(tmp_path / "run.h5", small(), steps=5, quiet=True)
    assert (tmp_path / "run.h5").read_bytes() == b"precious"
