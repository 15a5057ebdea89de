"""The views of the map, and what lies over the weight graph: pairs of a stack, arrows, and where a film begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.figures.graph.edges import arrow_path
from workbench.figures.kinds import figure, figure_from
from workbench.figures.stacks.moving import MovingGraph
from workbench.figures.stacks.starts import read_start, start_text
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from workbench.runs.run import Run


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run


def made(run: Run, **settings: Any) -> Any:
    return figure("map", run, "fc1", **settings).figure


def test_the_matrix_has_the_components_of_the_graph_as_blocks(run: Run) -> None:
    graph, found = run.layer("fc1"), made(run, show="matrix", cutoff=0.4, units=(3,))
    order = [int(unit) for unit in found.units]
    rows = graph.weights(-1).astype(np.float64)
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    cosines = rows @ rows.T
    np.testing.assert_allclose(found.values, cosines[np.ix_(order, order)], atol=1e-5)
    assert found.selected.tolist() == [order.index(3)]
    assert found.limit == pytest.approx(np.abs(cosines - np.eye(len(order))).max(), abs=1e-5)
    table = found.table()
    assert table.columns[:2] == ("units", "group")
    assert len(table.rows) == len(order)


def test_the_plane_says_the_share_of_each_axis(run: Run) -> None:
    found = made(run, show="plane")
    rows = run.layer("fc1").weights(-1).astype(np.float64)
    values = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    share = 100.0 * values[0] / values.sum()
    assert found.labels[0] == f"1st principal direction, {share:.3g} % of the variance"
    assert np.square(found.points[:, 0]).sum() == pytest.approx(values[0], rel=1e-6)


def test_pairs_are_listed_and_counted_against_chance(run: Run) -> None:
    with pytest.raises(ValueError, match="No layer is stacked"):
        made(run, show="pairs")
    found = made(run, show="pairs", stacked=("snapshot:0", "rank:10"))
    assert found.names == ("epoch 0", "epoch 40, rank 10")
    assert found.counts.sum(axis=1).tolist() == [100, 100]
    assert found.by_chance.sum() == pytest.approx(200.0)
    rows = found.table().rows
    assert len(rows) == 200
    assert [row[4] for row in rows] == sorted((row[4] for row in rows), reverse=True)
    first = run.layer("fc1").weights(-1)[3].astype(np.float64)
    then = run.layer("fc1").weights(0)[3].astype(np.float64)
    cosine = first @ then / np.linalg.norm(first) / np.linalg.norm(then)
    (own,) = [row for row in rows if row[1] == 3 and row[2] == "epoch 0"]
    assert own[3] == 3  # units of one layer are paired by their number
    assert own[4] == pytest.approx(cosine)


def test_clusters_over_time_have_all_units(run: Run) -> None:
    found = made(run, show="sizes")
    layer = run.layer("fc1")
    there = [int(layer.present(at).sum()) for at in range(run.snapshots)]
    assert (found.sizes.sum(axis=0) + found.isolated).tolist() == there
    assert found.numbers.tolist() == run.epochs.tolist()
    assert len(found.table().rows) == run.snapshots


def test_lines_join_pairs_beyond_chance_and_arrows_come_from_an_earlier_layout(run: Run) -> None:
    stacked = figure("graph", run, "fc1", stacked=("snapshot:0",), cutoff=0.4).figure
    assert stacked.pairs.tolist() == [[unit, unit + 100] for unit in range(100)]  # type: ignore[attr-defined]
    drawing = figure("graph", run, "fc1", cutoff=0.4, arrows="first")
    found: Any = drawing.figure
    assert found.since == "epoch 0"
    assert "median cosine" in drawing.notes[0]
    assert len(drawing.positions) == 2 * len(found.positions)
    again: Any = figure_from(drawing.view(), run).figure
    np.testing.assert_array_equal(again.tails, found.tails)
    np.testing.assert_array_equal(again.positions, found.positions)
    alone = figure("graph", run, "fc1", snapshot=0, arrows="previous")
    assert alone.notes == ("no arrows: there is no earlier snapshot",)
    without = figure("graph", run, "fc1", stacked=("snapshot:0",), cutoff=0.4, pairs=False).figure
    assert without.pairs is None  # type: ignore[attr-defined]


def test_an_arrow_has_a_shaft_and_a_head_and_a_short_one_is_left_out() -> None:
    path = arrow_path(np.array([[0.0, 0.0], [5.0, 5.0]]), np.array([[12.0, 0.0], [5.1, 5.0]]), np.full(2, 2.0), 2.0)
    assert path.shape == (7, 2)
    np.testing.assert_allclose(path[[0, 1, 4]], [[0, 0], [10, 0], [10, 0]])
    np.testing.assert_allclose(path[[3, 5], 0], [8, 8])
    assert np.isnan(path[[2, 6]]).all()


def test_a_moving_graph_begins_where_it_is_told(run: Run) -> None:
    from workbench.figures.settings import GraphSettings

    places = np.random.default_rng(0).uniform(-300, 300, (100, 2)).round(1).astype(np.float32)
    snapshot, read = read_start(start_text(4, places))
    assert snapshot == 4
    np.testing.assert_allclose(read, places, atol=0.01)
    moving = MovingGraph(run.place("fc1"), GraphSettings(), start=start_text(4, places))
    np.testing.assert_allclose(moving.at(4)[1], places, atol=0.01)
    other = MovingGraph(run.place("fc1"), GraphSettings(), start=start_text(5, places))
    first = other.at(4)[1]
    assert not np.allclose(first, places, atol=1.0)
    wrong = MovingGraph(run.place("fc1"), GraphSettings(), start=start_text(4, places[:7]))
    with pytest.raises(ValueError, match="7 nodes"):
        wrong.at(4)
    for text in ("", "4", "x:AA==", "4:!!", "4:AAAA"):
        with pytest.raises(ValueError, match="cannot be read"):
            read_start(text)
