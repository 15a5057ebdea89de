"""`workbench bench gui` drives the real window and measures what it says it measures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QWidget
from warm_children import run_python

import workbench as wb
from workbench.cli import main
from workbench.cli.commands.window import SCENES
from workbench.gui.bench import calls, report
from workbench.gui.bench.amount import Amount
from workbench.gui.bench.calls import Series, Spread, Times
from workbench.gui.bench.evaluating import Answered, Evaluated
from workbench.gui.bench.resources import Resources, held
from workbench.gui.bench.scenes import Measured, Scene
from workbench.gui.bench.synthetic import LAYER, Wide, weights_of
from workbench.gui.window.startup import Start

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

LITTLE = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from workbench.gui.bench import evaluating
from workbench.gui.bench.scenes import measure
from workbench.gui.bench.amount import Amount
evaluating.AFTER = 0.5
found = measure([Path(sys.argv[1])], Amount(1, 0.3, 1, 1, 2, 0.0, 1, 0, 0, 20.0), lambda what: None)
print(json.dumps(asdict(found)))
"""
SLEEPING = """
import json, sys, time
from dataclasses import asdict
from PySide6.QtCore import QTimer
from workbench.gui.bench.calls import Measure, MeasuredApplication
application = MeasuredApplication(["test"])
measure = Measure(application)
measure.start()
QTimer.singleShot(0, lambda: time.sleep(0.05))
QTimer.singleShot(200, application.quit)
application.exec()
print(json.dumps(asdict(measure.stop())))
"""


def printed(program: str, *arguments: str) -> dict[str, Any]:
    """The JSON that a Python of its own prints last: an application that measures is made once in a process."""
    done = run_python("-c", program, *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_whole_benchmark_in_small(path: Path) -> None:
    found = printed(LITTLE, str(path))
    (start,) = found["starts"]
    assert 0 < start["shown"] <= start["drawn"]
    assert "matplotlib" not in start["loaded"]
    by_name = {scene["name"].partition(",")[0]: scene for scene in found["scenes"]}
    assert set(by_name) == {
        "drag end to end",
        "play",
        "scroll the table of units",
        "drag while a training runs",
        "1 drags",
        "open and close 1 times",
    }
    for scene in found["scenes"]:
        assert 0 < scene["times"]["wall"]["p50"] <= scene["times"]["wall"]["p99"] <= scene["times"]["wall"]["max"]
    assert by_name["play"]["shown"] == by_name["play"]["there"], "playing skips no snapshot"
    assert by_name["drag end to end"]["passed"] == by_name["drag end to end"]["there"]
    opened = by_name["open and close 1 times"]["growth"]
    assert max(opened["threads"], opened["handles"], opened["qt_objects"]) <= 0
    (evaluated,) = found["evaluated"]
    assert evaluated["answers"] == [], "no network is known of this run"
    assert 0 < evaluated["before_mb"] < evaluated["after_mb"] + 500
    assert evaluated["before_mb"] < evaluated["warmed_mb"] + 50
    assert found["left"] == []


def test_a_call_that_waits_takes_wall_time_and_no_processor_time_and_makes_a_timer_late() -> None:
    found = printed(SLEEPING)
    assert found["wall"]["max"] >= 50
    assert found["cpu"]["max"] < 50
    assert found["late"]["max"] >= 40


def test_a_series_knows_its_percentiles_and_overwrites_its_oldest_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST", 100)
    series = Series()
    assert series.spread() == Spread(0, 0.0, 0.0, 0.0)
    for value in range(1000, 0, -1):
        series.add(value)
    assert series.spread() == Spread(1000, 50.5, 99.01, 100.0)
    series.clear()
    series.add(7.0)
    assert series.spread() == Spread(1, 7.0, 7.0, 7.0)


def test_what_is_held_grows_with_what_is_made(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    before = held(window)
    keep = [open(__file__, "rb") for _ in range(3)] + [QWidget(window) for _ in range(2)] + [bytearray(8 << 20)]  # noqa: SIM115
    grown = held(window).since(before)
    assert (grown.handles, grown.qt_objects) == (3, 2)
    assert grown.memory_mb > 4
    for handle in keep[:3]:
        handle.close()  # type: ignore[union-attr]


def test_the_tables_name_every_scene() -> None:
    times = Times(Spread(10, 1.0, 2.0, 3.0), Spread(10, 0.5, 1.5, 2.5), Spread(20, 0.1, 0.2, 0.3))
    scenes = (
        Scene("drag", times, 28, 29, 30),
        Scene(
            "1,000 drags",
            times,
            growth=Resources(0.5, 0, 12, 0, 0),
            memory_mb=300.0,
            course=((100, Resources(0.25, 0, 7, 0, 0)),),
        ),
        Scene("512 units", times, until_graph=1.5, frames=40),
    )
    answer = Answered("conv1", 1.2, 3.5, 8.0, 184, 812.0)
    evaluated = Evaluated("a.h5", (answer,), 140.0, 250.0, 290.0, 5.0)
    late = "8,192 units: the window did not draw within 120 s"
    found = Measured(("a.h5",), (Start(0.5, 0.8, ("scipy",)),), scenes, (evaluated,), unfinished=(late,))
    text = "\n".join(report.lines(found))
    assert f"not finished: {late}" in text
    assert "a.h5, conv1: first numbers 1.2 s, on 184 images; all named orders 3.5 s, random 8.0 s; peak 812 MB" in text
    assert (
        "a.h5: 140 MB before it was opened, 250 MB with what evaluating needs loaded, 290 MB 5 s after it was closed"
        in text
    )
    assert "0.80 s" in text
    assert "scipy" in text
    assert "1.0 / 2.0 / 3.0" in text
    assert "drag: 28 of 29" in text
    assert "+0.50 MB to 300 MB, +0 threads, +12 objects" in text
    assert "  after 100: +0.25 MB, +7 objects" in text
    assert "512 units: the graph was there after 1.5 s; 40 frames of it" in text


def test_scenes_are_measured_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert all(Amount().plays(scene) for scene in SCENES)
    assert [scene for scene in SCENES if Amount(scenes=("wide", "drags")).plays(scene)] == ["drags", "wide"]
    assert main(["bench", "gui", "--scenes", "drags,dragged"]) == 2
    assert "there is no scene 'dragged': choose starts, pruning" in capsys.readouterr().err


def test_a_run_that_is_no_run_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.h5").write_text("no run")
    assert main(["bench", "gui", str(tmp_path / "bad.h5")]) == 1
    assert "bad.h5" in capsys.readouterr().err


def test_a_synthetic_run_clusters_and_dies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--units", "60", "--inputs", "30", "--snapshots", "3"]
    assert main(["bench", "run", str(tmp_path / "wide.h5"), *sizes]) == 0
    assert main(["bench", "run", str(tmp_path / "wide.h5"), *sizes]) == 1, "a run is never overwritten"
    assert main(["bench", "run", str(tmp_path / "none.h5"), "--units", "0"]) == 2
    assert main(["bench", "run"]) == 2
    assert "name it" in capsys.readouterr().err
    with wb.open_run(tmp_path / "wide.h5") as run:
        place = run.place(LAYER, 2)
        weights = list(weights_of(Wide(60, 30, 3)))
        np.testing.assert_array_equal(place.layer_view.weights(2), weights[2])
        assert len(wb.layer_graph(run.place(LAYER, 0)).edges) < len(wb.layer_graph(place).edges)
        lengths = np.linalg.norm(weights[2], axis=1)
        activity = place.layer_view.activity(2)
        assert activity is not None
        assert (lengths[activity == 0] < lengths[activity > 0].min()).all()
        assert np.count_nonzero(activity == 0) == 9
