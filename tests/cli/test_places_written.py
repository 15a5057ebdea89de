"""What lies where a command writes is replaced only where that is asked for; a figure of the same is made anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.cli import COMMANDS, main
from workbench.figures.files.reading import recipe_in
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLE = str(resource("sample_runs/digits_conv.h5"))
LENET = str(resource("sample_runs/digits_lenet.h5"))
LAYER = ("--layer", "fc2")
FILM = ("--size", "480x300", "--no-motion", "--snapshots", "27:")
WRITING: dict[str, Sequence[str]] = {  # the words of a command, and last what it writes
    "spectrum": (SAMPLE, *LAYER, "--out", "x.csv"),
    "graph": (SAMPLE, *LAYER, "--out", "x.json"),
    "overview": (SAMPLE, "--out", "x.csv"),
    "overview-group": (SAMPLE, "--out", "x.csv"),
    "units": (SAMPLE, *LAYER, "--out", "x.csv"),
    "prune": (SAMPLE, *LAYER, "--orders", "max_mag", "--out", "x.csv"),
    "prune-group": (SAMPLE, *LAYER, "--orders", "max_mag", "--out", "x.csv"),
    "lowrank": (SAMPLE, *LAYER, "--out", "x.csv"),
    "band": (SAMPLE, *LAYER, "--from", "1", "--out", "x.csv"),
    "lowrank-group": (SAMPLE, *LAYER, "--rank", "3", "--out", "x.csv"),
    "directions": (SAMPLE, *LAYER, "--k", "3", "--out", "x.csv"),
    "angles": (SAMPLE, f"{SAMPLE}@3", *LAYER, "--out", "x.csv"),
    "cka": (SAMPLE, f"{SAMPLE}@3", "--images", "40", "--out", "x.csv"),
    "barrier": (SAMPLE, f"{SAMPLE}@3", "--images", "40", "--points", "2", "--out", "x.csv"),
    "compare": (SAMPLE, f"{SAMPLE}@3", *LAYER, "--out", "x.csv"),
    "subspace": (SAMPLE, *LAYER, "--out", "x.csv"),
    "merge": (SAMPLE, *LAYER, "--save", "x.safetensors"),
    "figure": ("spectrum", SAMPLE, *LAYER, "--out", "x.svg"),
    "animate": ("timeline", SAMPLE, *FILM, "--out", "x.mp4"),
    "page": (SAMPLE, *LAYER, "--snapshots", "0:1", "--out", "x.html"),
    "export": (SAMPLE, "--history", "x.csv"),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command writes into an empty folder."""
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that does not replace a file; the exit status is that of a failure."""
    capsys.readouterr()
    assert main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.thinned(3)
def test_a_file_is_replaced_only_where_that_is_asked_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words, place = (name, *WRITING[name]), Path(WRITING[name][-1])
    place.write_bytes(b"mine")
    said = refused(capsys, *words)
    assert said == f"workbench: {place} already exists: choose another name, or replace it with --overwrite"
    assert place.read_bytes() == b"mine"
    assert list(Path().iterdir()) == [place]
    assert main([*words, "--overwrite"]) == 0
    assert place.read_bytes() != b"mine"


@pytest.mark.parametrize("name", WRITING)
def test_a_run_is_never_replaced(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = Path(WRITING[name][-1])
    place.write_bytes(b"\x89HDF\r\n\x1a\n and so on")
    assert main([name, *WRITING[name], "--overwrite"]) == 2
    assert "is an HDF5 file and is never overwritten" in capsys.readouterr().err
    assert place.read_bytes().endswith(b"and so on")


@pytest.mark.parametrize(
    ("name", "about", "file"),
    [
        ("report", SAMPLE, "report.pdf"),
        ("screenshot", SAMPLE, "panel-graph.png"),
        ("reproduce", "fig1", "table.csv"),
        ("ask", "elbow", "report.html"),
    ],
)
def test_pictures_and_reports_in_a_folder_are_not_replaced_either(
    name: str, about: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Path("folder") / file
    place.parent.mkdir()
    place.write_bytes(b"mine")
    assert f"{place} already exists" in refused(capsys, name, about, "--out", "folder")
    assert list(place.parent.iterdir()) == [place]


def test_every_other_command_writes_runs_or_nothing() -> None:
    others = set(COMMANDS) - set(WRITING) - {"report", "screenshot", "shrink", "reproduce", "ask"}
    assert others == {
        "train",
        "sweep",
        "resample",
        "import",
        "repair",
        "info",
        "verify",
        "ablate",
        "confirm",
        "bench",
        "doctor",
        "desktop-entry",
    }
    with_option = {name for name in COMMANDS if "--overwrite" in help_of(name)}
    assert with_option == {*WRITING, "report", "screenshot", "shrink", "reproduce", "ask"}


def help_of(name: str) -> str:
    import argparse

    parser = argparse.ArgumentParser()
    COMMANDS[name].declare(parser)
    return parser.format_help()


@pytest.mark.lengthy
def test_the_same_figure_is_made_again_with_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["figure", "spectrum", SAMPLE, *LAYER, "--csv", "--out", "x.svg"]
    assert main(words) == main([*words, "--snapshot", "3", "--font", "9", "--set", "scale=linear"]) == 0
    assert (recipe_in(Path("x.svg")).views[0].snapshot, recipe_in(Path("x.svg")).style.font) == (3, 9.0)
    assert main(["figure", "--from", "x.svg", SAMPLE, "--csv", "--width", "60", "--out", "x.svg"]) == 0
    assert recipe_in(Path("x.svg")).style.width == 60.0
    before = Path("x.svg").read_bytes(), Path("x.csv").read_bytes()
    others = (("graph", SAMPLE, *LAYER), ("spectrum", SAMPLE, "--layer", "fc1"), ("spectrum", LENET, *LAYER))
    for other in others:
        assert "x.svg already exists" in refused(capsys, "figure", *other, "--csv", "--out", "x.svg")
    assert (Path("x.svg").read_bytes(), Path("x.csv").read_bytes()) == before


def test_a_table_that_is_not_the_figures_is_not_replaced_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("figure", "spectrum", SAMPLE, *LAYER, "--csv", "--out", "x.svg")
    Path("x.csv").write_text("mine\n1\n")
    assert "x.csv already exists" in refused(capsys, *words)
    assert [path.name for path in Path().iterdir()] == ["x.csv"]
    assert main([word for word in words if word != "--csv"]) == 0
    figure = Path("x.svg").read_bytes()
    assert "x.csv already exists" in refused(capsys, *words, "--snapshot", "3")
    assert (Path("x.csv").read_text(), Path("x.svg").read_bytes()) == ("mine\n1\n", figure)
    assert main([*words, "--overwrite"]) == 0
    assert "mine" not in Path("x.csv").read_text()


@pytest.mark.lengthy
def test_the_same_film_is_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("animate", "timeline", SAMPLE, *FILM, "--out", "x.mp4")
    assert main(words) == main([*words, "--fps", "5"]) == 0
    plan = recipe_in(Path("x.mp4")).film
    assert plan is not None
    assert plan.rate == 5
    assert "x.mp4 already exists" in refused(capsys, "animate", "training", *words[2:])
    assert main(["animate", "--from", "x.mp4", SAMPLE, "--fps", "6", "--out", "x.mp4"]) == 0
