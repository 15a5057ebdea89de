"""`workbench figure lowrank --group`: the mean over seeds without a window, and made again from its file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
from seeds import seeds

import workbench as wb
from workbench.cli import main
from workbench.evaluation.ranks.groups import low_rank_group
from workbench.figures.files.reading import recipe_in
from workbench.runs.place import Place
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from pathlib import Path

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three seeds, and one that was trained otherwise."""
    return [str(path) for path in seeds(tmp_path_factory.mktemp("runs"), TINY, iterations=10)]


def test_the_figure_of_a_group_holds_its_mean_and_variance_and_names_its_runs(runs: list[str], tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    given = ["figure", "lowrank", runs[1], "--layer", "fc1", "--group", runs[2], runs[0], "--csv", "--out", str(out)]
    assert main(given) == 0
    assert "mean of 3 trainings, 95 % interval" in out.read_text()
    row = list(csv.DictReader(out.with_suffix(".csv").read_text().splitlines()))[3]
    opened = [open_run(path) for path in runs[:3]]
    found = {name: (mean, variance) for name, mean, variance, _ in low_rank_group(opened, "fc1", 3).rows()}
    for run in opened:
        run.close()
    np.testing.assert_allclose(
        [float(row["group mean accuracy lost (points)"]), float(row["group variance of accuracy lost (points²)"])],
        found["accuracy_lost"],
    )
    np.testing.assert_allclose(
        [float(row["group mean norm (%)"]), float(row["group variance of norm (%²)"])], found["norm_percent"]
    )
    (view,) = recipe_in(out).views
    assert (view.run.file, [key.file for key in view.group]) == ("seed1.h5", ["seed2.h5", "seed0.h5"])
    assert str(tmp_path.parent) not in out.read_text()
    assert view.settings["over_group"] is True


def test_the_figure_of_a_group_is_made_again_or_says_which_run_it_needs(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old.svg", tmp_path / "new.svg"
    assert main(["figure", "lowrank", runs[0], "--layer", "fc1", "--group", *runs[1:3], "--out", str(old)]) == 0
    assert main(["figure", "--from", str(old), runs[2], runs[0], "--out", str(new)]) == 2
    said = capsys.readouterr().err
    assert "made from the run seed1.h5 (id " in said
    assert "name the files of all its 3 runs" in said
    assert not new.exists()
    assert main(["figure", "--from", str(old), runs[2], runs[0], runs[1], "--out", str(new)]) == 0
    assert new.read_bytes() == old.read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lowrank", "RUN", "--group", "OTHER"], "is not a member of the group"),
        (["lowrank", "RUN", "--group", "RUN"], "have the same seed, 0"),
        (["lowrank", "RUN", "--snapshot", "5", "--group", "OTHER"], "seed3.h5 is not a member of the group"),
        (["layers", "RUN", "--group", "NEXT"], "run shows no mean over a group"),
        (["spectrum", "RUN", "--group", "OTHER"], "is not a member of the group"),
    ],
)
def test_what_is_no_group_is_refused_in_a_sentence(
    runs: list[str], words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"RUN": runs[0], "NEXT": runs[1], "OTHER": runs[3]}
    out = tmp_path / "figure.svg"
    given = ["figure", *(names.get(word, word) for word in words), "--layer", "fc1", "--out", str(out)]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not out.exists()


def test_another_network_stands_beside_in_a_figure_and_when_it_is_made_again(runs: list[str], tmp_path: Path) -> None:
    out, again = tmp_path / "both.svg", tmp_path / "again.svg"
    given = ["figure", "pruning", runs[0], "--layer", "fc1", "--beside", f"{runs[1]}@2", "--csv", "--out", str(out)]
    assert main(given) == 0
    rows = list(csv.DictReader(out.with_suffix(".csv").read_text().splitlines()))
    with open_run(runs[1]) as run:
        alone = wb.figure("pruning", run, "fc1", 2).figure.table()
        name = Place(run, "", 2).words
    theirs = [row for row in rows if row["network"] == name]
    at = alone.columns.index("accuracy (%)")
    assert [float(row["accuracy (%)"]) for row in theirs] == [row[at] for row in alone.rows]
    assert len(theirs) < len(rows)
    assert name in out.read_text()
    (view,) = recipe_in(out).views
    assert (view.run.file, [key.file for key in view.group]) == ("seed0.h5", ["seed1.h5"])
    assert main(["figure", "--from", str(out), runs[1], runs[0], "--csv", "--out", str(again)]) == 0
    assert again.with_suffix(".csv").read_text() == out.with_suffix(".csv").read_text()
    assert main(["figure", "layers", runs[0], "--beside", runs[1], "--out", str(tmp_path / "no.svg")]) == 2


@pytest.mark.lengthy
def test_a_film_of_a_group_and_of_another_network_shows_what_the_figures_do(runs: list[str], tmp_path: Path) -> None:
    first, second, third, _other = runs
    out, again = tmp_path / "film", tmp_path / "again"
    words = ["animate", "graph,spectrum,compare", first, "--layer", "fc1", "--no-motion", "--snapshots=-1:-1", "--size"]
    assert main([*words, "480x300", "--group", third, "--beside", second, "--out", str(out)]) == 0
    (picture,) = out.iterdir()
    graph, spectrum, compare = recipe_in(picture).views
    assert [[key.file for key in view.group] for view in (graph, spectrum, compare)] == [
        ["seed1.h5"],
        ["seed2.h5", "seed1.h5"],
        ["seed1.h5"],
    ]
    with open_run(first) as a, open_run(second) as b, open_run(third) as c:
        figure = wb.figure("spectrum", a, "fc1", group=(c,), beside=b)
        assert spectrum.settings["beside"] == figure.settings["beside"]
    assert main(["animate", "--from", str(picture), second, third, first, "--out", str(again)]) == 0
    (same,) = again.iterdir()
    assert recipe_in(same).views == recipe_in(picture).views
    assert same.read_bytes() == picture.read_bytes()
    assert main(["animate", "graph", first, "--layer", "fc1", "--group", second, "--out", str(tmp_path / "no")]) == 2
