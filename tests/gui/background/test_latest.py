"""Only the newest question counts, the last one is always answered, and nothing blocks the GUI thread."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.evaluation.giving_up import go_on
from workbench.gui.background.latest import Answer, Failure, Latest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtGui import QPaintEvent
    from pytestqt.qtbot import QtBot


class Listener(QObject):
    """Collects what comes back, and on which thread."""

    def __init__(self, latest: Latest) -> None:
        super().__init__()
        self.answers: list[Answer] = []
        self.failures: list[Failure] = []
        self.threads: set[QThread] = set()
        latest.answered.connect(self._on_answered)
        latest.failed.connect(self._on_failed)

    def _on_answered(self, answer: Answer) -> None:
        self.answers.append(answer)
        self.threads.add(QThread.currentThread())

    def _on_failed(self, failure: Failure) -> None:
        self.failures.append(failure)


def test_questions_asked_meanwhile_replace_each_other(qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject) -> None:
    gate = threading.Event()
    asked: list[int] = []

    def compute(question: int) -> int:
        asked.append(question)
        gate.wait(10)
        return question * question

    latest = Latest(compute, pool, qapp)
    listener = Listener(latest)
    latest.ask(1)
    qtbot.waitUntil(lambda: asked == [1])
    for question in range(2, 50):
        latest.ask(question)
    gate.set()
    qtbot.waitUntil(lambda: len(listener.answers) == 2)
    assert asked == [1, 49]
    assert [answer.value for answer in listener.answers] == [1, 49 * 49]
    assert listener.threads == {qapp.thread()}


def test_a_failure_is_not_told_when_a_newer_question_waits(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    gates = {"closed": threading.Event(), "open": threading.Event()}
    asked: list[str] = []

    def compute(question: str) -> str:
        asked.append(question)
        gates[question].wait(10)
        if question == "closed":
            raise ValueError("the run is closed")
        return question

    latest = Latest(compute, pool, qapp)
    listener = Listener(latest)
    latest.ask("closed")
    qtbot.waitUntil(lambda: asked == ["closed"])
    latest.ask("open")
    for gate in gates.values():
        gate.set()
    qtbot.waitUntil(lambda: [answer.value for answer in listener.answers] == ["open"])
    assert listener.failures == []
    latest.ask("closed")
    qtbot.waitUntil(lambda: [failure.question for failure in listener.failures] == ["closed"])


def test_better_answers_stop_coming_when_a_newer_question_waits(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    gate = threading.Event()

    def compute(question: str) -> Iterator[str]:
        yield f"{question} roughly"
        gate.wait(10)
        yield f"{question} exactly"

    latest = Latest(compute, pool, qapp)
    listener = Listener(latest)
    latest.ask("a")
    qtbot.waitUntil(lambda: len(listener.answers) == 1)
    latest.ask("b")
    gate.set()
    qtbot.waitUntil(lambda: listener.answers[-1].value == "b exactly")
    values = [answer.value for answer in listener.answers]
    assert values[-2:] == ["b roughly", "b exactly"]
    assert len(values) <= 4


def test_an_error_comes_back_with_its_question_and_the_next_one_is_answered(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    latest = Latest(lambda question: 1 / question, pool, qapp)
    listener = Listener(latest)
    latest.ask(0)
    qtbot.waitUntil(lambda: len(listener.failures) == 1)
    assert isinstance(listener.failures[0].error, ZeroDivisionError)
    latest.ask(4)
    qtbot.waitUntil(lambda: listener.answers == [Answer(4, 0.25)])


def test_nothing_is_said_after_closing(qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject) -> None:
    gate = threading.Event()
    latest = Latest(lambda _question: gate.wait(10), pool, qapp)
    listener = Listener(latest)
    latest.ask(1)
    latest.close()
    gate.set()
    pool.submit(lambda: None).result()
    qtbot.wait(20)
    assert listener.answers == []


class Picture(QWidget):
    """Notes when it is to be drawn anew and when it is painted."""

    def __init__(self, name: str, notes: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._notes = name, notes

    def draw(self, _answer: Answer) -> None:
        self._notes.append(f"{self._name} drawn")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        self._notes.append(f"{self._name} painted")


def test_answers_that_come_at_once_are_painted_one_after_the_other(qtbot: QtBot, pool: ThreadPoolExecutor) -> None:
    notes: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    asked = []
    for name in "abc":
        picture = Picture(name, notes, window)
        row.addWidget(picture)
        asked.append(Latest(lambda question: question, pool, window))
        asked[-1].answered.connect(picture.draw)
    window.resize(300, 100)
    window.show()
    qtbot.waitUntil(lambda: len(notes) >= 3)
    qtbot.wait(20)
    notes.clear()
    for latest in asked:
        latest.ask(1)
    pool.submit(lambda: None).result()
    while any(latest._busy for latest in asked):  # the window hears of nothing before all have answered
        time.sleep(0.001)
    qtbot.waitUntil(lambda: len(notes) >= 6)
    assert notes == [f"{note.split()[0]} {what}" for note in notes[::2] for what in ("drawn", "painted")]
    assert {note.split()[0] for note in notes} == set("abc")


def test_a_new_question_does_not_wait_for_the_rest_of_an_old_evaluation(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    begun = threading.Event()

    def compute(question: int) -> int:
        begun.set()
        while question == 1:  # an evaluation without end
            go_on()
            time.sleep(0.005)
        return question

    latest = Latest(compute, pool, qapp)
    listener = Listener(latest)
    latest.ask(1)
    assert begun.wait(10)
    latest.ask(2)
    qtbot.waitUntil(lambda: len(listener.answers) == 1)
    assert listener.answers[0].question == 2
    latest.ask(1)
    latest.drop()
    latest.ask(3)
    qtbot.waitUntil(lambda: len(listener.answers) == 2)
    assert [answer.question for answer in listener.answers] == [2, 3]
    assert not listener.failures


def test_what_steps_aside_waits_for_the_first_answer_of_what_is_urgent(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def soon(_question: int) -> Iterator[str]:
        begun.set()
        assert gate.wait(10)
        yield "first"

    def later(_question: int) -> str:
        go_on()
        return "later"

    urgent, other = Latest(soon, pool, qapp, urgent=True), Latest(later, pool, qapp, steps_aside=True)
    first, second = Listener(urgent), Listener(other)
    urgent.ask(1)
    assert begun.wait(10)
    other.ask(1)
    qtbot.wait(120)
    assert not second.answers
    gate.set()
    qtbot.waitUntil(lambda: bool(first.answers and second.answers))


def test_what_steps_aside_waits_until_an_answer_is_enough(
    qtbot: QtBot, pool: ThreadPoolExecutor, qapp: QObject
) -> None:
    gate, steps = threading.Event(), list[str]()

    def ever_better(_question: int) -> Iterator[str]:
        yield "few"
        assert gate.wait(10)
        steps.append("all")
        yield "all"

    def later(_question: int) -> str:
        go_on()
        steps.append("later")
        return "later"

    urgent = Latest(ever_better, pool, qapp, urgent=True, enough=lambda answer: answer == "all")
    other = Latest(later, pool, qapp, steps_aside=True)
    first, second = Listener(urgent), Listener(other)
    urgent.ask(1)
    qtbot.waitUntil(lambda: bool(first.answers))
    other.ask(1)
    qtbot.wait(120)
    assert not second.answers
    gate.set()
    qtbot.waitUntil(lambda: bool(second.answers))
    assert steps == ["all", "later"]
