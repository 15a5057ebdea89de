"""`workbench overview` writes, prints and says as JSON what `wb.overview` finds."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

import workbench as wb
from tests.runs.run_files import make
from workbench.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")
HEADER = "layer,snapshot,units,inputs,dead,hardly_moved,isolated,clusters,repeated,outliers,stable_rank,elbow"


def test_the_file_holds_every_row(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "overview.csv"
    assert main(["overview", str(run.path), "--all-snapshots", "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    found = wb.overview(run, all_snapshots=True)
    assert ",".join(header) == HEADER
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out
    assert f"{out}: written" in said
    since = "(most died by epoch 0.0952, all by epoch 0.476)"
    assert f"fc1: 26 of 100 units never fire on the 144 validation images {since}. The other 74 form one " in said


def test_the_terminal_shows_a_table_and_the_findings(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overview", str(run.path)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split("  ")[0] == "layer"
    assert said[3].split() == ["fc1", "28", "100", "256", "26", "0", "26", "1", "0", "10", "7.89", "10"]
    assert [line for line in said if line.startswith("fc1: ")]
    assert [line for line in said if line.startswith("note: fc3: the bulk has grown to 2.5 times")]


def test_a_run_without_snapshots_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path / "empty.h5", snapshots=0, close=False)
    assert main(["overview", str(tmp_path / "empty.h5")]) == 2
    assert "empty.h5 has no snapshot yet" in capsys.readouterr().err


def test_costs_are_measured_and_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overview", str(run.path), "--costs", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    fc1 = next(each for each in said["layers"] if each["layer"] == "fc1")
    assert [*fc1] == [*HEADER.split(","), "removable", "mergeable"]
    assert (fc1["removable"], fc1["mergeable"]) == (33, 37)
    assert said["findings"][2].startswith(
        "fc1: 26 of 100 units never fire on the 144 validation images (most died by epoch 0.0952, all by epoch "
        "0.476); all of them can be removed at no cost, and 7 more within a point (360 test images, 0.28 points "
        "each). The other 74 form one cluster. None repeats another."
    )
    (classifier,) = (each for each in said["costs"] if each["missing"])
    assert classifier["layer"] == "fc3"
    assert "cannot be removed" in classifier["missing"]["mergeable"]


def test_a_tolerance_below_zero_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overview", str(run.path), "--costs", "--tolerance", "-1"]) == 2
    assert "--tolerance -1: give 0 or more points of accuracy" in capsys.readouterr().err


def test_units_are_written_filtered_and_counted(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "units.csv"
    words = ["units", str(run.path), "--layer", "fc1", "--where", "dead and norm < 0.6"]
    assert main([*words, "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    found = wb.units(run, "fc1")
    expected = [found.row(int(unit)) for unit in found.where("dead and norm < 0.6").nonzero()[0]]
    assert tuple(header) == found.columns
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in expected]
    said = capsys.readouterr().out
    assert f"fc1, snapshot 28: {len(rows)} units ({len(rows)} dead)" in said
    assert f"frame potential of all units {found.frame_potential:.6g}, over m² {found.mean_square_cosine:.6g}" in said
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [each["unit"] for each in said["units"]] == [row[0] for row in expected]


def test_a_rule_that_is_none_is_bad_usage(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["units", str(run.path), "--layer", "fc1", "--where", "nrm < 1"]) == 2
    assert "--where 'nrm < 1': there is no column “nrm”: did you mean norm?" in capsys.readouterr().err


def test_rules_and_units_know_the_named_sets_of_a_session(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = {f"{run.run_id} fc1": {"my set": [3, 17]}, f"{run.run_id} fc2": {"others": [1]}}
    session = tmp_path / "my.workbench.json"
    session.write_text(json.dumps({"format": 1, "runs": [], "settings": {"graph": {"sets": sets}}}))
    words = ["units", str(run.path), "--layer", "fc1", "--json", "--where", 'in "my set"']
    assert main([*words, "--sets", str(session)]) == 0
    assert [each["unit"] for each in json.loads(capsys.readouterr().out)["units"]] == [3, 17]
    assert main(words) == 2
    assert "there is no set “my set”: none is named" in capsys.readouterr().err
    named = ["spectrum", str(run.path), "--layer", "fc1", "--sets", str(session), "--overwrite", "--units"]
    for units, name in (("3,17", "numbers.csv"), ("my set", "named.csv")):
        assert main([*named, units, "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "named.csv").read_bytes() == (tmp_path / "numbers.csv").read_bytes()
    capsys.readouterr()
    assert main([*named, "mine set", "--out", str(tmp_path / "named.csv")]) == 2
    assert "has no set 'mine set' of fc1 of this run; did you mean 'my set'?" in capsys.readouterr().err
    assert main(["ablate", str(run.path), "--layer", "fc1", "--units", "my set"]) == 2
    said = "--units 'my set' is neither a list of units such as 3,17,40 nor a rule; to name a set, give --sets"
    assert said in capsys.readouterr().err
    session.write_text("[1]")
    assert main([*words, "--sets", str(session)]) == 2
    assert "it is no session" in capsys.readouterr().err
