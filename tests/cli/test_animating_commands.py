"""animate: what it writes, what it says of words that make no sense, and how another program follows it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import av
import pytest

from workbench.cli import main
from workbench.figures.files.reading import recipe_in
from workbench.figures.progress import Progress, Written, event_in
from workbench.figures.recipe import FilmPlan
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(resource("sample_runs/digits_conv.h5"))
SHORT = ["--size", "480x300", "--fps", "10", "--snapshots", "27:"]


def test_settings_are_for_the_figures_that_have_them(tmp_path: Path) -> None:
    from workbench.cli.moving.animating import scenes

    given = ["cutoff=0.4", "scale=log", "part=validation", "lowrank.tolerance=2", "lowrank.part=test"]
    scenes = {each.kind: each.settings for each in scenes(["graph", "spectrum", "pruning", "low_rank"], given)}
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


@pytest.mark.lengthy
def test_a_film_is_made_again_from_its_file_and_from_one_of_its_pictures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again, pictures = tmp_path / "first.mp4", tmp_path / "again.mp4", tmp_path / "pictures"
    words = ["animate", "spectrum", SAMPLE, "--layer", "fc2", "--units", "3", "--set", "scale=log", *SHORT]
    assert main([*words, "--seconds", "0.2", "--theme", "dark", "--out", str(first)]) == 0
    assert capsys.readouterr().out == f"{first}\n4 frames of 480×300 pixels, 0.4 s at 10 frames a second\n"
    assert main(["animate", "--from", str(first), SAMPLE, "--out", str(again)]) == 0
    assert recipe_in(again) == recipe_in(first)
    assert frames_in(again) == frames_in(first) == 4
    changes = ["--no-motion"]
    assert main(["animate", "--from", str(first), SAMPLE, *changes, "--out", str(pictures)]) == 0
    recipes = [recipe_in(path) for path in sorted(pictures.iterdir())]
    assert [recipe.views[0].snapshot for recipe in recipes] == [27, 28]
    assert recipes[0].film == FilmPlan(27, 28, (480, 300), None, 0.2, 10, moving=False)
    changes = ["--snapshots", "27:", "--no-motion", "--out", str(tmp_path / "third.mp4")]
    assert main(["animate", "--from", str(pictures / "frame_000001.png"), SAMPLE, *changes]) == 0
    assert recipe_in(tmp_path / "third.mp4").views == recipe_in(first).views


def test_a_zoom_goes_from_the_command_into_the_film_and_from_there_into_the_next(tmp_path: Path) -> None:
    first, again = tmp_path / "first.mp4", tmp_path / "again.mp4"
    view = {"x": [-90, 90], "y": [[-60, 60]]}
    words = ["animate", "graph", SAMPLE, "--layer", "fc1", f"--set=view={json.dumps(view)}", *SHORT, "--no-motion"]
    assert main([*words, "--out", str(first)]) == 0
    assert main(["animate", "--from", str(first), SAMPLE, "--out", str(again)]) == 0
    assert [recipe_in(path).views[0].settings["view"] for path in (first, again)] == [view, view]


def test_a_film_that_is_not_made_again_so_says_what_to_type(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", "timeline", SAMPLE, *SHORT, "--no-motion", "--out", "my film.mp4"]) == 0
    assert main(["figure", "timeline", SAMPLE, "--out", "old.pdf"]) == 0
    for words, said in (
        (["figure", "--from", "my film.mp4", SAMPLE, "--out", "new.pdf"], "animate --from 'my film.mp4' --out NEW.mp4"),
        (["animate", "--from", "old.pdf", SAMPLE, "--out", "new.mp4"], "workbench figure --from makes it again"),
        (["animate", "--from", "my film.mp4", "--out", "new.mp4"], "digits_conv.h5"),
        (["animate", "--from", "my film.mp4", "--out", "new.mp4"], "--from 'my film.mp4' WHERE/THE-RUN-IS.h5 --out"),
        (["animate", "--from", "my film.mp4", SAMPLE, "--layer", "fc1", "--out", "new.mp4"], "those of the film"),
        (["animate", "timeline", "--out", "new.mp4"], "what to draw and the run"),
    ):
        assert main(words) == 2
        assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("new.*"))


def frames_in(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def started(path: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "workbench", "animate", "timeline", SAMPLE, *SHORT[:-1], "26:", *more, "--events"]
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
