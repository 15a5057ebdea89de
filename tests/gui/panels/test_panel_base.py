"""What every panel does by itself: it asks when shown, rests when costly, says errors, and tries again."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent

from workbench.gui.background.paint_queue import Once
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.kind import Help, PanelKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Selection, Session
    from workbench.runs.run import Run


class Echo(Panel):
    """Draws the snapshot's number, first roughly and then exactly; snapshot 3 cannot be computed."""

    kind = PanelKind("echo", "Echo", Help("", (), (), ""), figure=False)

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.computed: list[int] = []
        self.seen: list[str] = []
        self.broken = True

    def needs(self, selection: Selection) -> object:
        return Empty("Nothing to echo.") if selection.run is None else selection.place.snapshot

    def place(self, needs: Any) -> None:
        """Of none: its picture may stay."""

    def compute(self, needs: Any) -> Iterator[str]:
        self.computed.append(needs)
        if needs == 3 and self.broken:
            raise ValueError("three is broken")
        yield f"about {needs}"
        yield f"exactly {needs}"

    def draw(self, result: str) -> None:
        self.seen.append(result)


class Faulty(Echo):
    def compute(self, needs: Any) -> Iterator[str]:
        return iter([f"{needs} / {1 / 0}"])


class Costly(Echo):
    kind = replace(Echo.kind, patience_ms=80)


class Late(Echo):
    """Computes when it may."""

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.may_go_on = Event()
        self.may_go_on.set()

    def place(self, needs: Any) -> Any:
        return "one place"

    def awaited(self, needs: Any) -> str:
        return f"snapshot {needs}: computing…"

    def compute(self, needs: Any) -> Iterator[str]:
        self.may_go_on.wait()
        yield f"shows {needs}"

    def draw(self, result: str) -> None:
        self.line.setText(result)


@pytest.fixture
def make(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor) -> Iterator[Any]:
    made: list[Panel] = []

    def one(kind: type[Echo]) -> Echo:
        panel = kind(session, pool)
        qtbot.addWidget(panel)
        made.append(panel)
        return panel

    yield one
    for panel in made:
        panel.shut()


def test_a_panel_draws_every_better_answer_and_is_then_complete(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Echo)
    panel.show()
    assert panel.message == "Nothing to echo."
    session.add(small_run)
    assert not panel.complete
    qtbot.waitUntil(lambda: panel.complete)
    assert panel.seen == ["about 0", "exactly 0"]
    assert panel.settled


def test_a_hidden_panel_computes_nothing_until_it_is_shown(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Echo)
    session.add(small_run)
    session.select(snapshot=2)
    qtbot.wait(30)
    assert panel.computed == []
    assert panel.settled
    panel.show()
    qtbot.waitUntil(lambda: panel.complete)
    assert panel.computed == [2]


def test_the_end_of_an_earlier_answer_is_not_that_of_the_same_question_asked_again(
    make: Any, session: Session, small_run: Run, qtbot: QtBot
) -> None:
    panel = make(Late)
    panel.show()
    session.add(small_run)
    qtbot.waitUntil(lambda: panel.complete)
    panel.may_go_on.clear()
    panel.retry()
    panel._latest.completed.emit(panel.question)  # as it arrives late from the first time
    try:
        assert not panel.complete
    finally:
        panel.may_go_on.set()
    qtbot.waitUntil(lambda: panel.complete)


def test_a_failed_answer_leaves_no_picture_to_export_or_to_draw_again(
    make: Any, session: Session, small_run: Run, qtbot: QtBot
) -> None:
    echo = make(Echo)
    echo.show()
    session.add(small_run)
    session.select(snapshot=2)
    qtbot.waitUntil(lambda: echo.complete)
    assert echo.shown_result == "exactly 2"
    session.select(snapshot=3)
    qtbot.waitUntil(lambda: echo.shows_message)
    assert echo.shown_result is None
    seen = list(echo.seen)
    echo.changeEvent(QEvent(QEvent.Type.PaletteChange))
    assert echo.seen == seen
    session.select(snapshot=2)
    qtbot.waitUntil(lambda: echo.shown_result == "exactly 2")


def test_an_error_is_said_in_the_panel_and_can_be_tried_again(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Echo)
    panel.show()
    session.add(small_run)
    session.select(snapshot=3)
    qtbot.waitUntil(lambda: panel.message == "three is broken")
    assert panel.retry_button.isVisibleTo(panel)
    assert panel.settled
    panel.broken = False
    panel.retry_button.click()
    qtbot.waitUntil(lambda: panel.seen[-1:] == ["exactly 3"])


def test_a_fault_is_named_in_the_panel_and_its_traceback_is_in_the_log(
    qtbot: QtBot, make: Any, session: Session, small_run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    panel = make(Faulty)
    panel.show()
    session.add(small_run)
    qtbot.waitUntil(lambda: panel.message == "ZeroDivisionError: division by zero")
    assert "in compute" in caplog.text
    session.remove(small_run)


def test_a_costly_panel_waits_for_the_selection_to_rest_and_holds_nobody_up(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Costly)
    panel.show()
    session.add(small_run)
    qtbot.waitUntil(lambda: panel.settled)
    for snapshot in (1, 2, 4):
        session.select(snapshot=snapshot)
        assert panel.settled
    assert not panel.complete
    qtbot.waitUntil(lambda: panel.complete)
    assert panel.computed == [4]


def test_panels_that_had_nothing_to_show_are_laid_out_one_at_a_time(
    qtbot: QtBot, make: Any, session: Session, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels, come, asked = [make(Echo) for _ in range(3)], Once._come, list[int]()
    for panel in panels:
        panel.show()
    monkeypatch.setattr(
        Once, "_come", lambda once: (come(once), asked.append(sum(panel.question == 0 for panel in panels)))
    )
    session.add(small_run)
    qtbot.waitUntil(lambda: all(panel.complete for panel in panels))
    assert asked == [1, 2, 3]


class Undrawable(Echo):
    """Cannot draw snapshot 1."""

    def draw(self, result: str) -> None:
        if result == "about 1":
            raise ValueError("no such size")
        super().draw(result)


def test_what_cannot_be_drawn_is_said_and_the_panel_goes_on(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Undrawable)
    panel.show()
    session.add(small_run)
    qtbot.waitUntil(lambda: panel.complete)
    with qtbot.captureExceptions() as raised:
        session.select(snapshot=1)
        qtbot.waitUntil(lambda: bool(raised))
    assert panel.settled
    assert panel.message == "the figure cannot be drawn: no such size"
    with qtbot.captureExceptions():  # of the better answers to the same question
        session.select(snapshot=2)
        qtbot.waitUntil(lambda: panel.complete)
    assert panel.seen[-1] == "exactly 2"


def test_a_late_picture_is_announced_once_before_what_is_still_shown(
    qtbot: QtBot, make: Any, session: Session, small_run: Run
) -> None:
    panel = make(Late)
    panel.show()
    session.add(small_run)
    qtbot.waitUntil(lambda: panel.complete)
    panel.may_go_on.clear()
    try:
        for snapshot in (1, 2):
            session.select(snapshot=snapshot)
            said = f"snapshot {snapshot}: computing… Until then: shows 0"
            qtbot.waitUntil(lambda: panel.line.text() == said)  # noqa: B023
    finally:
        panel.may_go_on.set()
    qtbot.waitUntil(lambda: panel.complete)
    assert panel.line.text() == "shows 2"


def test_a_panel_that_has_nothing_to_show_waits_for_no_older_answer(
    qtbot: QtBot, session: Session, small_run: Run, make: Any
) -> None:
    panel = make(Late)
    session.add(small_run)
    panel.may_go_on.clear()
    completed: list[object] = []
    panel._latest.completed.connect(completed.append)
    panel.show()
    qtbot.waitUntil(lambda: panel._latest._busy)
    session.remove(small_run)
    assert panel.complete
    panel.may_go_on.set()
    qtbot.waitUntil(lambda: not panel._latest._busy)
    assert panel.complete
    assert not completed, "nothing computes on a run that was closed"


def test_a_hidden_panel_measures_nothing_of_a_run_that_was_closed(
    qtbot: QtBot, session: Session, small_run: Run, make: Any
) -> None:
    panel = make(Late)
    session.add(small_run)
    panel.show()
    qtbot.waitUntil(lambda: panel.complete)
    panel.may_go_on.clear()
    session.select(snapshot=1)
    completed: list[object] = []
    panel._latest.completed.connect(completed.append)
    qtbot.waitUntil(lambda: panel._latest._busy)
    panel.hide()
    session.remove(small_run)
    panel.may_go_on.set()
    qtbot.waitUntil(lambda: not panel._latest._busy)
    assert panel.shown_result is None
    assert not completed
