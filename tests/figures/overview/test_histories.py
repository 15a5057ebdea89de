"""Tracks hold the numbers of every snapshot, and events are what changed between two of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.figures.overview.test_overview import run_of
from workbench.figures.overview.history import TRACKS, Event, events, track, update_at
from workbench.figures.overview.layer import history_of, overview_of
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.run import Run


def rows_of(run: Run, layer: str) -> list[LayerOverview]:
    place = place_in(run, layer)
    return [overview_of(place), *history_of(place)]


def test_tracks_are_those_of_every_snapshot(run: Run) -> None:
    rows, layer = rows_of(run, "fc2"), run.layer("fc2")
    silent = [int((layer.activity(at) == 0).sum()) for at in range(run.snapshots)]  # type: ignore[union-attr]
    assert track(rows, "dead").tolist() == silent
    assert track(rows, "stable_rank").tolist() == pytest.approx(
        [values.sum() / values[0] for values in map(layer.eigenvalues, range(run.snapshots))]
    )
    assert track(rows, "accuracy").tolist() == run.test_accuracy.tolist()
    assert np.isnan(track(rows[:1], "isolated")).sum() == run.snapshots - 1
    assert {"dead", "hardly_moved", "isolated", "clusters", "outliers", "accuracy", "update"} <= {*TRACKS}
    with pytest.raises(KeyError):
        track(rows, "update")
    weights = [layer.weights(at).astype(np.float64) for at in range(run.snapshots)]
    sizes = [np.linalg.norm(now - old) / np.linalg.norm(old) for old, now in pairwise(weights)]
    assert np.isnan(update_at(place_in(run, "fc2", 0)))
    assert [update_at(place_in(run, "fc2", at)) for at in range(1, run.snapshots)] == pytest.approx(sizes)


def test_a_unit_dies_at_the_first_snapshot_from_which_on_it_never_fires(run: Run) -> None:
    fires = np.array([run.layer("fc1").activity(at) for at in range(run.snapshots)])
    died = {unit: min(at for at in range(29) if not fires[at:, unit].any()) for unit in np.flatnonzero(fires[-1] == 0)}
    found = {event.snapshot: event for event in events(rows_of(run, "fc1")) if event.kind == "died"}
    assert {at: set(event.units) for at, event in found.items()} == {
        at: {unit for unit, when in died.items() if when == at} for at in set(died.values())
    }
    assert found[0].words == "4 units never fire"
    assert found[5].words == "1 unit dies"


def test_clusters_form_and_merge_and_outliers_appear(tmp_path: Path) -> None:
    axes = np.eye(8, 400)
    alone = axes.copy()
    pairs, one = alone.copy(), alone.copy()
    pairs[1], pairs[3] = pairs[0] + 0.1 * axes[1], pairs[2] + 0.1 * axes[3]
    one[:5] = axes[0] + 0.1 * axes[:5]
    with run_of(tmp_path / "run.h5", [alone, pairs, one, one, alone], initialiser="unknown") as run:
        rows = rows_of(run, "fc")
        found = [event for event in events(rows) if event.kind != "outliers"]
        assert found == [
            Event(1, "formed", 2, "2 clusters form", (0, 1, 2, 3)),
            Event(2, "merged", 2, "2 clusters merge into one", (0, 1, 2, 3, 4)),
            Event(4, "dissolved", 1, "a cluster of 5 dissolves", (0, 1, 2, 3, 4)),
        ]
        known = sorted(rows, key=lambda row: row.snapshot)
        assert track(rows, "largest_cluster").tolist() == [0, 2, 5, 5, 0]
        grown = {
            now.snapshot: now.outliers - old.outliers
            for old, now in pairwise(known)
            if old.outliers is not None and now.outliers is not None and now.outliers > old.outliers
        }
        assert {event.snapshot: event.count for event in events(rows) if event.kind == "outliers"} == grown


def test_nothing_is_said_of_what_is_not_stored(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    diverged = np.full((6, 300), np.nan)
    weights = [random.normal(size=(6, 300)), diverged, random.normal(size=(6, 300))]
    with run_of(tmp_path / "run.h5", weights) as run:
        rows = rows_of(run, "fc")
        assert [event.kind for event in events(rows)] == []
        assert np.isnan(track(rows, "dead")).all()
        assert np.isnan([update_at(place_in(run, "fc", at)) for at in range(3)]).all()
    assert events([]) == ()
