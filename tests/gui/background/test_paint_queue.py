"""Calls that came at once are made one at a time, each after what the one before changed was painted."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from shiboken6 import delete

from workbench.gui.background import paint_queue
from workbench.gui.background.paint_queue import Once, Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent
    from pytestqt.qtbot import QtBot


class Picture(QLabel):
    """Notes when it is painted."""

    def __init__(self, name: str, notes: list[str]) -> None:
        super().__init__(name)
        self._notes = notes

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._notes.append(f"painted {self.text()}")


def test_what_a_call_changed_is_painted_before_the_next_call(qtbot: QtBot) -> None:
    notes: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    pictures = [Picture(name, notes) for name in "abc"]
    for picture in pictures:
        row.addWidget(picture)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: len(notes) >= 3)
    QApplication.processEvents()
    notes.clear()
    mine = Turns(window)

    def change(picture: Picture) -> Callable[[], None]:
        def do() -> None:
            notes.append(f"called {picture.text()}")
            picture.update()

        return do

    for picture in pictures:
        mine.call(change(picture))
    qtbot.waitUntil(lambda: len(notes) == 6)
    assert notes == ["called a", "painted a", "called b", "painted b", "called c", "painted c"]


def test_calls_come_from_any_thread_in_their_order_and_are_made_in_that_of_the_window(qtbot: QtBot) -> None:
    mine, made = Turns(), []
    here = threading.get_ident()

    def ask(start: int) -> None:
        for number in range(start, start + 100):
            mine.call(lambda number=number: made.append((number, threading.get_ident())))

    threads = [threading.Thread(target=ask, args=(start,)) for start in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: len(made) == 200)
    assert {thread for _, thread in made} == {here}
    for start in (0, 1000):
        assert [number for number, _ in made if start <= number < start + 1000] == list(range(start, start + 100))


def test_a_call_that_fails_keeps_no_other_from_its_turn(qtbot: QtBot) -> None:
    mine, made = Turns(), []
    mine.call(lambda: 1 / 0)
    mine.call(lambda: made.append("next"))
    with qtbot.captureExceptions() as failures:
        qtbot.waitUntil(lambda: made == ["next"])
    assert [failure[0] for failure in failures] == [ZeroDivisionError]


def test_a_call_that_waits_in_an_event_loop_of_its_own_holds_up_no_other(qtbot: QtBot) -> None:
    mine, made = Turns(), []
    mine.call(lambda: qtbot.waitUntil(lambda: "other" in made))
    mine.call(lambda: made.append("other"))
    mine.call(lambda: made.append("last"))
    qtbot.waitUntil(lambda: made == ["other", "last"])


@pytest.mark.usefixtures("qtbot")
def test_an_application_has_one(qapp: QApplication) -> None:
    assert paint_queue.of_application() is paint_queue.of_application()
    assert paint_queue.of_application().parent() is qapp


def test_what_is_asked_for_several_times_is_done_once_and_not_when_it_is_dropped_or_its_owner_is_gone(
    qtbot: QtBot,
) -> None:
    made: list[str] = []
    owner, other = QWidget(), QWidget()
    once, dropped, gone = (Once(each, lambda: made.append("once")) for each in (owner, owner, other))
    for each in (once, once, dropped, gone):
        each.ask()
    dropped.drop()
    delete(other)
    assert once.waits
    assert not dropped.waits
    assert made == []
    last = Once(owner, lambda: made.append("last"))
    last.ask()
    qtbot.waitUntil(lambda: "last" in made)
    assert made == ["once", "last"]
    once.ask()
    once.now()
    last.ask()
    qtbot.waitUntil(lambda: made.count("last") == 2)
    assert made == ["once", "last", "once", "last"]
