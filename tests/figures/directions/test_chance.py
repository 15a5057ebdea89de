"""What chance gives beside the counts of the overview, against whole matrices of normal weights."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.figures.directions.chance import COLUMNS, by_chance, known_chance
from workbench.figures.overview.layer import LayerOverview
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run


def test_a_layer_by_chance_is_like_matrices_of_normal_weights(run: Run) -> None:
    """A cut-off so low that chance gives edges: .15 for 40 units of 60 inputs."""
    row = LayerOverview(place_in(run, "fc1"), 40, 60, cutoff=0.3)
    found = by_chance(row)
    assert found is not None
    assert known_chance(row) is found
    random, isolated, clusters = np.random.default_rng(0), [], []
    for _ in range(60):
        weights = random.standard_normal((40, 60))
        graph = wb.weight_graph(weights @ weights.T, 0.3)
        isolated.append(graph.isolated)
        clusters.append(graph.clusters)
    assert found.isolated == pytest.approx(np.mean(isolated), abs=4 * np.std(isolated) / np.sqrt(5))
    assert found.clusters == pytest.approx(np.mean(clusters), abs=4 * np.std(clusters) / np.sqrt(5))
    assert (found.repeated, found.outliers) == (0.0, 0.0)


def test_what_has_no_graph_or_is_too_large_has_no_chance(run: Run) -> None:
    place = place_in(run, "fc1")
    assert by_chance(LayerOverview(place, 100, 256)) is None
    assert by_chance(LayerOverview(place, 3000, 256, cutoff=0.25)) is None
    assert known_chance(LayerOverview(place, 7, 11, cutoff=0.9)) is None


def test_the_command_writes_chance_beside_the_counts(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "overview.csv"
    assert main(["overview", str(run.path), "--chance", "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert tuple(header[-4:]) == COLUMNS
    fc1 = dict(zip(header, rows[2], strict=True))
    assert (fc1["isolated"], fc1["isolated_by_chance"]) == ("26", "100.0")
    assert (fc1["outliers"], fc1["outliers_by_chance"]) == ("10", "0.0")
