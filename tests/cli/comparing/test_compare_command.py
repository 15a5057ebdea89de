"""`workbench compare` writes, prints and says as JSON what `wb.compare` finds."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import workbench as wb
from workbench.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from workbench.runs.run import Run

HEADER = (
    "layer,other_layer,units,other_units,delta_norm,relative_norm,scale,delta_rank,outliers,noise_edge,entries_edge,"
    "share,largest_eigenvalue,smallest_angle,largest_angle,expected_angle,removed,new,unchanged,moved,matched,"
    "renumbered,median_cosine,matching_chance,verdict"
)


def test_the_file_holds_every_layer(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, words = tmp_path / "compare.csv", ["compare", f"{run.path}@12", str(run.path)]
    assert main([*words, "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    found = wb.compare(f"{run.path}@12", run)
    assert ",".join(header) == HEADER
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [f"{out}: written", f"{found.first} → digits_conv, epoch 40"]
    assert said[2:-1] == [f"{layer.layer}: {layer.verdict}" for layer in found.layers]
    assert main([*words, "--layer", "fc1", "--json"]) == 0
    (layer,) = json.loads(capsys.readouterr().out)["layers"]
    assert list(layer.values()) == list(next(each.cells() for each in found.layers if each.layer == "fc1"))
