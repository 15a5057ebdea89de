"""The window ends in an orderly way when the system asks for it, and asks nothing: nobody may be there to answer."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox
from safetensors.torch import save_file

from tests.gui.windows import opened
from workbench import signals
from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.window.ending import LOG_OUT_MS, Ending, may_stop
from workbench.gui.work.dropping import Dropped
from workbench.gui.work.sessions.file import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def ending(qapp: QApplication, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ending]:
    monkeypatch.setattr(qapp, "exit", lambda _status: None)  # other tests need the application
    with signals.interrupting(to_the_end=False), signals.noted():
        ending = Ending(qapp)
        ending.of_window(window)
        yield ending
        ending.close()
    ending.deleteLater()


def refuse_questions(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a training be under way; the list takes the questions that are asked about it."""
    asked: list[str] = []
    monkeypatch.setattr(type(window.trainer), "training", property(lambda _self: object()))
    monkeypatch.setattr(window, "may_stop_training", lambda: bool(asked.append("may it be stopped?")))
    return asked


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_closes_the_window_without_a_question(
    qtbot: QtBot, window: MainWindow, path: Path, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, path)
    asked = refuse_questions(window, monkeypatch)
    with qtbot.waitSignal(window.closed, timeout=60_000):
        os.kill(os.getpid(), signal.SIGTERM)
    assert (ending.status, asked) == (143, [])
    assert len(load(window.settings.last_session).runs) == 1


def test_a_log_out_keeps_the_session_and_then_closes_without_a_question(
    qtbot: QtBot, window: MainWindow, path: Path, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, path)
    asked = refuse_questions(window, monkeypatch)
    ending._on_commit_data_requested(None)
    assert len(load(window.settings.last_session).runs) == 1
    with qtbot.waitSignal(window.closed, timeout=60_000):
        window.close()
    assert (ending.status, asked) == (0, [])


def test_after_a_log_out_that_did_not_come_a_training_is_asked_about_again(
    qtbot: QtBot, window: MainWindow, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.gui.window.ending.LOG_OUT_MS", 1)
    ending._on_commit_data_requested(None)
    qtbot.waitUntil(lambda: window.asks_before_closing)
    assert LOG_OUT_MS == 60_000


def test_a_dialog_that_still_asks_ends_with_the_window_and_none_opens_after_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file({"fc.weight": torch.zeros(4, 3)}, tmp_path / "a.safetensors")
    dialog = window.import_actions.ask([tmp_path / "a.safetensors"])
    with qtbot.waitSignals([dialog.finished, window.closed], timeout=60_000):
        window.close()
    qtbot.waitUntil(lambda: window.findChild(ImportDialog) is None)
    chosen = str(tmp_path / "a.safetensors")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([chosen], ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.import_actions.choose()
    window.import_actions.choose_folder()
    window.drops.take_sorted(Dropped((), (tmp_path,), (), ()))
    assert window.findChild(ImportDialog) is None


@pytest.mark.parametrize(("answer", "closes"), [("Yes", True), ("Cancel", False), ("", True)], ids=str)
def test_the_question_about_a_training_goes_when_the_training_has_ended(
    qtbot: QtBot, window: MainWindow, answer: str, closes: bool
) -> None:
    def reply() -> None:
        (box,) = [each for each in window.findChildren(QMessageBox) if each.isVisible()]
        assert box.windowTitle() == "A training is running"
        if answer:
            box.button(QMessageBox.StandardButton[answer]).click()
        else:
            window.trainer.ended.emit(None)

    QTimer.singleShot(0, reply)
    assert may_stop(window.trainer, window) is closes
    window.trainer.ended.emit(None)  # the box is gone and hears nothing more
