"""Playing waits for the panels: no snapshot is skipped, however slow they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.state.player import Player

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def test_the_next_snapshot_waits_until_every_panel_shows_the_last(
    qtbot: QtBot, session: Session, small_run: Run
) -> None:
    settled = False
    player = Player(session, lambda: settled)
    player.speed = 1000
    session.add(small_run)
    player.play()
    qtbot.wait(60)
    assert session.selection.place.snapshot == 0
    settled = True
    qtbot.waitUntil(lambda: session.selection.place.snapshot > 0)
    settled = False
    now = session.selection.place.snapshot
    qtbot.wait(60)
    assert session.selection.place.snapshot == now
    player.stop()


def test_each_snapshot_is_shown_once_and_the_last_one_stays(qtbot: QtBot, session: Session, small_run: Run) -> None:
    player = Player(session, lambda: True)
    player.speed = 1000
    session.add(small_run)
    seen: list[int] = []
    session.changed.connect(lambda _old, new: seen.append(new.place.snapshot if new.place else -1))
    player.play()
    qtbot.waitUntil(lambda: not player.playing)
    assert seen == [1, 2, 3, 4]
