"""animate: what it writes, what it says of words that make no sense, and how another program follows it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import pytest

from workbench.cli import main
from workbench.figures.progress import Progress, Written, event_in
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(resource("sample_runs/digits_conv.h5"))
SHORT = ["--size", "480x300", "--fps", "10", "--snapshots", "26:"]


def test_animate_writes_a_film(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "film.mp4"
    assert main(["animate", "timeline,training", SAMPLE, *SHORT, "--seconds", "0.2", "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\n6 frames of 480×300 pixels, 0.6 s at 10 frames a second\n"
    with av.open(str(path)) as film:
        assert sum(1 for _ in film.decode(video=0)) == 6


def test_settings_are_for_the_figures_that_have_them(tmp_path: Path) -> None:
    from workbench.cli.animating import _scenes

    given = ["cutoff=0.4", "scale=log", "part=validation", "lowrank.tolerance=2", "lowrank.part=test"]
    scenes = {each.kind: each.settings for each in _scenes(["graph", "spectrum", "pruning", "low_rank"], given)}
    assert scenes["graph"] == {"cutoff": 0.4}
    assert scenes["spectrum"] == {"scale": "log"}
    assert scenes["pruning"] == {"part": "validation"}
    assert scenes["low_rank"] == {"part": "test", "tolerance": 2}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grahp", SAMPLE], "there is no figure 'grahp'"),
        (["graph", SAMPLE], "--layer is missing"),
        (["graph", SAMPLE, "--layer", "fc9"], "has no layer fc9"),
        (["graph", SAMPLE, "--layer", "fc1", "--size", "big"], "not a size in pixels"),
        (["graph", SAMPLE, "--layer", "fc1", "--snapshots", "a:b"], "not a range"),
        (["graph", SAMPLE, "--layer", "fc1", "--snapshots", "99"], "0 to 28"),
        (["graph", SAMPLE, "--layer", "fc1", "--set", "colour=red"], "none of graph has a setting 'colour'"),
        (["graph", SAMPLE, "--layer", "fc1", "--seconds", "0"], "out of range"),
    ],
)
def test_words_that_make_no_sense(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["animate", *words, "--out", str(tmp_path / "film.mp4")]) == 2
    assert said in capsys.readouterr().err


def started(path: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workbench", "animate", "timeline", SAMPLE, *SHORT, *more, "--events"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen([*command, "--out", str(path)], env=os.environ.copy(), **pipes)  # type: ignore[call-overload, no-any-return]


def test_another_program_follows_by_lines_of_json(tmp_path: Path) -> None:
    with started(tmp_path / "film.mp4") as process:
        assert process.stdout is not None
        events = [event_in(line) for line in process.stdout]
    assert process.returncode == 0
    assert isinstance(events[-1], Written)
    done = [event.done for event in events[:-1] if isinstance(event, Progress)]
    assert done == sorted(done)
    assert len(done) == len(events) - 1 == 9


def test_the_end_of_the_input_gives_up_and_leaves_nothing(tmp_path: Path) -> None:
    with started(tmp_path / "film", "--seconds", "50") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.close()
        process.stdout.read()
    assert process.returncode == 1
    assert list(tmp_path.iterdir()) == []
