"""Every number of the overview equals brute force, and what does not exist is said to be missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from tests.figures.overview.overview_twin import numbers
from workbench.analysis.close_pairs import directions_of_gram, directions_of_weights, nearest_units
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.overview.layer import COLUMNS, NUMBERS, LayerOverview, final_places, overview_of, overviews
from workbench.figures.overview.words import finding, text_of, watched_images
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.runs import layout
from workbench.runs.derived import spectrum
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing import birth
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def run_of(path: Path, weights: list[NDArray[np.float64]], activity: list[NDArray[np.float64]] | None = None,
           initialiser: str = "torch_default") -> Run:  # fmt: skip
    """A run of one layer that holds just this."""
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), initialiser=initialiser, epochs=1.0)
    units, inputs = weights[0].shape
    layers = (layout.LayerInfo("fc", "linear", units, inputs, 0),)
    plan = layout.plan(layers, {"fc.weight": ((units, inputs), "float32")}, 0)
    birth.create(path, spec, layers, plan, len(weights), "one")
    with Recorder(path) as recorder:
        for at, each in enumerate(weights):
            stored = each.astype(np.float32)
            rows = dict(layout.HistoryRow(at, at, 0.0, 0.1, 1.0, 50.0, 1.0, 50.0, 1.0, 50.0).rows())
            rows |= {"/parameters/fc.weight": stored}
            active = np.full(units, np.nan) if activity is None else activity[at]
            rows["/activity/fc"] = active.astype(np.float32)
            rows["/spectrum/fc"], gram = spectrum(layers[0], stored)
            rows |= {} if gram is None else {"/gram/fc": gram}
            recorder.commit(rows)
    return open_run(path)


def check(row: LayerOverview) -> None:
    for name, expected in numbers(row.place).items():
        assert getattr(row, name) == (pytest.approx(expected) if isinstance(expected, float) else expected), name


def test_every_number_of_the_samples_equals_brute_force(sample: Run) -> None:
    rows = list(overviews(sample))
    assert len({(row.layer, row.snapshot) for row in rows}) == len(rows) == len(sample.layers) * sample.snapshots
    assert [row.place for row in rows[: len(sample.layers)]] == final_places(sample)
    assert {row.snapshot for row in rows[: len(sample.layers)]} == {sample.snapshots - 1}
    assert rows[-1].snapshot == 0
    for row in rows:
        if row.snapshot in (0, 9, sample.snapshots - 1):
            check(row)


def test_the_numbers_are_those_of_the_panels(sample: Run) -> None:
    for place in final_places(sample):
        row = overview_of(place)
        *_, graph = Graphs().results(GraphNeeds(place, None, 0.5))
        assert (row.isolated, row.clusters) == (graph.graph.isolated, graph.graph.clusters)
        assert (row.dead, row.hardly_moved) == (graph.states.dead.sum(), graph.states.hardly_moved.sum())
        ranks = WEIGHTS.spectrum(place)
        assert (row.elbow, row.outliers) == (ranks.kneedle, ranks.above_edge)
        repeated = (graph.graph.edges[graph.graph.inner_products >= 0.95]).ravel().tolist()
        assert row.idle == len({*repeated, *np.flatnonzero(graph.states.dead).tolist()})
        assert row.norm_percent == ranks.norm_percent[ranks.kneedle]
        assert row.outliers == len(layer_spectrum(sample, place.layer, place.snapshot).outliers)


@pytest.mark.parametrize("shape", [(12, 5), (6, 30), (40, 3), (1, 4)])
def test_a_random_run_with_repeated_removed_and_dead_units(tmp_path: Path, shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape)
    start = random.normal(size=shape)
    trained = start + 0.4 * random.normal(size=shape)
    if len(start) > 1:
        trained[1], trained[2] = 0.0, 3.0 * trained[0]
    with run_of(tmp_path / "run.h5", [start, trained], [random.uniform(size=shape[0]) > 0.5 for _ in range(2)]) as run:
        for row in overviews(run):
            check(row)


@pytest.mark.parametrize("block", [1, 20, 1 << 22])  # cosines at once
@pytest.mark.parametrize("shape", [(1, 3), (7, 3), (19, 20)])
def test_the_nearest_unit_is_the_one_of_the_largest_cosine(
    shape: tuple[int, int], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.analysis.close_pairs._BLOCK", block)
    random = np.random.default_rng(shape)
    weights = random.normal(size=shape)
    weights[3:4] = 0.0
    weights[5:6] = weights[4:5]
    lengths = np.linalg.norm(weights, axis=1)
    alike = weights @ weights.T / np.maximum(np.outer(lengths, lengths), 1e-300)
    np.fill_diagonal(alike, -2.0)
    alike[:, lengths == 0], alike[lengths == 0] = -2.0, -2.0
    for directions in (directions_of_weights(weights), directions_of_gram(weights @ weights.T)):
        found = nearest_units(directions)
        there = (lengths > 0) & (alike.max(axis=1) > -2.0)
        assert found.units.tolist() == np.where(there, alike.argmax(axis=1), -1).tolist()
        np.testing.assert_allclose(found.cosines[there], alike.max(axis=1)[there])
        assert np.isnan(found.cosines[~there]).all()


def test_what_does_not_exist_is_none_and_says_why(tmp_path: Path) -> None:
    weights = np.random.default_rng(1).normal(size=(9, 4))
    diverged = np.where(np.eye(9, 4) > 0, np.nan, weights)
    with run_of(tmp_path / "one.h5", [weights], initialiser="unknown") as run:
        (row,) = overviews(run)
        assert (row.dead, row.hardly_moved, row.outliers) == (None, None, None)
        assert row.missing["dead"] == "the run stores no activity of this layer"
        assert row.missing["hardly_moved"] == "the run has only one snapshot"
        assert row.missing["outliers"] == "4 eigenvalues are too few to fit a Marchenko–Pastur law to"
    with run_of(tmp_path / "zero.h5", [weights, np.zeros((9, 4))], [np.ones(9)] * 2) as run:
        row = next(overviews(run))
        assert row.cells()[2:9] == (0, 4, 0, 0, 0, 0, 0)
        assert text_of(finding(row)) == "fc: every weight is zero, so no unit is left."
        assert {**row.missing, "tail_exponent": ""} == {"outliers": "every entry is zero", "tail_exponent": ""}
    with run_of(tmp_path / "diverged.h5", [weights, diverged], [np.ones(9)] * 2) as run:
        row = next(overviews(run))
        assert row.cells()[2:] == (9, 4, *[None] * len(NUMBERS))
        why = "it holds infinite or undefined numbers at snapshot 1"
        assert set(row.missing.values()) == {why}
        assert text_of(finding(row)) == f"fc: nothing can be said of this snapshot, because {why}."


def test_a_layer_that_is_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.analysis.close_pairs.MOST_WORK", 10.0)
    random = np.random.default_rng(2)
    path = tmp_path / "wide.h5"
    with run_of(path, [random.normal(size=(9, 12)) for _ in range(2)], [np.ones(9)] * 2) as run:
        row = next(overviews(run))
        assert (row.isolated, row.clusters, row.repeated, row.dead) == (None, None, None, 0)
        assert row.missing["isolated"].startswith("a graph of 9 units compares 36 pairs")
        assert "were not compared" in text_of(finding(row))


def test_overview_in_python_is_in_the_networks_order(run: Run) -> None:
    found = wb.overview(run, all_snapshots=True)
    assert found.columns == COLUMNS
    assert [row[:2] for row in found.rows()] == [(each.name, at) for each in run.layers for at in range(29)]
    assert len(found.findings()) == len(run.layers)
    assert [len(row) for row in wb.overview(run).rows()] == [len(COLUMNS)] * 5
    assert set(NUMBERS) < set(COLUMNS)


def test_the_images_of_the_activity_are_named(run: Run) -> None:
    assert watched_images(run) == "the 144 validation images"
    assert place_in(run, "fc1").layer_view.activity() is not None
