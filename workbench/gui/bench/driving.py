"""What a person does with the window, done by a program: the timeline dragged and played, runs opened and closed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from workbench.gui.bench.waiting import rest, wait_until
from workbench.gui.panels.graph.panel import GraphPanel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workbench.gui.state.session import Session
    from workbench.gui.window.main_window import MainWindow

MOVE_MS = 8  # between two positions of the mouse: 125 a second, as ordinary mice tell theirs
NO_BUTTON, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


class Watcher:
    """Notes which snapshots the graph has shown and which were asked for, since `clear`."""

    def __init__(self, window: MainWindow) -> None:
        panel = window.panels["graph"]
        assert isinstance(panel, GraphPanel)
        self._graph: GraphPanel = panel
        self._session = window.session
        self.shown: set[int] = set()
        self.passed: set[int] = set()
        self._graph.drawn.connect(self._on_graph_drawn)
        self._session.changed.connect(self._on_session_changed)

    def clear(self) -> None:
        self.shown.clear()
        self.passed.clear()
        self.passed.add(_snapshot(self._session))
        self._on_graph_drawn()

    def _on_graph_drawn(self) -> None:
        if self._graph.result is not None:
            self.shown.add(self._graph.result.needs.place.snapshot)

    def _on_session_changed(self, _old: object, _new: object) -> None:
        self.passed.add(_snapshot(self._session))


def _snapshot(session: Session) -> int:
    return 0 if session.selection.place is None else session.selection.place.snapshot


def open_run(window: MainWindow, path: Path) -> None:
    """Open a run and wait until it is drawn."""
    failures: list[Exception] = []
    connection = window.opener.failed.connect(lambda failure: failures.append(failure.error))
    window.open(path)
    wait_until(lambda: failures or (_selected(window, path) and window.is_settled()), "open and draw the run")
    window.opener.failed.disconnect(connection)
    if failures:
        raise failures[0]


def _selected(window: MainWindow, path: Path) -> bool:
    run = window.session.selection.run
    return run is not None and run.path == path.resolve()


def close_runs(window: MainWindow) -> None:
    """Close every run that is open."""
    for run in window.session.runs:
        window.session.remove(run)


def drag_through(window: MainWindow, seconds: float) -> None:
    """Take the timeline's handle from the first snapshot to the last and back."""
    last = _last(window)
    moves = max(int(1000 * seconds / MOVE_MS / 2), 2)
    there = [last * step / moves for step in range(moves + 1)]
    drag(window, [*there, *reversed(there)])


def drag_at_random(window: MainWindow, times: int, moves: int = 6) -> None:
    """Drag that many times from somewhere to somewhere else, always the same places."""
    places, last = random.Random(0), _last(window)
    for _ in range(times):
        start, end = places.uniform(0, last), places.uniform(0, last)
        drag(window, [start + (end - start) * step / moves for step in range(moves + 1)])


def drag(window: MainWindow, along: Iterable[float]) -> None:
    """Press on the timeline at the first of these snapshots, move over the others, let go; wait until it is drawn."""
    for _ in _mouse(window, list(along)):
        rest(MOVE_MS)
    wait_until(window.is_settled, "draw where the timeline was left")


def _mouse(window: MainWindow, along: list[float]) -> Iterator[QEvent.Type]:
    kinds = QEvent.Type
    _send(window, kinds.MouseButtonPress, along[0], LEFT, LEFT)
    yield kinds.MouseButtonPress
    for snapshot in along[1:]:
        _send(window, kinds.MouseMove, snapshot, NO_BUTTON, LEFT)
        yield kinds.MouseMove
    _send(window, kinds.MouseButtonRelease, along[-1], LEFT, NO_BUTTON)


def _send(window: MainWindow, kind: QEvent.Type, snapshot: float, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    plot = window.timeline.plot
    box = plot.getPlotItem().vb
    middle = box.viewRect().center().y()
    place = QPointF(plot.mapFromScene(box.mapViewToScene(QPointF(plot.place_of(snapshot), middle))))
    everywhere = QPointF(plot.viewport().mapToGlobal(place.toPoint()))
    event = QMouseEvent(kind, place, everywhere, button, held, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(plot.viewport(), event)


def play_through(window: MainWindow, speed: float) -> None:
    """Play from the first snapshot to the last, so many a second."""
    window.session.select(snapshot=0)
    wait_until(window.is_settled, "draw the first snapshot")
    window.player.speed = speed
    window.player.play()
    wait_until(lambda: not window.player.playing and window.is_settled(), "play to the end", patience=300)


def _last(window: MainWindow) -> int:
    run = window.session.selection.run
    return 0 if run is None else max(run.snapshots - 1, 0)
