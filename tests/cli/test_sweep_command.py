"""`workbench sweep`: what it trains, keeps, refuses and says."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from math import nan
from typing import TYPE_CHECKING

import pytest

from workbench.cli import main
from workbench.cli.sweeping.live_table import LiveTable, row, sparkline
from workbench.cli.sweeping.table_file import trials_of
from workbench.experiments.groups import counts
from workbench.experiments.running import TrialEvent
from workbench.experiments.table import Trial
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.training.resuming import resumable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TINY = """
net = "lenet"
widths = "8,4"
data = "digits"
classes = "3,5"
iterations = 4
snapshots = "log:3"
device = "cpu"
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], str]:
    """The path of a file with this text."""

    def write(text: str) -> str:
        path = tmp_path / "spec.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_every_combination_is_trained_once(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", written(f"{TINY}lr = [0.05, 0.1]\nruns = 2\n"), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(words) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "4 trainings, 1 at a time (as you asked)"
    assert last == "4 trainings: 4 done"
    files = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert files == [f"lenet-digits-lr{lr}-seed{seed}.h5" for lr in ("0.05", "0.1") for seed in (0, 1)]
    with open_run(tmp_path / "out" / files[3]) as run:
        assert (run.spec.optimiser.learning_rate, run.spec.seed, run.spec.net.widths) == (0.1, 1, (8, 4))
        assert "--lr 0.1 --momentum" in (run.spec.command or "")
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.count("done, test accuracy") == 4
    assert said.count("(kept)") == 4
    assert "lr 0.05: test accuracy" in said
    assert "(2 seeds" in said
    # a file of another training is in the way of all
    words[1] = written(f"{TINY}lr = [0.05, 0.2]\nmomentum = 0.5\nruns = 2\n")
    assert main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "lenet-digits-lr0.05-seed0.h5 is another training: its optimiser.momentum is 0.9, and 0.5 is" in line
    assert line.endswith("(1 other file too)")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == files


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no option"),
        ("lr = ", "is not valid TOML"),
        ("learning = 3", "learning is no option of a training"),
        ("momentun = 0.5", "did you mean momentum?"),
        ("out = 'a.h5'", "out is no option"),
        ("lr = [0.1, 'fast']", "lr: invalid float value: 'fast'"),
        ("lr = [0.1, -1]", "the learning rate is above 0, not -1.0 (with lr = -1, seed = 0)"),
        ("net = ['lenet', 'lenett']", "Did you mean"),
        ("bias = 3", "bias is true or false, not 3"),
        ("lr = true", "lr is a number or a text, not true"),
        ("[lr]\nfrom = 1", "lr is a number or a text"),
        ("lr = []", "lr has no value"),
        ("lr = 0.1\nruns = 0", "runs is a whole number from 1 to 100"),
        ("runs = 2\nseed = [1, 2]", "several seeds or a number of runs, not both"),
        ("lr = [0.1, 0.1]", "2 trainings of the table have the same file"),
        ("recipe = ['digits-quick', 'digits-quack']", "there is no recipe 'digits-quack'"),
        (f"lr = {[*range(1, 102)]}\nbatch-size = {[*range(1, 102)]}", "more than 10,000 trainings"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_before_anything_is_trained(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    path = written(text)
    assert main(["sweep", path, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"workbench: {path}: ")
    assert problem in line
    assert not (tmp_path / "out").exists()


def test_lists_in_lists_and_recipes(written: Callable[[str], str], tmp_path: Path) -> None:
    text = "recipe = ['digits-quick', 'digits-conv']\nweight_decay = [0, 5e-4]\nseed = [3, 5]\nbias = [true, false]"
    trials = trials_of(tmp_path / "spec.toml" if written(text) else tmp_path, tmp_path)
    assert len(trials) == 16
    assert trials[-1].name == "digits_conv-digits-digits-conv-wd0.0005-biasfalse-seed5"
    assert (trials[-1].spec.net.bias, trials[-1].spec.optimiser.weight_decay) == (False, 5e-4)
    widths = trials_of(tmp_path / "spec.toml" if written("widths = [[30, 10], '20,10']") else tmp_path, tmp_path)
    assert [trial.spec.net.widths for trial in widths] == [(30, 10), (20, 10)]
    assert [trial.factors for trial in widths] == [
        (("widths", "30,10"), ("seed", "0")),
        (("widths", "20,10"), ("seed", "0")),
    ]


def test_an_interrupted_sweep_is_left_to_be_resumed(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TINY.replace("iterations = 4", "iterations = 200000").replace("log:3", "every:200")
    run = tmp_path / "out" / "lenet-digits-seed0.h5"

    def interrupt() -> None:
        while not run.with_name("lenet-digits-seed0.resume.h5").exists():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background have it ignored
    watcher = threading.Thread(target=interrupt)
    watcher.start()
    try:
        assert main(["sweep", written(f"{text}runs = 2"), "--out", str(run.parent), "--workers", "1"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    watcher.join()
    said = capsys.readouterr().out
    assert "the same command resumes what is left" in said
    assert said.endswith("2 trainings: 2 cancelled\n")
    with open_run(run) as opened:
        assert resumable(opened)
    assert {path.suffix for path in run.parent.iterdir()} == {".h5"}


def test_usage(tmp_path: Path, written: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    path, out = written(TINY), str(tmp_path / "out")
    assert main(["sweep", path, "--out", out, "--workers", "2", "--scheduler", "tcp://x"]) == 2
    assert main(["sweep", path, "--out", out, "--workers", "0"]) == 2
    assert "--workers is a number from 1" in capsys.readouterr().err


# --- the table ---


class Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


SPEC = RunSpec(NetSpec("lenet"), DataSpec("digits"))


def event(tmp_path: Path, number: int, state: str, **values: object) -> TrialEvent:
    trial = Trial(SPEC, tmp_path / f"{number}.h5", (("lr", f"0.{number}"), ("seed", "0")))
    return TrialEvent(trial, state, **values)  # type: ignore[arg-type]


def test_a_curve_in_characters() -> None:
    assert sparkline([]) == ""
    assert sparkline([None, nan, 10.0]) == "▁"
    assert sparkline([10, 20, None, 80]) == "▁▂█"
    assert len(sparkline(list(range(100)))) == 12
    assert sparkline(list(range(100)))[::11] == "▁█"


def test_a_terminal_shows_the_newest_state_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((100, 6)))
    stream = Terminal()
    running = event(tmp_path, 1, "running", iteration=5, iterations=10, accuracies=(10.0, 50.0), seconds_left=75.0)
    with LiveTable([running.trial], stream) as table:
        table.take(event(tmp_path, 1, "queued"))
        table.take(running)
    last = stream.getvalue().rpartition("\x1b[J")[2].splitlines()
    assert last[0].startswith("lr 0.1  seed 0  running   █████·····  50.00 % ▁█")
    assert last[1:] == ["1 running"]
    with LiveTable([running.trial], stream) as table:
        for number in range(2, 9):
            table.take(event(tmp_path, number, "queued"))
        table.take(event(tmp_path, 9, "failed", problem="no \x1b[31m such thing"))
        table.take(running)
    last = stream.getvalue().rpartition("\x1b[J")[2].splitlines()
    assert [line[:22] for line in last[:2]] == ["lr 0.9  seed 0  failed", "lr 0.1  seed 0  runnin"]
    assert "\\x1b[31m such thing" in last[0]
    assert last[2:] == ["… and 7 more", "1 running, 7 queued, 1 failed"]


def test_a_row_says_what_is_known(tmp_path: Path) -> None:
    kept = event(tmp_path, 1, "done", accuracies=(10.0, 90.0), kept=True)
    assert row(kept).split() == ["lr", "0.1", "seed", "0", "done", "██████████", "90.00", "%", "▁█", "kept"]
    assert counts([kept, kept]) == "2 done"
