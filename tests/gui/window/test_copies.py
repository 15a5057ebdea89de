"""Copies of a run share its id and nothing else: what is known, named and marked belongs to one of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

import workbench as wb
from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened
from tests.gui.work.damaged_runs import WEIGHTS, flip
from workbench.evaluation.networks.named import Named, named
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.low_rank.picture import Question
from workbench.gui.work.opening import Follower
from workbench.runs.errors import RunError
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.gui.window.main_window import MainWindow

CUTOFF, VARIANCE = 0.25, 0.5


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


@pytest.fixture
def pair(tmp_path: Path, write_run: WriteRun) -> tuple[Run, Run]:
    """A run, and a copy of it whose first weights are the last ones and whose last are a hundredfold."""
    run = write_run({"fc1": planted(40, 90, 3), "fc2": planted(10, 40, 3)})
    path = tmp_path / "copy.h5"
    shutil.copy(run.path, path)
    with h5py.File(path, "r") as file:
        stored = file[WEIGHTS]
        start, row = stored.id.get_offset(), stored.id.get_storage_size() // 3
    with path.open("r+b") as file:
        for snapshot, weights in ((0, run.layer("fc1").weights(2)), (2, 100 * run.layer("fc1").weights(2))):
            file.seek(start + snapshot * row)
            file.write(np.ascontiguousarray(weights, np.float32).tobytes())
    copy = open_run(path)
    assert copy.run_id == run.run_id
    return run, copy


def graph_of(graphs: Graphs, run: Run) -> list[float]:
    """What a copy could spoil in the last graph: how the units moved, and their radii."""
    *_, last = graphs.results(GraphNeeds(place_in(run, "fc1", 2), CUTOFF, VARIANCE))
    return [*last.states.hardly_moved.tolist(), *last.radii.tolist()]


def test_a_graph_knows_the_states_and_radii_of_its_own_file(pair: tuple[Run, Run]) -> None:
    run, copy = pair
    graphs = Graphs()
    alone = graph_of(Graphs(), run)
    assert graph_of(graphs, copy) != alone
    assert graph_of(graphs, run) == alone


def test_nothing_is_remembered_of_a_closed_file(pair: tuple[Run, Run]) -> None:
    graphs = Graphs()
    graph_of(graphs, pair[0])
    with open_run(pair[1].path) as copy:
        graph_of(graphs, copy)
        assert len(graphs.known) == 2
    del copy
    assert len(graphs.known) == 1


def test_a_copy_asks_the_low_rank_panel_something_else(pair: tuple[Run, Run]) -> None:
    run, copy = pair
    one, other = (Question(place_in(each, "fc1", 1), "weights") for each in (run, copy))
    assert one != other
    assert one == Question(place_in(open_run(run.path), "fc1", 1), "weights")


def test_a_name_is_given_to_one_copy(pair: tuple[Run, Run]) -> None:
    run, copy = pair
    wb.name(copy, net="conv2")
    assert named(copy) == Named("conv2")
    assert named(run) == Named()
    assert named(open_run(copy.path)) == Named("conv2")
    wb.name(copy)


def test_a_damaged_copy_marks_itself_alone(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    damaged = path.with_name("damaged.h5")
    shutil.copy(path, damaged)
    flip(damaged, WEIGHTS, 2)
    opened(qtbot, window, damaged)
    ticks = window.timeline.plot.damage
    qtbot.waitUntil(lambda: list(ticks.xvals) == [2], timeout=20_000)
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: len(window.jobs) == 0 and window.is_settled(), timeout=20_000)
    assert list(ticks.xvals) == []
    window.session.choose_run(window.session.runs[0])
    qtbot.waitUntil(lambda: list(ticks.xvals) == [2], timeout=20_000)


def test_the_finished_file_is_looked_through_and_keeps_only_its_own_marks(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    sound = tmp_path / "sound.h5"
    shutil.copy(path, sound)
    flip(path, WEIGHTS, 1)
    opened(qtbot, window, path)
    run = window.session.runs[0]
    qtbot.waitUntil(lambda: dict(window.session.damage(run)).keys() == {1}, timeout=20_000)
    flip(sound, WEIGHTS, 3)
    sound.replace(path)
    window.session.renew(run, run.refreshed())
    qtbot.waitUntil(lambda: dict(window.session.damage(window.session.runs[0])).keys() == {3}, timeout=20_000)


def test_a_run_that_comes_with_a_session_is_looked_through(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, path)
    kept = tmp_path / "kept.workbench.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(kept), ""))
    window.sessions.save_as()
    window.session.remove(window.session.runs[0])
    qtbot.waitUntil(lambda: len(window.jobs) == 0, timeout=20_000)
    flip(path, WEIGHTS, 2)
    with qtbot.waitSignal(window.sessions.restored, timeout=20_000):
        window.sessions.open(kept)
    run = window.session.runs[0]
    qtbot.waitUntil(lambda: dict(window.session.damage(run)).keys() == {2}, timeout=20_000)


def test_undo_leads_back_to_the_copy_it_came_from(qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.h5"
    shutil.copy(path, copy)
    for each in (path, copy):
        window.session.add(open_run(each))
    first, second = window.session.runs
    window.history.clear()
    window.session.choose_run(first)
    window.session.choose_run(second)
    window.history.stack.undo()
    assert window.session.selection.run is first
    window.history.stack.undo()
    assert window.session.selection.run is second


def test_a_copy_that_is_lost_does_not_keep_the_run_from_being_followed(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    path, copy = tmp_path / "run.h5", tmp_path / "copy.h5"
    record_weights(path, {"fc1": planted(8, 16, 2)}, capacity=4).close()
    shutil.copy(path, copy)
    runs = open_run(path), open_run(copy)
    for run in runs:
        session.add(run)
    follower = Follower(session, pool)
    with qtbot.waitSignal(follower.failed, timeout=10_000):
        copy.rename(tmp_path / "gone.h5")
        copy.write_bytes(b"no run at all")
        follower.look()
    assert follower.growing() == (runs[0],)
    follower.shut()


def test_another_run_or_copy_begins_without_units(session: Session, pair: tuple[Run, Run]) -> None:
    run, copy = pair
    session.add(run)
    session.select(layer="fc1", units=frozenset({1, 2}))
    session.select(snapshot=2)
    assert session.selection.units == {1, 2}
    session.add(copy)
    assert session.selection.units == frozenset()


def test_units_stay_when_the_finished_file_takes_the_place_of_the_growing_one(session: Session, tmp_path: Path) -> None:
    path, final = tmp_path / "run.h5", tmp_path / "run.final"
    growing = record_weights(path, {"fc1": planted(40, 90, 3)}, capacity=4)
    shutil.copy(path, final)
    session.add(growing)
    session.select(units=frozenset({1, 2}))
    final.replace(path)
    finished = growing.refreshed()
    assert finished.identity != growing.identity
    session.renew(growing, finished)
    assert session.selection.run is finished
    assert session.selection.units == {1, 2}


def test_a_session_that_ends_closes_older_readings_that_something_still_holds(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    growing = record_weights(path, {"fc1": planted(40, 90, 3)}, capacity=4)
    session.add(growing)
    shutil.copy(path, tmp_path / "run.final")
    (tmp_path / "run.final").replace(path)
    finished = growing.refreshed()
    session.renew(growing, finished)
    assert growing.layer("fc1").weights(0).shape == (40, 90), "a panel may still compute on it"
    session.close()
    for run in (growing, finished):
        with pytest.raises(RunError, match="is closed"):
            run.layer("fc1").weights(0)


def test_units_and_layers_that_the_run_does_not_have_are_not_selected(session: Session, write_run: WriteRun) -> None:
    session.add(write_run({"fc1": planted(40, 90, 2), "fc2": planted(10, 40, 2)}))
    session.select(layer="fc2", units=frozenset({3, 10, -1}))
    assert session.selection.units == {3}
    other = write_run({"head": planted(8, 16, 2)}, name="other.h5")
    session.select(source=other, layer="fc1", units=frozenset({3}))
    assert (session.selection.place.layer, session.selection.units) == ("head", frozenset())
