"""`workbench figure`: files without a window, made again, and refusals in one line."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from workbench.cli import main
from workbench.figures.files.reading import recipe_in
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(resource("sample_runs/digits_conv.h5"))


@pytest.mark.parametrize("kind", ["graph", "spectrum", "training", "timeline"])
def test_each_kind_is_written_with_its_table(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    assert main(["figure", kind, SAMPLE, "--layer", "fc1", "--snapshot", "3", "--csv", "--out", str(out)]) == 0
    view = recipe_in(out).views[0]
    assert (view.kind, view.layer, view.snapshot) == (kind, "fc1", 3)
    rows = list(csv.reader(out.with_suffix(".csv").read_text().splitlines()))
    assert len(rows) > 10
    assert len({len(row) for row in rows}) == 1


def test_pruning_and_low_rank_ask_the_network(tmp_path: Path) -> None:
    for kind in ("pruning", "lowrank"):
        out = tmp_path / f"{kind}.pdf"
        given = ["figure", kind, SAMPLE, "--layer", "fc2", "--out", str(out), "--csv"]
        assert main([*given, *(["--set", "orders=max_mag"] if kind == "pruning" else [])]) == 0
        assert "accuracy" in out.with_suffix(".csv").read_text().splitlines()[0]


def test_a_figure_is_made_again_in_another_width_from_its_file(tmp_path: Path) -> None:
    old, new = tmp_path / "old.pdf", tmp_path / "new.png"
    assert main(["figure", "spectrum", SAMPLE, "--layer", "fc1", "--set", "scale=log", "--out", str(old)]) == 0
    assert main(["figure", "--from", str(old), SAMPLE, "--width", "174", "--dpi", "100", "--out", str(new)]) == 0
    recipe = recipe_in(new)
    assert recipe.views == recipe_in(old).views
    assert (recipe.style.width, recipe.style.dpi) == (174, 100)


def test_the_run_is_found_beside_the_figure(tmp_path: Path) -> None:
    old = tmp_path / "old.pdf"
    assert main(["figure", "training", SAMPLE, "--out", str(old)]) == 0
    (tmp_path / "renamed.h5").write_bytes(resource("sample_runs/digits_conv.h5").read_bytes())
    assert main(["figure", "--from", str(old), "--out", str(tmp_path / "new.pdf")]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["graph", SAMPLE, "--out", "x.pdf"], "--layer is missing"),
        (["graph", SAMPLE, "--layer", "fc9", "--out", "x.pdf"], "did you mean"),
        (["graf", SAMPLE, "--layer", "fc1", "--out", "x.pdf"], "graph|spectrum"),
        (["training", SAMPLE, "--out", "x.gif"], ".pdf, .svg, .png"),
        (["training", SAMPLE, "--width", "3", "--out", "x.pdf"], "out of range"),
        (["training", SAMPLE, "--snapshot", "99", "--out", "x.pdf"], "0 to"),
        (["spectrum", SAMPLE, "--layer", "fc1", "--set", "scale=lin", "--out", "x.pdf"], "scale"),
        (["spectrum", SAMPLE, "--layer", "fc1", "--set", "colour=red", "--out", "x.pdf"], "no setting 'colour'"),
        (["training", SAMPLE, "--out", "nowhere/x.pdf"], "no folder"),
        (["--from", SAMPLE, "--out", "x.pdf"], "neither a PDF"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["figure", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_never_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run.pdf"  # whatever it is called
    run.write_bytes(resource("sample_runs/digits_conv.h5").read_bytes())
    before = run.read_bytes()
    assert main(["figure", "training", SAMPLE, "--out", str(run)]) != 0
    assert "never overwritten" in capsys.readouterr().err
    assert run.read_bytes() == before


def test_a_figure_needs_its_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["figure", "training", SAMPLE, "--out", "old.svg"]) == 0
    assert main(["figure", "--from", "old.svg", "--out", "new.svg"]) != 0
    assert "digits_conv.h5" in capsys.readouterr().err
    other = str(resource("sample_runs/digits_lenet.h5"))
    assert main(["figure", "--from", "old.svg", other, "--out", "new.svg"]) != 0
    assert not (tmp_path / "new.svg").exists()
