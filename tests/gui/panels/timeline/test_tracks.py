"""The tracks of the timeline are the numbers of the layer; marks, rules and the axis are what they say."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from tests.gui.recorded_weights import planted, record_weights, rows_to_commit
from workbench.figures.kinds import figure_from
from workbench.figures.overview.history import TRACKS, events
from workbench.figures.overview.layer import history_of, overview_of
from workbench.figures.process.wire import packed
from workbench.gui.panels.timeline.panel import TimelinePanel
from workbench.gui.state.layer_rows import LayerRows
from workbench.gui.state.player import Player
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.figures.overview.layer import LayerOverview
    from workbench.gui.state.session import Session
    from workbench.runs.place import Place

ALL = list(TRACKS)


@pytest.fixture
def panel(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, whole_timeline: None) -> Iterator[TimelinePanel]:
    player = Player(session, lambda: True, session)
    shown = TimelinePanel(session, pool, player, pool, LayerRows(session))
    qtbot.addWidget(shown)
    shown.resize(1000, 420)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def sample(session: Session, panel: TimelinePanel, qtbot: QtBot) -> Run:
    run = open_run(resource("sample_runs/digits_conv.h5"))
    session.add(run)
    session.select(layer="fc1", snapshot=run.snapshots - 1)
    panel.restore({"tracks": ALL})
    qtbot.waitUntil(lambda: panel.complete)
    return run


def curves(panel: TimelinePanel) -> dict[str, np.ndarray[Any, Any]]:
    assert panel.plot.shown is not None
    return {track.name: track.main for track in panel.plot.shown.tracks}


def rows_of(run: Run, layer: str) -> list[LayerOverview]:
    place = place_in(run, layer)
    return sorted([overview_of(place), *history_of(place)], key=lambda row: row.snapshot)


def test_each_track_is_the_number_of_the_layer_and_is_read_at_the_snapshot(
    panel: TimelinePanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    found, rows, layer = curves(panel), rows_of(sample, "fc1"), sample.layer("fc1")
    assert list(found) == ["accuracy", *ALL[:-2], "update"]
    weights = [layer.weights(at).astype(float) for at in range(sample.snapshots)]
    activity = [layer.activity(at) for at in range(sample.snapshots)]
    assert found["dead"].tolist() == [int((fires == 0).sum()) for fires in activity]  # type: ignore[operator]
    assert found["stable_rank"] == pytest.approx([(np.linalg.norm(w) / np.linalg.norm(w, 2)) ** 2 for w in weights])
    assert found["nuclear_norm"] == pytest.approx([np.linalg.norm(w, "nuc") for w in weights], rel=1e-5)
    energy = [np.linalg.svd(w, compute_uv=False) ** 2 for w in weights]
    assert found["participation_ratio"] == pytest.approx([e.sum() ** 2 / (e**2).sum() for e in energy])
    sizes = [np.linalg.norm(now - old) / np.linalg.norm(old) for old, now in pairwise(weights)]
    assert found["update"][1:] == pytest.approx(sizes)
    assert np.isnan(found["update"][0])
    assert found["accuracy"].tolist() == sample.test_accuracy.tolist()
    for name in (
        "hardly_moved",
        "isolated",
        "clusters",
        "repeated",
        "outliers",
        "elbow",
        "entropy_rank",
        "tail_exponent",
    ):
        assert found[name].tolist() == [getattr(row, name) for row in rows], name
    for snapshot in (28, 7):
        session.select(snapshot=snapshot)
        written = [words.text for words in panel.plot.values.words]
        assert written[:2] == [f"{sample.test_accuracy[snapshot]:.1f} %", f"{rows[snapshot].dead}"]
        assert written[-9:-6] == [
            f"{rows[snapshot].stable_rank:.1f}", f"{rows[snapshot].elbow}", f"{rows[snapshot].entropy_rank:.1f}",
        ]  # fmt: skip
        assert written[-2:] == [f"{rows[snapshot].tail_exponent:.2f}", f"{found['update'][snapshot]:.2g}"]
        assert len(panel.plot.points.data) == 3 + 16  # a dot for each curve
    for track in panel.plot.shown.tracks:  # type: ignore[union-attr]
        _, heights = panel.plot.curves["test" if track.name == "accuracy" else track.name].getData()
        low, high = track.scale
        back = (heights - panel.plot.foot(track) - 0.14) / 0.72 * (high - low) + low
        assert back == pytest.approx(track.main, nan_ok=True, abs=1e-9)
        known = heights[np.isfinite(heights)]
        assert (np.floor(known) == panel.plot.foot(track)).all(), "within its own track"


def test_marks_are_what_happened_and_lead_to_it(
    panel: TimelinePanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    happened = events(rows_of(sample, "fc1"))
    assert panel.plot.shown is not None
    marks = panel.plot.shown.marks
    assert {(mark.snapshot, words) for mark in marks for words in mark.words.split("; ")} == {
        (event.snapshot, event.words) for event in happened
    }
    died = next(mark for mark in marks if mark.track == "dead" and mark.snapshot > 2)
    place = panel.plot.shown.time.places[died.snapshot], float(panel.plot._places[marks.index(died), 1])
    box = panel.plot.getPlotItem().vb
    qtbot.waitUntil(lambda: box.height() > 100)
    panel.plot.pointed.emit(*place)
    assert f"; {died.words}; " in panel.line.text()
    assert "snapshot" in panel.line.text()
    position = panel.plot.mapFromScene(box.mapViewToScene(QPointF(*place)))
    assert panel.plot.mark_at(QPointF(position)) == died
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=position)
    assert session.selection.place.snapshot == died.snapshot  # type: ignore[union-attr]
    assert session.selection.units == frozenset(died.units) != frozenset()
    activity = np.array([sample.layer("fc1").activity(at) for at in range(sample.snapshots)])
    for unit in died.units:
        assert not activity[died.snapshot :, unit].any()
        assert activity[died.snapshot - 1, unit] > 0
    panel.restore({"tracks": ["outliers"]})
    assert {mark.track for mark in panel.plot.shown.marks} == {"outliers"}


def test_a_rule_marks_its_snapshots_and_names_the_first(panel: TimelinePanel, sample: Run, qtbot: QtBot) -> None:
    panel.restore({"rule": "dead > 20 % and accuracy > 50"})
    panel.rule.returnPressed.emit()
    qtbot.waitUntil(lambda: panel.complete)
    dead = np.array([row.dead for row in rows_of(sample, "fc1")])
    wanted = (dead > 20) & (sample.test_accuracy > 50)
    first = int(np.flatnonzero(wanted)[0])
    assert panel.plot.shown is not None
    assert panel.plot.shown.held is not None
    assert panel.plot.shown.held.tolist() == wanted.tolist()
    said = f"at {wanted.sum()} of 29 snapshots, first at epoch {sample.epochs[first]:.4g} (snapshot {first})"
    assert said in panel.line.text()
    path = panel.plot.shade.path()
    for snapshot in range(sample.snapshots):
        assert path.contains(QPointF(snapshot, 1.0)) == wanted[snapshot], snapshot
    panel.restore({"rule": "dead > 200 %"})
    panel.rule.returnPressed.emit()
    qtbot.waitUntil(lambda: panel.complete)
    assert "dead > 200 % at no snapshot" in panel.line.text()
    assert panel.settings()["rule"] == "dead > 200 %"
    panel.rule.setText("ded > 1")
    panel.rule.returnPressed.emit()
    qtbot.waitUntil(lambda: panel.complete)
    assert "the rule cannot be used: there is no column “ded”: did you mean dead?" in panel.line.text()
    assert panel.plot.shade.path().isEmpty()
    assert panel.settings()["rule"] == "", "no session opens with a rule that is none"


@pytest.mark.parametrize("scale", ["iterations", "epochs", "log"])
def test_an_axis_is_chosen_and_the_handle_goes_along_it(
    panel: TimelinePanel, sample: Run, session: Session, scale: str, qtbot: QtBot
) -> None:
    panel.restore({"axis": scale})
    places = {
        "iterations": sample.iterations,
        "epochs": sample.epochs,
        "log": np.log10(1 + sample.iterations / sample.iterations[1]),
    }[scale]
    assert panel.plot.corner.text == {"iterations": "iteration", "epochs": "epoch", "log": "iteration, log"}[scale]
    session.select(snapshot=11)
    assert panel.plot.handle.value() == pytest.approx(places[11])
    assert panel.plot.curves["dead"].getData()[0] == pytest.approx(places)
    box = panel.plot.getPlotItem().vb
    position = panel.plot.mapFromScene(box.mapViewToScene(QPointF(places[20], 9.99)))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=position)
    assert session.selection.place.snapshot == 20  # type: ignore[union-attr]
    assert panel.settings()["axis"] == scale


def test_another_layer_never_has_the_curves_of_this_one(
    panel: TimelinePanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    session.select(layer="fc2")
    found = curves(panel)
    assert np.isnan(found["dead"]).all()
    assert {text.toPlainText() for text in panel.plot.reasons if text.isVisible()} == {"computing…"}
    assert found["accuracy"].tolist() == sample.test_accuracy.tolist()
    qtbot.waitUntil(lambda: panel.complete)
    assert curves(panel)["dead"].tolist() == [row.dead for row in rows_of(sample, "fc2")]
    asked = panel.layer_tracks.known
    for snapshot in range(sample.snapshots):
        session.select(snapshot=snapshot)
    assert panel.complete
    assert panel.layer_tracks.known is asked, "dragging asks for nothing"


def test_what_is_not_stored_is_explained_in_its_track(
    panel: TimelinePanel, small_run: Run, session: Session, qtbot: QtBot
) -> None:
    session.add(small_run)
    panel.restore({"tracks": ["dead", "outliers"], "axis": "steps"})
    qtbot.waitUntil(lambda: panel.complete)
    said = [text.toPlainText() for text in panel.plot.reasons if text.isVisible()]
    expected = overview_of(place_in(small_run, "fc1")).missing
    assert said == [expected[name] for name in ("dead", "outliers") if name in expected]
    assert panel.restore({"tracks": ["dead", "no such"]}) == (
        f"Timeline, tracks: no such: no such track; there are {', '.join(TRACKS)}",
    )


def test_tracks_grow_with_their_run(
    panel: TimelinePanel, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    weights = {"fc1": planted(40, 90, 5)}
    run = record_weights(tmp_path / "run.h5", {"fc1": weights["fc1"][:3]}, capacity=5)
    session.add(run)
    panel.restore({"tracks": ["outliers", "update"], "rule": "outliers >= 0"})
    qtbot.waitUntil(lambda: panel.complete)
    computed: list[int] = []

    def counted(place: Place, *more: Any) -> LayerOverview:
        computed.append(place.snapshot)
        return overview_of(place, *more)

    monkeypatch.setattr("workbench.figures.overview.layer.overview_of", counted)
    with Recorder(tmp_path / "run.h5") as recorder:
        for snapshot in (3, 4):
            recorder.commit(rows_to_commit(weights, snapshot))
    grown = run.refreshed()
    panel.plot.go_to(4)  # what the session says before the plot has grown
    assert [words.text for words in panel.plot.values.words] == ["–", "–"]
    assert panel.plot.handle.value() > 2
    session.renew(run, grown)
    qtbot.waitUntil(lambda: panel.complete and panel.plot.shown.time.places.size == 5)  # type: ignore[union-attr]
    assert sorted(computed) == [3, 4], "and no row twice"
    assert curves(panel)["outliers"].tolist() == [row.outliers for row in rows_of(grown, "fc1")]
    assert np.isfinite(curves(panel)["update"][1:]).all()
    assert "outliers >= 0 at 5 of 5 snapshots, first at epoch 0 (snapshot 0)" in panel.line.text()
    assert session.selection.place.snapshot == 4  # type: ignore[union-attr]


def test_why_a_rule_cannot_be_looked_for_is_said(
    panel: TimelinePanel, sample: Run, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    def broken(*_of: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("workbench.gui.panels.timeline.asking.answers", broken)
    panel.restore({"rule": "dead > 3"})
    qtbot.waitUntil(lambda: "the disk is gone" in panel.line.text())
    assert "looking" not in panel.line.text()
    assert panel.complete


def test_the_figure_shows_what_the_panel_shows(
    panel: TimelinePanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    session.select(snapshot=12)
    panel.restore({"tracks": ["dead", "update"], "axis": "log", "rule": "dead > 10 %"})
    panel.rule.returnPressed.emit()
    qtbot.waitUntil(lambda: panel.complete)
    drawing = panel.drawing()
    assert drawing is not None
    assert not drawing.notes
    again = figure_from(drawing.view(), sample)
    assert packed((again.figure,)) == packed((drawing.figure,))
    assert again.figure.table().columns == ("snapshot", "iteration", "dead", "update ‖ΔW‖/‖W‖", "what happened")
