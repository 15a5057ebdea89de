"""Layers of very many units: opened, measured and drawn without a matrix of all pairs; and nodes that are seen."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import workbench as wb
from workbench.analysis import close_pairs, matrices
from workbench.cli import main
from workbench.evaluation.networks.named import NotNamed
from workbench.evaluation.ranks.approximated import Approximated
from workbench.figures.drawing import table_bytes
from workbench.figures.graph import known as graph_known
from workbench.figures.graph import layer as graph_layer
from workbench.figures.graph.figure import graph_figure, settled
from workbench.figures.graph.groups import NOT_DRAWN
from workbench.figures.graph.known import LARGEST_RADIUS, SMALLEST_RADIUS, node_radii
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import GraphResult, Graphs
from workbench.figures.graph.words import in_words
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.question import Question
from workbench.figures.settings import GraphSettings
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.figures.stacks.making import graph_result
from workbench.reports.structure import structure_of
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.analysis.graph import WeightGraph
    from workbench.runs.run import Run

NORMS = st.lists(st.sampled_from([0.0, 5e-324, 1e-300, 1e-10, 1e-3, 0.7, 1.0, 1e3, 1e10, 1e150]), min_size=1)


@given(norms=NORMS, ends=st.sampled_from([0.0, 5e-324, 1e-10, 1.0, 1e10]))
@settings(deadline=None)
def test_nodes_are_never_invisible_and_never_larger_than_their_room(norms: list[float], ends: float) -> None:
    """Whatever the norms of this snapshot, and of the run's ends, are."""
    lengths = np.array(norms)
    scale = max(ends, float(lengths.max()))
    radii = node_radii(lengths, scale)
    assert np.isfinite(radii).all()
    assert (radii >= SMALLEST_RADIUS).all()
    assert (radii <= LARGEST_RADIUS).all()
    assert (np.diff(radii[np.argsort(lengths)]) >= 0).all(), "a larger norm never has a smaller node"
    in_proportion = radii > SMALLEST_RADIUS
    np.testing.assert_allclose(radii[in_proportion], LARGEST_RADIUS * (lengths[in_proportion] / scale))


def imported(folder: Path, weights: np.ndarray, name: str = "lm_head") -> Run:
    save_file({f"{name}.weight": weights.astype(np.float32)}, str(folder / "theirs.safetensors"))
    assert main(["import", str(folder / "theirs.safetensors"), "--out", str(folder / "run.h5")]) == 0
    return wb.open_run(folder / "run.h5")


def test_a_head_of_50257_units_is_opened_and_measured_at_the_cost_of_its_smaller_side(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).standard_normal((50_257, 64), np.float32)
    weights[7] = 0.0
    with imported(tmp_path, weights) as run:
        layer = run.layer("lm_head")
        tracemalloc.start()
        try:
            norms, spectrum = layer.norms(), layer_spectrum(run, "lm_head")
            ranks = Approximated("normalised").spectrum(place_in(run, "lm_head", 0))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 5 * weights.nbytes
    np.testing.assert_allclose(norms, np.linalg.norm(weights.astype(float), axis=1))
    whole = weights.astype(float)
    np.testing.assert_allclose(spectrum.eigenvalues, np.linalg.eigvalsh(whole.T @ whole)[::-1])
    assert (spectrum.units, spectrum.zero_units, len(spectrum.eigenvalues), ranks.ranks) == (50_256, 1, 64, 64)


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 300 units were very many."""
    monkeypatch.setattr(close_pairs.close_pairs, "__defaults__", (500,))
    monkeypatch.setattr("workbench.figures.graph.layer.MOST_PAIRS", 500)
    monkeypatch.setattr(matrices, "LARGEST_SQUARE", 100 * 100 * 8)
    monkeypatch.setattr(graph_known, "MOST_NODES", 40)


def clustered() -> np.ndarray:
    """300 units of 16 inputs: 50 that point the same way, the others at random, four without weights."""
    random = np.random.default_rng(3)
    weights = random.standard_normal((300, 16))
    weights[100:150] = random.standard_normal(16) + 0.1 * random.standard_normal((50, 16))
    weights[296:] = 0.0
    return weights


def test_a_snapshot_seen_before_comes_back_without_comparing_its_units(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as memory allows; a higher cut-off needs no comparing either."""
    graphs, made = Graphs(), list[int]()
    compare = graph_layer.graph_of_directions
    monkeypatch.setattr(
        graph_layer, "graph_of_directions", lambda directions, *rest: made.append(1) or compare(directions, *rest)
    )

    def graph(snapshot: int, cutoff: float = 0.25) -> WeightGraph:
        needs = GraphNeeds(place_in(run, "fc1", snapshot), cutoff, 0.5)
        *_, last = graphs.results(needs)
        return last.graph

    first = [graph(snapshot) for snapshot in (3, 7, 28)]
    assert len(made) == 3
    assert [graph(snapshot) for snapshot in (3, 7, 28)] == first
    higher = graph(7, 0.5)
    assert len(made) == 3
    np.testing.assert_array_equal(higher.edges, first[1].edges[first[1].inner_products >= 0.5])
    assert len(graph(7, 0.1).edges) > len(first[1].edges)
    assert len(made) > 3, "a lower cut-off has more edges"
    made.clear()
    monkeypatch.setattr(graph_known, "MOST_BYTES", 0)
    for snapshot in (12, 14, 12, 14):
        graph(snapshot)
    assert len(made) >= 4, "one graph alone is kept where several take too much memory"


@pytest.mark.usefixtures("small_limits")
def test_a_large_graph_has_a_raised_cutoff_and_its_most_joined_units_drawn(tmp_path: Path) -> None:
    weights = clustered()
    with imported(tmp_path, weights) as run:
        result = graph_result(Graphs(), place_in(run, "lm_head", 0), GraphSettings(cutoffs={"300x16": 0.5}))
        found = result.graph
        angles = np.triu(matrices.cosines(weights @ weights.T), 1)
        assert len(found.edges) == np.count_nonzero(angles >= found.cutoff) <= 500
        assert (found.requested, found.nodes) == (0.5, 296)
        assert found.cutoff > 0.5
        drawn = np.flatnonzero(result.drawn)
        assert len(drawn) == 40
        assert set(drawn) <= set(range(100, 150)), "the units with the most edges"
        assert (result.groups[~result.drawn] == NOT_DRAWN).all()
        assert result.links.members.tolist() == drawn.tolist()
        words = in_words(result)
        assert f"; {len(found.edges)} edges; cut-off raised from 0.5 to {found.cutoff:g}, because" in words
        assert "because more than 500 edges reach 0.5; drawn: the 40 of 296 units with the most edges, and " in words
        assert words.endswith("; 4 units of 300 with all weights zero left out")
        figure = graph_figure(result, settled(result))
        assert sum(len(members) for members, _ in figure.shades()) == result.drawn_edges.sum() > 100
        rows = figure.table().rows
        assert len(rows) == 296 + len(found.edges), "the table holds all of it"
        assert sum(row[3] is not None for row in rows if row[0] == "node") == 40
        assert 0.5 < table_bytes([figure]) / len(figure.table().text()) < 2


@pytest.mark.usefixtures("small_limits")
def test_a_large_graph_without_edges_shows_its_largest_units(tmp_path: Path) -> None:
    weights = np.random.default_rng(0).standard_normal((60, 64))
    weights[20:] *= 2.0
    with imported(tmp_path, weights) as run:
        result = graph_result(Graphs(), place_in(run, "lm_head", 0), GraphSettings(cutoffs={"60x64": 0.99}))
        assert np.flatnonzero(result.drawn).tolist() == list(range(20, 60))
        assert in_words(result).endswith("; 0 edges; drawn: the 40 of 60 units with the largest norms")


@pytest.mark.usefixtures("small_limits")
def test_what_is_said_of_a_large_layer_needs_no_matrix_of_all_pairs(tmp_path: Path) -> None:
    """Or says so: the frame potential and what follows from it."""
    with imported(tmp_path, clustered()) as run:
        assert structure_of(place_in(run, "lm_head", 0)).units == 296
        for matrix in ("weights", "normalised"):
            assert Approximated(matrix).spectrum(place_in(run, "lm_head", 0)).ranks == 16
        assert wb.analysis.orders.removal_order("max_mag", run.layer("lm_head").norms()).shape == (300,)
        with pytest.raises(ValueError, match="compares every unit with every other: a matrix of 300 × 300 numbers"):
            run.layer("lm_head").gram()


@pytest.mark.parametrize("command", ["graph", "figure"])
def test_a_large_export_needs_a_yes_on_the_command_line(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("workbench.cli.places.LARGE", 1000)
    imported(tmp_path, clustered()).close()
    words = [command, *(["graph"] if command == "figure" else []), str(tmp_path / "run.h5"), "--layer", "lm_head"]
    words += ["--out", str(tmp_path / "x.svg"), "--csv"] if command == "figure" else ["--out", str(tmp_path / "x.json")]
    before = {path.name for path in tmp_path.iterdir()}
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "would take about 0 MB: write it anyway with --yes" in said
    assert {path.name for path in tmp_path.iterdir()} == before
    assert main([*words, "--yes"]) == 0


def test_a_layer_without_weights_has_a_sentence_in_place_of_a_graph(tmp_path: Path) -> None:
    with imported(tmp_path, np.zeros((5, 8))) as run:
        result: GraphResult = graph_result(Graphs(), place_in(run, "lm_head", 0), GraphSettings())
        assert np.isfinite(result.radii).all()
        assert in_words(result).endswith(": every weight is zero, so there is no graph")
        low, high = graph_figure(result, settled(result)).corners()
        assert np.isfinite([low, high]).all()


def test_units_are_not_put_in_order_where_nothing_can_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a network that nobody has named: it would take a gigabyte of 8,192 units, at each step of the timeline."""
    monkeypatch.setattr("workbench.figures.pruning.curves.removal_order", lambda *_: pytest.fail("in order"))
    with imported(tmp_path, clustered()) as run:
        asked = Question(place_in(run, "lm_head", 0), ("max_fp",), "bias", "test", "accuracy")
        with pytest.raises(NotNamed):
            next(iter(PruningCurves().pictures(asked)))
