"""The window beside a run that grows: followed, stopped, killed, closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened, trainings
from workbench.runs import layout
from workbench.runs.run import open_run
from workbench.runs.writing.recorder import Recorder
from workbench.training.events import Snapshot
from workbench.training.loop.loop import train
from workbench.training.recipes import recipe
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def test_a_growing_run_is_followed_to_its_newest_snapshot(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    target = tmp_path / "growing.h5"
    weights = {"fc1": planted(40, 90, 3)}
    record_weights(target, weights, capacity=5).close()
    opened(qtbot, window, target)
    window.timeline.go_to_last()
    window.timeline.follow.setChecked(True)
    recorder = Recorder(target)
    recorder.commit(_another_row(target))
    qtbot.waitUntil(lambda: window.session.runs[0].snapshots == 4, timeout=10_000)
    assert window.session.selection.place.snapshot == 3
    recorder.close()
    qtbot.waitUntil(lambda: window.session.runs[0].finished, timeout=10_000)
    qtbot.waitUntil(window.is_settled)


def test_looking_back_at_a_finished_run_does_not_stop_following_the_next_one(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    opened(qtbot, window, path)
    window.timeline.go_to(1)
    target = tmp_path / "growing.h5"
    record_weights(target, {"fc1": planted(40, 90, 3)}, capacity=5).close()
    window.open(target)
    qtbot.waitUntil(lambda: len(window.session.runs) == 2)
    assert window.timeline.follow.isChecked()
    window.timeline.go_to(0)
    assert not window.timeline.follow.isChecked()
    window.timeline.follow.setChecked(True)
    assert window.session.selection.place.snapshot == 2


def test_playing_a_growing_run_is_not_thrown_to_its_end(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    target = tmp_path / "growing.h5"
    record_weights(target, {"fc1": planted(40, 90, 3)}, capacity=5).close()
    opened(qtbot, window, target)
    window.timeline.go_to_last()
    window.timeline.follow.setChecked(True)
    window.player.speed = 0.01
    window.player.play()
    with Recorder(target) as recorder:
        recorder.commit(_another_row(target))
        qtbot.waitUntil(lambda: window.session.runs[0].snapshots == 4, timeout=10_000)
        assert window.session.selection.place.snapshot == 0
    window.player.stop()
    qtbot.waitUntil(lambda: window.session.runs[0].finished, timeout=10_000)


def test_a_run_that_breaks_does_not_stop_the_others_from_being_followed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for name in ("one.h5", "two.h5"):
        record_weights(tmp_path / name, {"fc1": planted(40, 90, 3)}, capacity=5).close()
    window.open(tmp_path / "one.h5", tmp_path / "two.h5")
    qtbot.waitUntil(lambda: len(window.session.runs) == 2)
    other = tmp_path / "rubbish"
    other.write_text("no run")
    other.replace(tmp_path / "one.h5")
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1, timeout=10_000)
    with Recorder(tmp_path / "two.h5") as recorder:
        recorder.commit(_another_row(tmp_path / "two.h5"))
        qtbot.waitUntil(lambda: window.session.runs[1].snapshots == 4, timeout=10_000)
    qtbot.waitUntil(lambda: window.session.runs[1].finished, timeout=10_000)
    assert len(window.notices.shown) == 1


def test_a_run_that_was_stopped_early_is_read_again_from_its_compact_copy(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    target = tmp_path / "stopped.h5"
    record_weights(target, {"fc1": planted(40, 90, 3)}, capacity=9).close()
    opened(qtbot, window, target)
    Recorder(target).close()
    qtbot.waitUntil(lambda: window.session.runs[0].capacity == 3, timeout=10_000)
    assert window.session.runs[0].finished
    assert window.session.runs[0].notes == ()
    qtbot.waitUntil(window.is_settled)


def _another_row(path: Path) -> dict[str, object]:
    """The last row of a run once more, as a new one."""
    import h5py

    with h5py.File(path, locking=False) as file:
        names = [name.decode() for name in file[layout.DATASETS][()]]
        rows = {name: file[name][2] for name in names}
    rows["/history/epoch"] = np.float64(9)
    rows["/history/iteration"] = np.float64(90)
    return rows


ENDLESS = replace(recipe("digits-quick"), epochs=10_000.0, device="cpu")


def training(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Start a real training and wait until its run has opened."""
    window.trainer.start(ENDLESS, path)
    qtbot.waitUntil(lambda: bool(window.session.runs), timeout=120_000)


def test_closing_during_a_training_asks_and_leaves_a_valid_file_and_no_process(
    qtbot: QtBot, own_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run.h5"
    training(qtbot, own_window, target)
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "exec", lambda *_: answers.pop(0).value)
    own_window.close()
    assert own_window.isVisible()
    assert own_window.trainer.training is not None
    with qtbot.waitSignal(own_window.closed, timeout=60_000):
        own_window.close()
    assert answers == []
    assert trainings() == []
    with open_run(target) as run:
        assert run.finished
        assert run.snapshots >= 1


def test_a_killed_training_becomes_a_message_and_an_offer_to_resume(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    target = tmp_path / "run.h5"
    training(qtbot, window, target)
    qtbot.waitUntil(lambda: window.session.runs[0].snapshots > 1, timeout=60_000)
    for child in trainings():
        child.kill()
    qtbot.waitUntil(lambda: len(window.notices.shown) == 2, timeout=20_000)
    failure, offer = window.notices.shown
    assert "its training can be resumed" in failure.message
    assert offer.message.startswith("run.h5: the training was interrupted after ")
    qtbot.waitUntil(lambda: not window.session.runs[0].finished, timeout=10_000)
    before = window.session.runs[0].snapshots
    qtbot.mouseClick(offer.offers[0], Qt.MouseButton.LeftButton)
    assert window.notices.shown == [failure]
    assert window.trainer.training is not None
    qtbot.waitUntil(lambda: window.session.runs[0].snapshots > before, timeout=60_000)
    assert len(window.session.runs) == 1
    with qtbot.waitSignal(window.trainer.ended, timeout=20_000):
        window.trainer.stop()


def test_an_interrupted_run_that_is_opened_can_be_resumed_and_one_being_written_not(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    target = tmp_path / "run.h5"
    spec = replace(ENDLESS, epochs=3.0)
    events = record_run(target, train(spec))
    for event in events:
        if isinstance(event, Snapshot) and event.index == 2:
            break
    opened(qtbot, window, target)
    qtbot.waitUntil(lambda: len(window.jobs) == 0)
    assert window.notices.shown == []
    with pytest.raises(ZeroDivisionError):
        events.throw(ZeroDivisionError())
    window.open(target)
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1, timeout=10_000)
    window.notices.shown[0].dismiss()
    window.open(target)
    qtbot.waitUntil(lambda: len(window.jobs) == 0)
    assert window.notices.shown == []  # said once
    window.resuming.resume_selected()
    qtbot.waitUntil(lambda: window.session.runs[0].finished, timeout=60_000)
    assert window.session.runs[0].state == "finished"
    qtbot.waitUntil(lambda: window.trainer.training is None, timeout=20_000)
    window.resuming.resume_selected()
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1, timeout=60_000)
    assert "is complete" in window.notices.shown[0].message
