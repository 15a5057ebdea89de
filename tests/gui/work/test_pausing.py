"""A training that waits: the window says why and offers what can be done, as long as it waits."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.gui.windows import trainings
from workbench.runs.run import open_run
from workbench.training.events import Paused
from workbench.training.process import host
from workbench.training.recipes import recipe
from workbench.training.resuming import resumable

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open file can neither be moved nor deleted there")
ENDLESS = replace(recipe("digits-quick"), epochs=10_000.0, device="cpu")


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def buttons(window: MainWindow) -> list[str]:
    """The offers of the only notice."""
    (notice,) = window.notices.shown
    return [button.text() for button in notice.offers]


@pytest.mark.lengthy
def test_a_run_that_is_deleted_and_then_replaced_goes_on_under_names_that_a_person_chooses(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, chosen = tmp_path / "run.h5", tmp_path / "chosen.h5"
    window.trainer.start(ENDLESS, path)
    qtbot.waitUntil(lambda: bool(window.session.runs), timeout=120_000)
    path.unlink()
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=60_000)
    assert "The training is paused" in window.notices.shown[0].message
    assert "run.h5 was deleted while it was being written" in window.notices.shown[0].message
    assert buttons(window) == ["Continue as run-recovered.h5", "Another name…", "Stop the training"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(chosen), ""))
    window.notices.shown[0].offers[1].click()
    qtbot.waitUntil(lambda: window.notices.shown == [], timeout=60_000)
    qtbot.waitUntil(lambda: window.session.runs[-1].path == chosen, timeout=60_000)
    (tmp_path / "other").write_bytes(b"precious")
    (tmp_path / "other").replace(chosen)
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=60_000)
    message = next(each for each in window.notices.shown if each.offers)
    assert "chosen.h5 was replaced by another file" in message.message
    with qtbot.waitSignal(window.trainer.ended, timeout=60_000) as ended:
        message.offers[2].click()
    saved = tmp_path / "chosen-recovered.h5"
    assert (ended.args[0].path, ended.args[0].reason) == (str(saved), "stopped")
    assert any(str(saved) in each.message for each in window.notices.shown)
    with open_run(saved) as run:
        assert run.snapshots == ended.args[0].snapshots
        assert resumable(run)
    assert chosen.read_bytes() == b"precious"


def test_a_process_that_the_system_stopped_is_told_of_until_it_goes_on(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "SILENCE", 1.0)
    window.trainer.start(ENDLESS, tmp_path / "run.h5")
    qtbot.waitUntil(lambda: bool(window.session.runs), timeout=120_000)
    (child,) = trainings()
    os.kill(child.pid, signal.SIGSTOP)
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=60_000)
    assert "does not respond (stopped by the system?)" in window.notices.shown[0].message
    assert buttons(window) == ["Stop the training"]
    os.kill(child.pid, signal.SIGCONT)
    qtbot.waitUntil(lambda: window.notices.shown == [], timeout=60_000)
    os.kill(child.pid, signal.SIGSTOP)
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=60_000)
    with qtbot.waitSignal(window.trainer.ended, timeout=60_000) as ended:
        window.notices.shown[0].offers[0].click()
    assert ended.args[0].reason == "stopped"


def test_a_full_disk_offers_no_other_name(window: MainWindow) -> None:
    window.trainer.paused.emit(Paused("run.h5 cannot be written (No space left on device)"))
    assert buttons(window) == ["Stop the training"]
    window.trainer.went_on.emit()
    assert window.notices.shown == []
