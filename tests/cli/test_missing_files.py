"""A file that is not there is told of by every command that takes one: which it is, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli import COMMANDS, main

LAYER = ("--layer", "fc1")
TAKING = {
    "info": ("gone.h5",),
    "verify": ("gone.h5",),
    "repair": ("gone.h5", "new.h5"),
    "overview": ("gone.h5",),
    "units": ("gone.h5", *LAYER),
    "spectrum": ("gone.h5", *LAYER, "--out", "new.csv"),
    "graph": ("gone.h5", *LAYER, "--out", "new.json"),
    "prune": ("gone.h5", *LAYER, "--out", "new.csv"),
    "lowrank": ("gone.h5", *LAYER, "--out", "new.csv"),
    "overview-group": ("gone.h5", "--out", "new.csv"),
    "prune-group": ("gone.h5", *LAYER, "--out", "new.csv"),
    "lowrank-group": ("gone.h5", *LAYER, "--rank", "3"),
    "directions": ("gone.h5", *LAYER, "--out", "new.csv"),
    "angles": ("gone.h5", "gone.h5", *LAYER, "--out", "new.csv"),
    "cka": ("gone.h5", "gone.h5", "--out", "new.csv"),
    "barrier": ("gone.h5", "gone.h5", "--out", "new.csv"),
    "compare": ("gone.h5", "gone.h5", "--out", "new.csv"),
    "resample": ("gone.h5", "--after", "fc1", "--out", "new.h5"),
    "subspace": ("gone.h5", *LAYER, "--out", "new.csv"),
    "band": ("gone.h5", *LAYER, "--from", "1"),
    "ablate": ("gone.h5", *LAYER, "--units", "3"),
    "merge": ("gone.h5", *LAYER),
    "shrink": ("gone.h5", "--out", "new.pt"),
    "figure": ("--from", "gone.pdf", "--out", "new.pdf"),
    "animate": ("--from", "gone.mp4", "--out", "new.mp4"),
    "page": ("gone.h5", *LAYER, "--out", "new.html"),
    "report": ("gone.h5", "--out", "new"),
    "import": ("gone.pt", "--out", "new.h5"),
    "export": ("gone.h5", "--out", "new.pt"),
    "confirm": ("gone.h5",),
    "screenshot": ("gone.h5", "--out", "new"),
    "train": ("--resume", "gone.h5"),
    "sweep": ("gone.toml", "--out", "new"),
}


@pytest.mark.parametrize("name", TAKING)
def test_a_missing_file_is_told_in_a_sentence(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([name, *TAKING[name]]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    gone = next(word for word in TAKING[name] if "gone" in word)
    assert line == f"workbench: {gone} does not exist; check the name and the folder."
    assert list(tmp_path.iterdir()) == []


def test_every_command_that_takes_a_file_is_tried() -> None:
    assert set(COMMANDS) - set(TAKING) == {
        "bench",
        "doctor",
        "desktop-entry",
        "reproduce",
        "ask",
    }  # one drives the window, the others take none


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["figure", "--from", ".", "--out", "new.pdf"], ". is a folder; choose another file."),
        (["figure", "--from", "file/old.pdf", "--out", "new.pdf"], "file/old.pdf is in no folder; check the name."),
    ],
)
def test_what_the_system_says_of_a_file_becomes_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(words) == 1
    assert capsys.readouterr().err == f"workbench: {said}\n"
