"""Answers off the GUI thread: one computation under way, and only the newest question waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from workbench.evaluation.giving_up import GivenUp, Urgency, asked_to_end
from workbench.gui.background import paint_queue
from workbench.gui.background.errors import in_one_sentence, is_foreseen, log

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor


@dataclass(frozen=True)
class Answer:
    """A value computed for a question; a computation may give several, each better than the one before."""

    question: Any
    value: Any


@dataclass(frozen=True)
class Failure:
    """A question that could not be answered."""

    question: Any
    error: Exception

    @property
    def words(self) -> str:
        """What to tell a person about it."""
        return in_one_sentence(self.error)


def submit(pool: ThreadPoolExecutor, work: Callable[[], None], failed: Callable[[Exception], None]) -> None:
    """Have the pool do the work; `failed` gets the error where it cannot, in whichever thread notices it."""

    def report(future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, Exception):
            failed(error)

    try:
        future = pool.submit(work)
    except RuntimeError as error:  # the pool is broken or closed, or the system gives it no thread
        failed(error)
    else:
        future.add_done_callback(report)


class Latest(QObject):
    """Ask `compute(question)` on a worker thread.

    While one answer is being computed, further questions replace each other, so that a slider may ask as often as it
    moves and the last question is always answered. `compute` may be a generator of ever better answers: between
    two of them it is given up when a newer question waits, and wherever an evaluation asks `go_on`. Evaluations that
    `steps_aside` pause until those that are `urgent` have given an answer that is `enough` (None: the first).
    """

    answered = Signal(object)
    completed = Signal(object)  # the question, when its last answer has been given
    failed = Signal(object)

    def __init__(
        self,
        compute: Callable[[Any], Any],
        pool: ThreadPoolExecutor,
        parent: QObject,
        urgent: bool = False,
        steps_aside: bool = False,
        enough: Callable[[Any], bool] | None = None,
    ) -> None:
        super().__init__(parent)
        self._compute = compute
        self._enough = enough
        self._urgent, self._steps_aside = urgent, steps_aside
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: list[Any] = []  # no question or one
        self._busy = False
        self._turn = 0  # of the work under way: a pool that failed may still do what it was given before
        self._closed = self._dropped = False
        self._paint_queue = paint_queue.of_application()

    def ask(self, question: Any) -> None:
        """Answer this question next, in place of any that still waits."""
        with self._lock:
            if self._closed:
                return
            self._waiting = [question]
            if self._busy:
                return
            self._busy = True
            self._turn += 1
            turn = self._turn
        submit(self._pool, lambda: self._work(turn), lambda error: self._give_up(turn, error))

    def drop(self) -> None:
        """Forget what waits and give up what is under way; nothing is wanted until the next question."""
        with self._lock:
            self._dropped, self._waiting = True, []

    def close(self) -> None:
        """Forget what waits and give up what is under way at its next step."""
        with self._lock:
            self._closed = True
            self._waiting = []

    def _outdated(self) -> bool:
        with self._lock:
            return self._closed or self._dropped or bool(self._waiting)

    def _give_up(self, turn: int, error: Exception) -> None:
        """The pool did not even begin: every question that waits has failed, and the next one tries the pool again."""
        with self._lock:
            if turn != self._turn:
                return
            questions, self._waiting = self._waiting, []
            self._busy = False
            self._turn += 1
        for question in questions:
            self._fail(question, error)

    def _fail(self, question: Any, error: Exception, tell: bool = True) -> None:
        if not is_foreseen(error):
            log.error(in_one_sentence(error), exc_info=error)
        if tell:
            self._emit(self.failed, Failure(question, error))

    def _work(self, turn: int) -> None:
        while True:
            with self._lock:
                if turn != self._turn:
                    return
                if self._closed or not self._waiting:
                    self._busy = False
                    return
                question, self._dropped = self._waiting.pop(), False
            try:
                with asked_to_end(self._outdated, self._steps_aside):
                    self._answer(question)
            except GivenUp:
                continue
            except Exception as error:  # shown in the panel that asked, where it can be tried again
                self._fail(question, error, tell=not self._outdated())

    def _answer(self, question: Any) -> None:
        urgency = Urgency()
        if self._urgent:
            urgency.begin()
        try:
            value = self._compute(question)
            if not isinstance(value, Iterator):
                value = iter((value,))
            for better in value:
                if self._enough is None or self._enough(better):
                    urgency.end()
                self._emit(self.answered, Answer(question, better))
                if self._outdated():
                    return
        finally:
            urgency.end()
        self._emit(self.completed, question)

    def _emit(self, signal: Any, message: Any) -> None:
        def tell() -> None:
            if not self._closed and isValid(self):
                signal.emit(message)

        self._paint_queue.call(tell)
