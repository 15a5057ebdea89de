"""`workbench angles` and `workbench subspace` write what Python finds, to the last digit."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

import workbench as wb
from workbench.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from workbench.runs.run import Run

ANGLES = "index,angle_degrees,expected_degrees,expected_low,expected_high,unrelated_degrees"


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def test_angles_are_written_and_said(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "angles.csv", ["angles", str(run.path), f"{run.path}@12", "--layer", "fc1", "--rank", "7"]
    assert main([*words, "--unrelated", f"{run.path}@0", "--out", str(out)]) == 0
    found = wb.principal_angles(run, f"{run.path}@12", "fc1", 7, unrelated=f"{run.path}@0")
    header, rows = _read(out)
    assert ",".join(header) == ANGLES
    assert rows == [[str(cell) for cell in row] for row in found.rows()]
    assert [float(row[1]) for row in rows] == sorted(float(row[1]) for row in rows)
    assert capsys.readouterr().out.splitlines() == [f"{out}: written", found.words]
    assert main(words) == 0
    assert len(capsys.readouterr().out.splitlines()) == 8
    assert main([*words, "--out", str(out)]) == 1
    assert "already exists" in capsys.readouterr().err


def test_joint_directions_are_written_and_said(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "joint.csv", ["subspace", str(run.path), "--layer", "fc1", "--rank", "7", "--joint"]
    assert main([*words, f"{run.path}@0", f"{run.path}@5", "--out", str(out)]) == 0
    found = wb.joint_svd([run, f"{run.path}@0", f"{run.path}@5"], "fc1", 7)
    header, rows = _read(out)
    assert header == ["number", "singular_value", *(f"share of {name}" for name in found.names)]
    assert rows == [[str(cell) for cell in row] for row in found.rows()]
    stack = [run.layer("fc1").weights(at).astype(float) for at in (-1, 0, 5)]
    values = np.linalg.svd(np.vstack([each / np.linalg.norm(each) for each in stack]))[1][:7]
    np.testing.assert_allclose([float(row[1]) for row in rows], values)
    close = [at for at in range(1, 7) if values[at - 1] - values[at] <= 0.02 * values[at - 1]]
    assert {at for first, last in found.blocks for at in range(first, last)} == set(close)
    said = capsys.readouterr().out
    assert said.count("note: directions") == len(found.blocks)
    assert main([*words, f"{run.path}@0"]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 8


def test_what_is_wrong_is_said_in_a_line(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for words, said in (
        (["--layer", "fc9"], "has no layer fc9; it has conv1"),
        (["--layer", "fc1", "--rank", "0"], "has the ranks 1 to 100, not 0"),
        (["--layer", "fc1", "--other-layer", "fc2"], "there are no angles between them"),
    ):
        assert main(["angles", str(run.path), str(run.path), *words]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line


def test_units_of_a_space_are_written(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "units.csv", ["subspace", str(run.path), "--layer", "fc1", "--rank", "9", "--overwrite"]
    found = wb.subspace(run, "fc1", 9)
    assert main([*words, "--out", str(out)]) == 0
    header, rows = _read(out)
    assert header == ["unit", "norm", "similarity", "residual", "inside_similarity"]
    assert rows == [[str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out
    assert f"norm and residual, 50 largest units: correlation {found.correlations()['residual']:.3f}" in said
    assert main([*words, "--all-snapshots", "--out", str(out)]) == 0
    header, rows = _read(out)
    assert header == ["snapshot", "unit", "distance"]
    assert rows == [[str(cell) for cell in row] for row in found.rows_over_time()]
