"""`workbench cka` and `workbench barrier` write what Python finds."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

import workbench as wb
from workbench.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def _read(path: Path) -> tuple[str, list[list[str]]]:
    with path.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    return ",".join(header), rows


def test_cka_is_written_and_shown(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "cka.csv", ["cka", str(run.path), f"{run.path}@3", "--images", "50", "--batch", "25"]
    assert main([*words, "--out", str(out)]) == 0
    found = wb.cka(run, f"{run.path}@3", images=50, batch=25)
    header, rows = _read(out)
    assert header == "layer,other_layer,cka,shuffled_mean,shuffled_high"
    assert rows == [[str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out.splitlines()
    assert said[2].split() == list(found.other_layers)
    assert said[5].split() == ["fc1", *(f"{value:.3f}" for value in found.values[2])]
    assert said[-1] == f"with shuffled images, 95 % stay below {found.shuffled_high.max():.3f}"


def test_a_barrier_is_written_and_said(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = (
        tmp_path / "barrier.csv",
        ["barrier", str(run.path), f"{run.path}@3", "--images", "50", "--points", "3"],
    )
    assert main([*words, "--part", "validation", "--out", str(out)]) == 0
    found = wb.barrier(run, f"{run.path}@3", part="validation", images=50, points=3)
    header, rows = _read(out)
    assert header == "alpha,accuracy,loss,matched_accuracy,matched_loss"
    assert rows == [[str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5
    assert said[-1] == found.words
