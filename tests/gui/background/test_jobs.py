"""One thread class drives every generator."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QThread

from workbench.gui.background.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Generator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


def test_events_arrive_in_order_on_the_gui_thread(qtbot: QtBot, qapp: QApplication) -> None:
    jobs = Jobs()
    seen: list[tuple[int, QThread]] = []
    with qtbot.waitSignal(jobs.idle):
        jobs.start((n for n in range(5)), lambda n: seen.append((n, QThread.currentThread())), _unexpected)
    assert seen == [(n, qapp.thread()) for n in range(5)]
    assert len(jobs) == 0


def test_stopping_closes_the_generator_in_the_thread_that_ran_it(qtbot: QtBot) -> None:
    ran_in: list[int] = []
    closed_in: list[int] = []

    def endless() -> Generator[int, None, None]:
        ran_in.append(threading.get_ident())
        try:
            while True:
                time.sleep(0.005)
                yield 0
        finally:
            closed_in.append(threading.get_ident())

    jobs = Jobs()
    seen: list[int] = []
    jobs.start(endless(), seen.append, _unexpected)
    qtbot.waitUntil(lambda: len(seen) > 2)
    with qtbot.waitSignal(jobs.idle):
        jobs.stop_all()
    assert closed_in == ran_in != [threading.get_ident()]


def test_an_error_is_handed_over_and_the_job_ends(qtbot: QtBot) -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise OSError("the disk is full")

    jobs = Jobs()
    errors: list[Exception] = []
    with qtbot.waitSignal(jobs.idle):
        jobs.start(broken(), lambda _event: None, errors.append)
    assert [str(error) for error in errors] == ["the disk is full"]


def _unexpected(error: Exception) -> None:
    raise error
