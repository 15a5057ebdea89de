"""No timer, job or player outlives an exception: it is shown once, and what raised it stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from tests.gui.recorded_weights import planted, record_weights
from workbench.analysis.layout import forces
from workbench.figures.graph.known import LARGEST_RADIUS, SMALLEST_RADIUS
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.gui.background.jobs import Jobs
from workbench.gui.background.ticker import Ticker
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.state.player import Player
from workbench.gui.widgets.notices import Notices, catch_unhandled
from workbench.gui.work import opening
from workbench.gui.work.opening import Follower
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

RAISED = "nothing that was foreseen"


def raising(*_: Any, **__: Any) -> None:
    raise RuntimeError(RAISED)


@pytest.mark.parametrize("in_turns", [False, True])
def test_an_exception_stops_the_timer_and_is_raised_once(qtbot: QtBot, in_turns: bool) -> None:
    owner, failed = QObject(), []
    ticker = Ticker(raising, 1, owner, in_turns)
    ticker.failed.connect(failed.append)
    with qtbot.captureExceptions() as raised:
        ticker.start()
        qtbot.waitUntil(lambda: bool(raised))
        qtbot.wait(30)
    assert [str(error) for _, error, _ in raised] == [RAISED]
    assert [str(error) for error in failed] == [RAISED]
    assert not ticker.isActive()


def test_a_timer_that_is_stopped_before_its_turn_does_nothing(qtbot: QtBot) -> None:
    owner, calls = QObject(), list[str]()
    ticker = Ticker(lambda: calls.append("tick"), 1, owner, in_turns=True)
    ticker.start()
    qtbot.waitUntil(lambda: len(calls) > 1)
    ticker.timeout.emit()  # its turn is to come
    ticker.stop()
    calls.clear()
    qtbot.wait(20)
    assert calls == []


def test_a_layout_that_raises_stands_still_and_the_panel_says_why(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = GraphPanel(session, pool)
    qtbot.addWidget(panel)
    panel.show()
    monkeypatch.setattr(forces, "is_compiled", lambda: True)
    monkeypatch.setattr(forces, "step", raising)
    with qtbot.captureExceptions() as raised:
        session.add(small_run)
        qtbot.waitUntil(lambda: RAISED in panel.message, timeout=20_000)
        qtbot.wait(100)
    assert len(raised) == 1
    assert not panel.view.moving
    monkeypatch.undo()
    panel.retry()
    qtbot.waitUntil(lambda: panel.result is not None and not panel.shows_message, timeout=20_000)
    panel.shut()


def test_the_player_stops_where_a_panel_raises(qtbot: QtBot, session: Session, small_run: Run) -> None:
    player, window = Player(session, lambda: True), QWidget()
    qtbot.addWidget(window)
    player.speed = 1000
    session.add(small_run)
    notices = Notices(window)
    with qtbot.captureExceptions():
        restore = catch_unhandled(notices, player.stop)
        session.changed.connect(raising)
        player.play()
        qtbot.waitUntil(lambda: bool(notices.shown))
        qtbot.wait(60)
        session.changed.disconnect(raising)
        restore()
    assert [notice.message for notice in notices.shown] == [f"RuntimeError: {RAISED}"]
    assert session.selection.place.snapshot == 1
    assert not player.playing


def test_runs_that_cannot_be_looked_at_are_no_longer_followed(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.add(record_weights(tmp_path / "run.h5", {"fc1": planted(8, 16, 2)}, capacity=4))
    follower, failures = Follower(session, pool), []
    follower.failed.connect(failures.append)
    monkeypatch.setattr(opening, "_refreshed", raising)
    monkeypatch.setattr(Follower, "INTERVAL_MS", 1)
    session.runs_changed.emit()
    qtbot.waitUntil(lambda: bool(failures), timeout=10_000)
    assert follower.growing() == ()
    follower.look()
    assert [str(error) for error in failures] == [RAISED]
    follower.shut()


def test_a_job_whose_events_raise_ends(qtbot: QtBot) -> None:
    jobs = Jobs()

    def endless() -> Any:
        while True:
            yield 0

    with qtbot.captureExceptions() as raised, qtbot.waitSignal(jobs.idle, timeout=10_000):
        jobs.start(endless(), raising, raising)
    assert [str(error) for _, error, _ in raised] == [RAISED]


def radii(run: Run, snapshot: int) -> np.ndarray:
    *_, last = Graphs().results(GraphNeeds(place_in(run, "fc1", snapshot), 0.25, 0.5))
    return last.radii


def test_radii_have_a_scale_though_the_run_began_with_zeros_and_diverged(write_run: WriteRun) -> None:
    middle = np.array([[4.0, 0], [0, 1], [2, 0]])
    run = write_run({"fc1": [0 * middle, middle, 0 * middle]})
    assert radii(run, 0).tolist() == [SMALLEST_RADIUS] * 3
    assert radii(run, 1).tolist() == pytest.approx([LARGEST_RADIUS, SMALLEST_RADIUS, LARGEST_RADIUS / 2])


@pytest.mark.parametrize("spike", [1e3, 1e30, 3e38])
def test_radii_stay_on_the_screen_where_norms_were_far_larger_in_between(write_run: WriteRun, spike: float) -> None:
    ends = np.eye(3, 8)
    between = ends.copy()
    between[1] *= spike
    run = write_run({"fc1": [ends, between, ends]})
    assert radii(run, 1).tolist() == pytest.approx([SMALLEST_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS])
