"""Directions of a layer: what the sample runs are known to hold, by Python and by the command."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from tests.runs.run_files import make
from workbench.cli import main
from workbench.evaluation.removal.scores import output_correlation
from workbench.evaluation.run_evaluators import evaluator
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def test_the_trained_units_of_the_sample_are_its_cluster(run: Run) -> None:
    """Sample A: 74 units form the cluster of fc1, and the 26 dead ones never grew."""
    found = wb.directions(run, "fc1")
    graph = wb.layer_graph(run.layer("fc1"))
    assert found.split.above.tolist() == (graph.component == 0).tolist()
    assert found.words[1].startswith("74 of 100 units form a group of larger norms, above 0.77 (95 % interval 0.7")
    assert found.start is not None
    assert found.clusters.median_angle < found.start.median_angle - 5.0
    assert found.start.median_angle == pytest.approx(found.chance.median_angle, abs=2.0)
    rows = list(found.rows())
    assert [row[0] for row in rows] == list(range(100))
    assert [row[1] for row in rows] == pytest.approx(np.linalg.norm(run.layer("fc1").weights(), axis=1))
    assert sum(bool(row[7]) for row in rows) == 74


def test_clusters_by_outputs_are_those_of_the_correlations(run: Run) -> None:
    found = wb.directions(run, "fc1", outputs=True)
    outputs = found.outputs
    assert outputs is not None
    assert (outputs.compared, outputs.images) == (74, 144)
    correlation = output_correlation(evaluator(place_in(run, "fc1"), "validation"))
    linked = correlation >= outputs.cutoff
    for unit in np.flatnonzero(outputs.by_outputs >= 0):
        near = np.flatnonzero(linked[unit])
        assert set(outputs.by_outputs[near].tolist()) <= {int(outputs.by_outputs[unit]), -1}
    same = "by their weights as by their outputs"
    assert found.words[2] == f"All 74 units compared form one cluster at a cut-off of 0.27, {same} on 144 images."


def test_the_command_writes_every_unit(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "directions.csv"
    words = ["directions", str(run.path), "--layer", "fc1", "--k", "3", "--seed", "5", "--outputs", "--out", str(out)]
    assert main(words) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    found = wb.directions(run, "fc1", k=3, seed=5, outputs=True)
    assert ",".join(header) == (
        "unit,norm,cluster,angle_degrees,start_cluster,start_angle_degrees,trained_probability,trained,component,"
        "output_component"
    )
    assert rows == [["" if cell is None else str(cell) for cell in row] for row in found.rows()]
    said = capsys.readouterr().out
    assert all(sentence in said for sentence in found.words)


def test_wrong_numbers_of_clusters_are_explained(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["directions", str(run.path), "--layer", "fc3", "--k", "none"]) == 2
    assert "'none' is neither a number of clusters nor \"auto\"" in capsys.readouterr().err
    assert main(["directions", str(run.path), "--layer", "fc3", "--k", "11"]) == 2
    assert "--k 11: fc3 has 10 units" in capsys.readouterr().err


def test_without_a_start_the_angles_stand_next_to_chance_only(tmp_path: Path) -> None:
    make(tmp_path / "one.h5", snapshots=1)
    with wb.open_run(tmp_path / "one.h5") as one:
        layer = one.layers[0]
        found = wb.directions(one, layer.name, k=1)
    assert found.start is None
    assert found.missing == "the run has only one snapshot"
    assert "at initialisation" not in found.words[0]
    assert all(row[4] is None and row[5] is None for row in found.rows())
