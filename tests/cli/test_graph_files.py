"""The weight graph in the formats of other programs, read back by networkx and as a table."""

from __future__ import annotations

import csv
import json
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import networkx as nx
import pytest

import workbench as wb
from workbench.cli import main
from workbench.cli.moving.layout_options import NAMES
from workbench.figures.settings import GraphSettings
from workbench.gui.panels.graph.controls import FORCES, ROUNDS
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.analysis.graph import WeightGraph

SAMPLE = str(resource("sample_runs/digits_conv.h5"))
READERS = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}


@pytest.fixture(scope="module")
def expected() -> WeightGraph:
    with wb.open_run(SAMPLE) as run:
        return wb.layer_graph(run.place("fc1"), cutoff=0.3)


def written(folder: Path, ending: str) -> Path:
    target = folder / f"graph.{ending}"
    assert main(["graph", SAMPLE, "--layer", "fc1", "--cutoff", "0.3", "--out", str(target)]) == 0
    return target


@pytest.mark.parametrize("ending", READERS)
def test_networkx_reads_the_same_graph_back(expected: WeightGraph, ending: str, tmp_path: Path) -> None:
    found = READERS[ending](written(tmp_path, ending), node_type=int)
    assert set(found) == set(range(100))
    assert {tuple(sorted(edge)) for edge in found.edges} == set(map(tuple, expected.edges.tolist()))
    for (i, j), cosine, weight in zip(
        expected.edges.tolist(), expected.inner_products.tolist(), expected.weights.tolist(), strict=True
    ):
        assert found.edges[i, j]["inner_product"] == pytest.approx(cosine)
        assert found.edges[i, j]["weight"] == pytest.approx(weight)
    assert [found.nodes[unit]["norm"] for unit in range(100)] == pytest.approx(expected.norms.tolist())
    assert [found.nodes[unit]["component"] for unit in range(100)] == expected.component.tolist()
    assert sum(found.nodes[unit]["activity"] == 0 for unit in range(100)) == 26


def test_nodes_lie_where_the_figure_has_them(tmp_path: Path) -> None:
    with wb.open_run(SAMPLE) as run:
        made: Any = wb.figure("graph", run, "fc1", cutoff=0.3).figure
    graph = nx.read_graphml(written(tmp_path, "graphml"), node_type=int)
    found = [(graph.nodes[unit]["x"], graph.nodes[unit]["y"]) for unit in range(100)]
    assert found == list(map(tuple, made.positions.tolist()))
    gephi = nx.read_gexf(written(tmp_path, "gexf"), node_type=int)
    assert gephi.nodes[7]["viz"]["position"] == {"x": found[7][0], "y": found[7][1], "z": 0.0}
    nodes = json.loads(written(tmp_path, "json").read_text())["nodes"]
    assert [(node["x"], node["y"]) for node in nodes] == found
    rows = list(csv.DictReader(written(tmp_path, "csv").read_text().splitlines()))
    assert [(float(row["x"]), float(row["y"])) for row in rows if row["row"] == "node"] == found
    target = tmp_path / "without.csv"
    words = ["graph", SAMPLE, "--layer", "fc1", "--no-positions", "--out", str(target)]
    assert main(words) == 0
    assert target.read_text().startswith("row,unit,other unit,norm,activity,component,cosine,edge weight\n")


def test_the_forces_are_those_of_the_panels_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    defaults = {each.name: each.default for each in fields(GraphSettings)}
    assert set(NAMES) == {*FORCES, *ROUNDS, "charge", "springs"}, "every force of the panel has a flag"
    given = {"charge": -90, "gravity": 0.1, "link_iterations": 3, "springs": "unweighted", "off": ("collision",)}
    assert all(defaults[name] != value for name, value in given.items())
    words = ["graph", SAMPLE, "--layer", "conv2", "--cutoff", "0.4", "--overwrite"]
    words += ["--out", str(tmp_path / "graph.json")]
    places = []
    for settings in ({}, given):
        flags = [f"--{name.replace('_', '-')}={value if name != 'off' else ','.join(value)}"
                 for name, value in settings.items()]  # fmt: skip
        assert main([*words, *flags]) == 0
        nodes = json.loads((tmp_path / "graph.json").read_text())["nodes"]
        with wb.open_run(SAMPLE) as run:
            made: Any = wb.figure("graph", run, "conv2", cutoff=0.4, **settings).figure
        places.append([(node["x"], node["y"]) for node in nodes])
        assert places[-1] == list(map(tuple, made.positions.tolist()))
    assert places[0] != places[1]
    for wrong, said in (("--gravity=9", "9 is not between 0 and 0.3"), ("--off=push", "'push' is no force: charge, ")):
        assert main([*words, wrong]) == 2
        assert said in capsys.readouterr().err
    assert main([*words, "--no-positions", "--charge=-50"]) == 2
    assert "--charge is of the layout: leave out --no-positions" in capsys.readouterr().err


def test_a_gexf_of_all_snapshots_has_an_interval_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "graph.gexf"
    words = ["graph", SAMPLE, "--layer", "conv2", "--cutoff", "0.4", "--all-snapshots", "--out"]
    assert main([*words, str(target)]) == 0
    found = nx.read_gexf(target, node_type=int)
    assert found.graph["mode"] == "dynamic"
    joined: dict[tuple[int, int], dict[int, tuple[float, float]]] = {}
    with wb.open_run(SAMPLE) as run:
        graphs = [wb.layer_graph(run.place("conv2", at), cutoff=0.4) for at in range(run.snapshots)]
    for at, graph in enumerate(graphs):
        for pair, *numbers in zip(graph.edges.tolist(), graph.weights, graph.inner_products, strict=True):
            joined.setdefault(tuple(pair), {})[at] = tuple(map(float, numbers))
        there = [found.nodes[unit]["norm"][at] for unit in range(16)]
        assert there == [(norm, at, at + 1) for norm in graph.norms.tolist()]
    assert {tuple(sorted(edge)) for edge in found.edges} == set(joined)
    space = "{http://www.gexf.net/1.2draft}"  # of weights networkx keeps only one
    weights = {
        (int(edge.attrib["source"]), int(edge.attrib["target"])): [
            float(value.attrib["value"]) for value in edge.iter(f"{space}attvalue") if value.attrib["for"] == "weight"
        ]
        for edge in ElementTree.parse(target).iter(f"{space}edge")
    }
    assert len(joined) > 3
    for (i, j), known in joined.items():
        edge = found.edges[i, j]
        inside = {at for low, high in edge["spells"] for at in range(int(low), int(high))}
        assert inside == set(known)
        assert all(last < first for (_, last), (first, _) in pairwise(edge["spells"]))  # none meets the next
        assert edge["inner_product"] == [(cosine, at, at + 1) for at, (_, cosine) in known.items()]
        assert weights[i, j] == [weight for weight, _ in known.values()]
    assert found.nodes[3]["spells"] == [(0, 29)]
    assert set(found.nodes[3]["viz"]) == {"size", "position"}
    assert [found.nodes[3]["x"][-1][0]] == [pytest.approx(found.nodes[3]["viz"]["position"]["x"], abs=0.06)]
    capsys.readouterr()
    assert main([*words, str(tmp_path / "graph.json")]) == 2
    assert "with --all-snapshots the file is a .gexf" in capsys.readouterr().err


def test_a_table_has_a_row_for_each_node_and_each_edge(expected: WeightGraph, tmp_path: Path) -> None:
    rows = list(csv.DictReader(written(tmp_path, "csv").read_text().splitlines()))
    edges = [row for row in rows if row["row"] == "edge"]
    assert [(int(row["unit"]), int(row["other unit"])) for row in edges] == list(map(tuple, expected.edges.tolist()))
    assert [float(row["cosine"]) for row in edges] == expected.inner_products.tolist()
    nodes = [row for row in rows if row["row"] == "node"]
    assert [float(row["norm"]) for row in nodes] == expected.norms.tolist()
    assert len(rows) == len(nodes) + len(edges)


def test_layers_are_stacked_and_their_pairs_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, pairs = tmp_path / "graph.csv", tmp_path / "pairs.csv"
    words = ["graph", SAMPLE, f"{SAMPLE}@0", "--layer", "fc1", "--rank", "10", "--out", str(target)]
    assert main([*words, "--pairs", str(pairs)]) == 0
    nodes = [row for row in csv.DictReader(target.read_text().splitlines()) if row["row"] == "node"]
    assert [(row["layer"], row["unit_of_layer"]) for row in nodes[99:101]] == [("epoch 40", "99"), ("epoch 0", "0")]
    rows = list(csv.DictReader(pairs.read_text().splitlines()))
    assert [row["unit"] == row["other_unit"] for row in rows] == [True] * 200
    assert "fc1 of epoch 40, epoch 0 and epoch 40, rank 10, cut-off 0.3: " in (said := capsys.readouterr().out)
    assert "epoch 40 and epoch 0: 100 of 100 pairs beyond chance" in said
    narrow = str(resource("sample_runs/digits_lenet.h5"))
    assert main(["graph", SAMPLE, narrow, *words[3:5], "--out", str(tmp_path / "no.csv")]) == 2
    assert "only layers of equally many inputs can be stacked" in capsys.readouterr().err
