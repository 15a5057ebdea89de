"""The timeline over a group: each track is a mean with its interval, and a thin curve for each run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of, student
from workbench import figure, group_overview
from workbench.analysis.intervals import over_repeats
from workbench.figures.groups.trainings import Trainings, over_known
from workbench.figures.timeline.tracks import Track, inside
from workbench.gui.panels.timeline.asking import TrackAsker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.timeline.panel import TimelinePanel
    from workbench.gui.window.main_window import MainWindow

ALL_TRACKS = TrackAsker._answer  # before it is patched for windows that need no tracks
CHOSEN = ["accuracy", "dead", "outliers", "stable_rank", "update"]


@pytest.fixture(scope="module")
def whole(only_accuracies_in_timeline: None) -> Iterator[None]:
    """The timeline computes all of its tracks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrackAsker, "_answer", ALL_TRACKS)
        yield


@pytest.fixture(scope="module")
def lasting_window(whole: None, lasting_window: MainWindow) -> MainWindow:
    return lasting_window


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> TimelinePanel:
    grouped.session.select(layer="fc1", snapshot=3)
    found = grouped.timeline
    found.restore({"tracks": CHOSEN, "rule": "dead >= 0 and stable_rank > 1"})
    qtbot.waitUntil(lambda: found.complete and found.layer_tracks.known is not None, timeout=30_000)
    return found


def tracks_of(panel: TimelinePanel) -> dict[str, Track]:
    assert panel.plot.shown is not None
    return {track.name: track for track in panel.plot.shown.tracks}


def numbers_of(grouped: MainWindow, name: str) -> np.ndarray[Any, Any]:
    """(runs, T), as the overview of the group has them."""
    found = [each for each in group_overview(place_of(grouped).runs, all_snapshots=True).numbers if each.layer == "fc1"]
    return np.array([each.values for each in found if each.name == name], np.float64).T


def test_tracks_are_means_of_the_numbers_of_the_overview(panel: TimelinePanel, grouped: MainWindow) -> None:
    tracks = tracks_of(panel)
    assert list(tracks) == CHOSEN
    assert not any(track.reason for track in tracks.values())
    for name in ("dead", "outliers", "stable_rank"):
        values = numbers_of(grouped, name)
        mean, low, high = student(values)
        track = tracks[name]
        np.testing.assert_array_equal(track.runs[name].values, values)
        np.testing.assert_allclose(track.main, mean, rtol=1e-12)
        np.testing.assert_allclose(track.runs[name].over.low, low, rtol=1e-9, atol=1e-12)
        items = panel.plot.runs.bands[name]
        ends = [panel.plot.heights(track, np.clip(each, *track.scale)) for each in (low, high)]
        np.testing.assert_allclose(items.band.getData()[1], np.append(ends[0], ends[1][::-1]), rtol=1e-9)
        foot = panel.plot.foot(track)
        drawn = items.runs.getData()[1]
        assert foot <= np.nanmin(drawn) <= np.nanmax(drawn) <= foot + 1, "no curve leaves its track"
    accuracies = np.array([run.test_accuracy for run in place_of(grouped).runs])
    np.testing.assert_allclose(tracks["accuracy"].main, student(accuracies)[0], rtol=1e-12)
    np.testing.assert_array_equal(tracks["accuracy"].runs["test"].values, accuracies)
    texts = [entry.text for entry in panel.legend.entries]
    assert texts[-2:] == ["mean of 3 trainings (seeds 0, 1, 2), 95 % interval", "each run"]
    panel.grab()


def test_pointing_at_a_snapshot_reads_means_with_intervals(panel: TimelinePanel, grouped: MainWindow) -> None:
    assert panel.plot.shown is not None
    panel.plot.pointed.emit(float(panel.plot.shown.time.places[2]), 0.5)
    mean, low, high = (float(each[2]) for each in student(numbers_of(grouped, "dead")))
    assert f"dead {mean:.1f} ({low:.1f} to {high:.1f})" in panel.line.text()
    panel.plot.left.emit()


def test_a_rule_holds_where_it_holds_in_each_run(qtbot: QtBot, panel: TimelinePanel, grouped: MainWindow) -> None:
    outliers = numbers_of(grouped, "outliers")
    most = int(outliers.max())
    some, every = (outliers >= most).any(axis=0), (outliers >= most).all(axis=0)
    assert some.any()
    panel.restore({"rule": f"outliers >= {most}"})
    qtbot.waitUntil(lambda: panel.complete and f"; outliers >= {most}" in panel.line.text(), timeout=30_000)
    assert panel.plot.shown is not None
    assert panel.plot.shown.held is not None
    np.testing.assert_array_equal(panel.plot.shown.held, every)
    said = f"in each of 3 runs at {every.sum()} of" if every.any() else "at no snapshot in each run"
    assert said in panel.line.text()


def test_the_figure_of_tracks_is_what_python_makes(
    panel: TimelinePanel, grouped: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing, place = panel.drawing(), place_of(grouped)
    assert drawing is not None
    text = drawing.figure.table().text()
    chosen = {"tracks": CHOSEN, "rule": "dead >= 0 and stable_rank > 1"}
    made = figure("timeline", place.runs[1], "fc1", place.snapshot, group=(place.runs[0], place.runs[2]), **chosen)
    assert made.figure.table().text() == text
    program = panel.as_python()
    assert program is not None
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == text.strip()
    rows = list(csv.DictReader(io.StringIO(text)))
    shown = [[float(row[name]) for row in rows] for name in ("mean dead", "dead, 95 % low", "dead, 95 % high")]
    np.testing.assert_allclose(shown, student(numbers_of(grouped, "dead")), rtol=1e-9, atol=1e-12)


def test_numbers_that_some_runs_lack_are_means_over_the_others() -> None:
    values = np.array([[1.0, np.nan, np.nan], [2.0, 3.0, np.nan], [6.0, 5.0, np.nan]])
    over = over_known(values)
    np.testing.assert_array_equal(over.mean, [3.0, 4.0, np.nan])
    two = over_repeats(np.array([3.0, 5.0]))
    assert (over.low[1], over.high[1]) == (float(two.low), float(two.high))
    track = Track("dead", "dead", {"dead": over.mean}, str, runs={"dead": Trainings(values, ("a", "b", "c"))})
    assert track.scale == (0.0, 6.0)
    low, high = inside(track.scale, track.runs["dead"])
    assert (low[0], high[0]) == (0.0, 6.0)
    assert track.reading(2) == "–"
