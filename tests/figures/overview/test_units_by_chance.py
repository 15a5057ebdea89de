"""Beside the cosines, edges and shares of units stands what independent directions give."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.figures.graph.chance import graph_by_chance
from workbench.figures.graph.layer import layer_graph
from workbench.figures.overview.unit_words import chance_words
from workbench.figures.overview.units import CHANCE_COLUMNS, COLUMNS, table_of
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_conv.h5")


@pytest.fixture
def run() -> Iterator[Run]:
    with open_run(SAMPLE) as opened:
        yield opened


def independent(units: int, inputs: int, draws: int) -> Iterator[np.ndarray]:
    random = np.random.default_rng(5)
    for _ in range(draws):
        rows = random.standard_normal((units, inputs))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -1.0)
        yield cosines


def test_the_command_adds_what_independent_directions_of_this_shape_give(run: Run, tmp_path: Path) -> None:
    out, layer = tmp_path / "units.csv", run.layer("conv2")
    assert main(["units", str(SAMPLE), "--layer", "conv2", "--chance", "--out", str(out)]) == 0
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert tuple(rows[0]) == (*COLUMNS[:-2], *CHANCE_COLUMNS, *COLUMNS[-2:])
    present = int(np.count_nonzero(layer.norms(run.snapshots - 1)))
    nearest, degrees = [], []
    cutoff = layer_graph(place_in(run, "conv2")).cutoff
    for cosines in independent(present, layer.inputs, 200):
        nearest.append(cosines.max(axis=1))
        degrees.append((cosines >= cutoff).sum(axis=1).mean())
    assert float(rows[0]["nearest_cosine_by_chance"]) == pytest.approx(np.median(nearest), abs=0.01)
    assert float(rows[0]["degree_by_chance"]) == pytest.approx(np.mean(degrees), abs=4 * np.std(degrees) / np.sqrt(200))
    assert float(rows[0]["cosine_to_start_by_chance"]) == pytest.approx(1.96 / np.sqrt(layer.inputs), rel=0.05)
    assert float(rows[0]["potential_share_by_chance"]) == 1 / present
    found = wb.units(run, "conv2", chance=True)
    assert ["" if cell is None else str(cell) for cell in found.row(0)] == list(rows[0].values())
    assert wb.units(run, "conv2").columns == COLUMNS


def test_tips_say_what_chance_gives(run: Run) -> None:
    table = table_of(place_in(run, "fc1"))
    assert table.chance is not None
    said = chance_words(table, "nearest_cosine")
    assert said.startswith(f"by chance {table.chance.nearest_cosine():.3f}, in 95 % below ")
    assert "independent directions in 256 dimensions" in said
    assert [name for name in table.columns if chance_words(table, name)] == [
        "cosine_to_start", "nearest_cosine", "degree", "potential_share"
    ]  # fmt: skip


def test_the_graph_command_says_what_a_graph_of_chance_has(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, place = tmp_path / "graph.json", place_in(run, "fc1")
    given = ["graph", str(SAMPLE), "--layer", "fc1", "--cutoff", "0.1", "--chance", "--out", str(out)]
    assert main(given) == 0
    graph = layer_graph(place, cutoff=0.1)
    found = graph_by_chance(graph, place)
    assert found is not None
    assert found.words in capsys.readouterr().out
    assert json.loads(out.read_text())["graph"]["by_chance"]["edges"] == found.edges
    edges, components = [], []
    for cosines in independent(graph.nodes, 256, 60):
        np.fill_diagonal(cosines, 1.0)
        drawn = wb.weight_graph(cosines, 0.1)
        edges.append(len(drawn.edges))
        components.append(drawn.clusters)
    assert found.edges == pytest.approx(np.mean(edges), abs=4 * np.std(edges) / np.sqrt(60))
    assert found.components == pytest.approx(np.mean(components), abs=4 * np.std(components) / np.sqrt(5) + 0.5)
