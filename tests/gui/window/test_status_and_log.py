"""The status bar says what goes on, the log keeps what was told, and a crash is reported at the next start."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.gui.windows import closing, opened
from workbench.gui.background.errors import log, log_file
from workbench.gui.dialogs.report_dialog import ReportDialog
from workbench.gui.widgets.notices import Offer
from workbench.gui.window import crash
from workbench.gui.window.app import tell_crash
from workbench.gui.window.status import devices_in_words
from workbench.nets import use
from workbench.resource import resource
from workbench.signals import Interrupted

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture(autouse=True)
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of logs and crash reports of this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = log_file().parent
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def test_the_status_bar_follows_the_selection(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    assert window.status.selection.text() == "No run is open"
    opened(qtbot, window, path)
    window.session.select(snapshot=2, units=frozenset({3}))
    assert window.status.selection.text().endswith("fc1 · snapshot 2 of 5 · unit 3 selected")
    window.session.select(units=frozenset({3, 4}))
    assert window.status.selection.text().endswith("2 units selected")
    assert window.status.memory.text().endswith(" MB")
    assert "CPU" in window.status.device.text()


@pytest.mark.parametrize(
    ("trained_on", "evaluated_on", "text", "more"),
    [
        (None, None, "CPU", "Where trainings and evaluations run"),
        (None, "cuda:0", "cuda", "Evaluation runs on cuda"),
        ("cuda", "cuda:0", "cuda", "Training runs on cuda; evaluation runs on cuda"),
        ("cuda", "cuda:1", "training: cuda · evaluation: cuda:1", "evaluation runs on cuda:1"),
        ("cpu", "mps", "training: CPU, # · evaluation: mps", "Training runs on CPU, #; evaluation runs on mps"),
    ],
)
def test_the_devices_are_said_apart_where_they_differ(
    trained_on: str | None, evaluated_on: str | None, text: str, more: str
) -> None:
    known = [re.sub(r"\d+ cores?", "#", each) for each in devices_in_words(trained_on, evaluated_on)]
    assert known[0] == ("CPU, #" if text == "CPU" else text)
    assert more in known[1]


def test_an_evaluation_says_where_it_runs(
    qtbot: QtBot, own_window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(use, "_newest", [""])
    qtbot.waitUntil(lambda: own_window.status.device.toolTip() == "Where trainings and evaluations run")
    opened(qtbot, own_window, Path(shutil.copy(resource("sample_runs/digits_conv.h5"), tmp_path / "sample.h5")))
    qtbot.waitUntil(lambda: "valuation runs on " in own_window.status.device.toolTip(), timeout=60_000)


def test_a_notice_is_as_wide_as_its_buttons(window: MainWindow) -> None:
    offers = [Offer(f"Do something that takes {number} words to say", list, stays=True) for number in (7, 8)]
    window.notices.tell("There is much to do.", "", *offers)
    (notice,) = window.notices.shown
    for button in notice.findChildren(QPushButton):
        assert button.width() >= button.sizeHint().width()
    notice.offers[0].click()
    assert window.notices.shown == [notice]  # until it is closed


class Step:
    """An event of a job that says how far it is."""

    def __init__(self, fraction: float) -> None:
        self.fraction = fraction


def test_a_titled_job_is_shown_with_its_progress_and_can_be_cancelled(qtbot: QtBot, window: MainWindow) -> None:
    go_on, events = threading.Event(), []

    def steps() -> Generator[Step, None, None]:
        for number in range(100):
            yield Step(number / 4)
            go_on.wait(20)
            go_on.clear()

    window.jobs.start(steps(), events.append, lambda error: None, title="counting")
    row = window.status.job
    qtbot.waitUntil(row.isVisible)
    assert row.title.text() == "counting"
    go_on.set()
    qtbot.waitUntil(lambda: row.bar.value() == 250)
    row.cancel.click()
    go_on.set()
    qtbot.waitUntil(lambda: len(window.jobs) == 0)
    assert len(events) < 5
    assert not row.isVisible()


def test_untitled_jobs_are_not_spoken_of(qtbot: QtBot, window: MainWindow) -> None:
    go_on = threading.Event()

    def steps() -> Generator[int, None, None]:
        yield 1
        go_on.wait(20)

    window.jobs.start(steps(), lambda event: None, lambda error: None)
    assert not window.status.job.isVisible()
    go_on.set()
    qtbot.waitUntil(lambda: len(window.jobs) == 0)


def test_the_log_keeps_what_was_told_on_any_thread_and_is_copied(qtbot: QtBot, own_window: MainWindow) -> None:
    dock = own_window.log_dock
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    assert dock.isVisible()
    own_window.notices.tell("The disk is full.", "every detail")
    worker = threading.Thread(target=log.error, args=("from a %s", "worker"))
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: "from a worker" in dock.text.toPlainText())
    dock.copy.click()
    assert "ERROR The disk is full.\nevery detail" in QApplication.clipboard().text()
    handlers = list(log.handlers)
    closing(qtbot, own_window)
    assert len(log.handlers) == len(handlers) - 1, "a closed window still listens"


CRASHING = """
import ctypes, os, sys
from workbench.gui.window import crash
with crash.watched() as reports:
    if "crash" in sys.argv:
        ctypes.string_at(0)
    if "kill" in sys.argv:
        os._exit(1)
    if "raise" in sys.argv:
        raise RuntimeError("nobody caught this")
"""


def ended(how: str) -> None:
    subprocess.run([sys.executable, "-c", CRASHING, how], capture_output=True, check=False)


@pytest.mark.parametrize(
    ("how", "trace"), [("crash", "Segmentation fault"), ("kill", crash.KILLED), ("raise", "nobody caught this")]
)
def test_a_crash_is_reported_once_at_the_next_start(own_log: Path, how: str, trace: str) -> None:
    log_file().write_text("the last thing that was told\n")
    ended(how)
    report = "".join(crash.earlier_reports(own_log))
    assert report.startswith("workbench ")
    assert trace in report
    assert "the last thing that was told" in report
    assert list(crash.earlier_reports(own_log)) == []


def test_an_orderly_end_leaves_no_report(own_log: Path) -> None:
    ended("well")
    assert list(own_log.glob("crash-*")) == []


@pytest.mark.parametrize("request_to_end", [Interrupted(signal.SIGTERM), SystemExit(0)])
def test_a_workbench_that_is_asked_to_end_has_not_crashed(own_log: Path, request_to_end: BaseException) -> None:
    with pytest.raises(type(request_to_end)), crash.watched():
        raise request_to_end
    assert list(own_log.glob("crash-*")) == []


def test_a_workbench_that_still_runs_has_not_crashed(own_log: Path) -> None:
    (own_log / f"crash-{os.getppid()}.txt").write_text("head\n\n")
    (own_log / "crash-of-the-market.txt").write_text("no report of ours")
    assert list(crash.earlier_reports(own_log)) == []
    assert len(list(own_log.glob("crash-*"))) == 2


def test_the_report_of_a_crash_can_be_read_and_copied(qtbot: QtBot, window: MainWindow) -> None:
    tell_crash(window, "Segmentation fault <b>here</b>")
    (notice,) = window.notices.shown
    (offer,) = notice.offers
    offer.click()
    dialog = window.findChild(ReportDialog)
    assert isinstance(dialog, ReportDialog)
    assert dialog.text.toPlainText() == "Segmentation fault <b>here</b>"
    dialog.copy.click()
    assert QApplication.clipboard().text() == "Segmentation fault <b>here</b>"
    dialog.close()
