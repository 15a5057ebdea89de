"""Trainings that go on, on the command line: killed, stopped, paused."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = ("train", "--widths", "12,6", "--classes", "3,5,7", "--iterations", "40", "--snapshots", "every:4")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing interrupted."""
    path = tmp_path_factory.mktemp("whole") / "run.h5"
    assert main([*TRAIN, "--device", "cpu", "--out", str(path)]) == 0
    return path


def snapshots(path: Path) -> int:
    try:
        with wb.open_run(path) as run:
            return run.snapshots
    except RunError:
        return 0


SLOWLY = """
import signal, sys, time
from workbench.cli import main
from workbench.runs.writing.recorder import Recorder
commit = Recorder.commit
def slowly(self, rows):
    commit(self, rows)
    time.sleep(0.2)
Recorder.commit = slowly
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs tests in the background has it ignored
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=["killed", "Ctrl-C", "SIGTERM"])
@pytest.mark.thinned(3)
def test_a_training_goes_on_after_its_end_by_a_signal(
    whole: Path, tmp_path: Path, end: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.h5"
    words = [*TRAIN, "--device", "cpu", "--out", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SLOWLY, *words], stdout=pipe, stderr=pipe) as child:
        while snapshots(path) < 3 and child.poll() is None:
            time.sleep(0.02)
        child.send_signal(end)
        told, said = child.communicate(timeout=60)
    assert child.returncode == (-9 if end is signal.SIGKILL else 128 + end), said
    with wb.open_run(path) as run:
        assert 3 <= run.snapshots < 12
        assert run.finished is (end is not signal.SIGKILL)
        if run.finished:
            assert f"{run.snapshots} snapshots, stopped at epoch {run.epochs[-1]:.4g}" in told.decode()
    assert main(["train", "--resume", str(path)]) == 0
    assert " snapshots, finished" in capsys.readouterr().out
    with wb.open_run(path) as run, wb.open_run(whole) as other:
        common = np.flatnonzero(np.isin(run.iterations, other.iterations))
        assert len(common) == other.snapshots == 11
        assert run.snapshots - 11 in (0, 1)  # where it was stopped
        for at, snapshot in enumerate(common):
            for key, values in other.parameters(at).items():
                np.testing.assert_array_equal(run.parameters(snapshot)[key], values)
        for name in ("train_loss", "test_loss", "iteration"):
            np.testing.assert_array_equal(run.history(name)[common], other.history(name))
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--resume", "RUN", "--epochs", "3"], 2, "a resumed training keeps its values"),
        (["--resume", "RUN", "--out", "other.h5"], 2, "a resumed training keeps its values"),
        (["--resume", "RUN", "--no-bias"], 2, "a resumed training keeps its values"),
        (["--resume", "RUN"], 1, "is complete"),
        (["--resume", "missing.h5"], 1, "does not exist"),
        (["--epochs", "3"], 2, "name the run file to write with --out"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    whole: Path, words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *(str(whole) if word == "RUN" else word for word in words)]) == status
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
