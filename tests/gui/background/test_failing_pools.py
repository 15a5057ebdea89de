"""Where the system gives no thread, or a pool is broken, whoever asked is told, and can try again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import BrokenThreadPool
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.gui.background.jobs import Job, Jobs
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.process import step_back
from workbench.gui.panels.base import Panel
from workbench.gui.panels.kind import Help, PanelKind
from workbench.gui.state.session import Session
from workbench.gui.widgets.run_table import Reader
from workbench.runs.saying import NO_THREAD

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from pytestqt.qtbot import QtBot

AS_NOBODY = """
import os
from concurrent.futures import ThreadPoolExecutor
from workbench.gui.background.process import step_back
from workbench.training.background import Background

if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
os.nice(19)
with ThreadPoolExecutor(1, initializer=step_back) as pool:
    print(pool.submit(os.getpriority, os.PRIO_PROCESS, 0).result())
background = Background()
background.do(lambda: print("recorded"))
background.wait()
"""


class Threadless(ThreadPoolExecutor):
    """A pool to which the system gives no thread as long as `starved`."""

    starved = True

    def _adjust_thread_count(self) -> None:
        if self.starved:
            raise RuntimeError(NO_THREAD)
        super()._adjust_thread_count()  # type: ignore[misc]


def forbidden() -> None:
    raise PermissionError(13, "Permission denied")


def test_an_ordinary_user_at_the_lowest_priority_has_working_pools() -> None:
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == (["19", "recorded"], "")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there threads have a priority of their own")
def test_a_pool_steps_back_and_works_where_the_system_forbids_that(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(1, initializer=step_back) as pool:
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert pool.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result() == max(own, 5)
    monkeypatch.setattr(os, "setpriority", lambda *_: forbidden())
    with ThreadPoolExecutor(1, initializer=step_back) as pool:
        assert pool.submit(lambda: "done").result() == "done"


def heard(latest: Latest) -> list[Answer | Failure]:
    found: list[Answer | Failure] = []
    latest.answered.connect(found.append)
    latest.failed.connect(found.append)
    return found


def test_a_broken_pool_fails_the_question_and_those_after_it(qtbot: QtBot, qapp: QObject) -> None:
    with ThreadPoolExecutor(1, initializer=forbidden) as pool:
        latest = Latest(lambda question: question, pool, qapp)
        found = heard(latest)
        for number in (1, 2):  # the pool breaks at the first, and takes no second
            latest.ask(number)
            qtbot.waitUntil(lambda number=number: len(found) == number)
    assert [each.question for each in found] == [1, 2]
    assert all(isinstance(each, Failure) and isinstance(each.error, BrokenThreadPool) for each in found)


def test_without_a_thread_the_question_fails_and_the_next_try_is_answered_once(qtbot: QtBot, qapp: QObject) -> None:
    with Threadless(2) as pool:
        latest = Latest(lambda question: question * question, pool, qapp)
        found = heard(latest)
        latest.ask(3)
        qtbot.waitUntil(lambda: len(found) == 1)
        assert isinstance(found[0], Failure)
        assert found[0].words == "the system cannot start another thread; close other programs, then try again"
        pool.starved = False
        latest.ask(3)  # what the pool was given before is in its queue still
        qtbot.waitUntil(lambda: len(found) == 2)
    assert found[1] == Answer(3, 9)


def test_a_panel_shows_the_failure_and_tries_again(qtbot: QtBot) -> None:
    class Squares(Panel):
        kind = PanelKind("squares", "Squares", Help("", (), (), ""), figure=False)

        def needs(self, selection: object) -> object:
            return 3

        def place(self, needs: object) -> None:
            """Of none."""

        def draw(self, result: object) -> None:
            self.line.setText(str(result))

    with Threadless(1) as pool:
        panel = Squares(Session(), pool)
        qtbot.addWidget(panel)
        panel.show()
        qtbot.waitUntil(lambda: "the system cannot start another thread" in panel.message)
        assert panel.retry_button.isVisible()
        pool.starved = False
        panel.retry_button.click()
        qtbot.waitUntil(lambda: panel.line.text() == "3")
        panel.shut()


def test_rows_that_cannot_be_read_say_why(qtbot: QtBot, qapp: QObject) -> None:
    with Threadless(1) as pool:
        reader = Reader(pool, qapp)
        rows: list[tuple[Path, str]] = []
        reader.read.connect(lambda path, found: rows.append((path, found[0].problem)))
        paths = [Path("a.h5"), Path("b.h5")]
        reader.ask(paths, soon=False)
        assert {path for path, _ in rows} == set(paths)
        assert all("the system cannot start another thread" in problem for _, problem in rows)
        reader.ask(paths, soon=False)  # and it is not busy for ever
        assert len(rows) == 4


@pytest.mark.qt_log_level_fail("CRITICAL")  # Qt warns that it could not start a thread
def test_a_job_whose_thread_cannot_start_fails_and_ends(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    started = Job.start

    def starved(job: Job) -> None:
        job.setStackSize(1)  # less than any system allows
        started(job)

    monkeypatch.setattr(Job, "start", starved)
    jobs, failures, ended = Jobs(), list[Exception](), list[Job]()
    job = jobs.start((number for number in range(3)), print, failures.append, ended.append)
    with qtbot.waitSignal(jobs.idle):
        assert ended == []  # nothing is called back before `start` has returned
    assert [str(error) for error in failures] == [NO_THREAD]
    assert ended == [job]
