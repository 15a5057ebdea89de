"""What tests do with the real window: open runs in it, wait for it, put it back, close it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from processes import children_with
from PySide6.QtWidgets import QDialog
from shiboken6 import isValid

from tests.gui.recorded_weights import planted, record_weights
from workbench.gui.background.ticker import Ticker
from workbench.gui.work.sessions.layouts import fronts_of, panels_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psutil
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.dock_area import DockArea
    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.work.sessions.layouts import Layout

SNAPSHOTS = 6
LONG = 180_000  # ms


class Hurrying(Ticker):
    """Of the steps of a layout only one in twelve is painted: all of them were a tenth of the work of these tests."""

    def _on_turn(self) -> None:
        for _ in range(12):
            super()._on_turn()
            if not self.isActive():
                break


def small_file(folder: Path) -> Path:
    target = folder / "trained & <b>tested<b>.h5"
    weights = {"fc1": planted(40, 90, SNAPSHOTS), "fc2": planted(10, 40, SNAPSHOTS)}
    record_weights(target, weights, title="<img src=x> & <h1>title</h1>").close()
    return target


def all_drawn(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    with unpainted(window):
        opened(qtbot, window, path)
        qtbot.waitUntil(lambda: at_rest(window), timeout=LONG)
    return window


def at_rest(window: MainWindow) -> bool:
    return all(panel.settled and panel.complete for panel in window.panels.values())


@contextmanager
def returning(qtbot: QtBot, window: MainWindow) -> Iterator[None]:
    """Afterwards the window has no new dialog and no job; runs, selection, settings and layout are as before."""
    place, units, paths = window.session.selection.place, window.session.selection.units, _paths(window)
    size, layout = window.size(), window.dock_area.layout_now()
    settings = {name: panel.settings() for name, panel in window.panels.items()}
    dialogs, remembered = window.findChildren(QDialog), _remembered(window)
    player = window.player
    playing = player.speed, player.loop, window.play_when_opened
    window.activateWindow()  # others may have come and gone
    yield
    player.stop()
    player.speed, player.loop, window.play_when_opened = playing
    _end_what_goes_on(qtbot, window, dialogs)
    for name, panel in window.panels.items():
        if panel.settings() != settings[name]:
            assert not panel.restore(settings[name])
    for run in window.session.runs:
        if run.path not in paths:
            window.session.remove(run)
    assert _paths(window) == paths, "the next tests need the runs that were open"
    window.resize(size)
    _lay_back(window.dock_area, layout)
    if place is not None:
        window.session.select(source=place.source, layer=place.layer, snapshot=place.snapshot, units=units)
    # Without a run the docks are out of sight, and lie as they should when one is opened.
    qtbot.waitUntil(lambda: window.is_settled() and (place is None or window.dock_area.settled), timeout=LONG)
    _forget(window, remembered)


def _lay_back(area: DockArea, layout: Layout) -> None:
    """The docks as they were: what came is hidden again, which takes a tenth of the time of laying all of them out."""
    if area.layout_now() == layout:
        return
    shown = panels_of(layout.docked)
    for name, dock in area.docks.items():
        if not dock.isFloating() and dock.isHidden() == (name in shown):
            dock.setVisible(name in shown)
    if layout.docked is not None:
        for front in fronts_of(layout.docked) - {""}:
            area.come(front)
    if area.layout_now() != layout:
        area.reset()


def _end_what_goes_on(qtbot: QtBot, window: MainWindow, dialogs: list[QDialog]) -> None:
    """No job, no notice, and no dialog but these."""
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            dialog.close()
    window.jobs.stop_all()
    qtbot.waitUntil(lambda: len(window.jobs) == 0, timeout=LONG)
    for dialog in window.findChildren(QDialog):
        if dialog not in dialogs:
            dialog.deleteLater()
    window.help_actions.help_window = window.help_actions.guide_window = None
    for notice in tuple(window.notices.shown):
        notice.dismiss()


def _forget(window: MainWindow, remembered: dict[str, object]) -> None:
    """Nothing can be undone, and only this is remembered for the next start."""
    window.history.clear()
    store = window.settings._store
    store.clear()  # type: ignore[union-attr]
    for key, value in remembered.items():
        store.setValue(key, value)
    window.choose_page()


def _remembered(window: MainWindow) -> dict[str, object]:
    store = window.settings._store
    return {key: store.value(key, None) for key in store.allKeys()}  # type: ignore[union-attr]


def _paths(window: MainWindow) -> list[Path]:
    return [run.path for run in window.session.runs]


def trainings() -> list[psutil.Process]:
    """The processes of trainings; the one that looks into files stays."""
    return children_with("workbench.training.process.child")


def closing(qtbot: QtBot, window: MainWindow) -> None:
    if not isValid(window):  # closed and deleted already
        return
    if window.isVisible():
        # After a test that failed amid a training nobody would answer the question.
        with pytest.MonkeyPatch.context() as patch, qtbot.waitSignal(window.closed, timeout=60_000):
            patch.setattr(window, "may_stop_training", lambda: True)
            window.close()
    window.deleteLater()


@contextmanager
def unpainted(window: QWidget) -> Iterator[None]:
    """The window is painted once at the end, and not for each of the steps to there: half of the work of opening."""
    enabled = window.updatesEnabled()
    window.setUpdatesEnabled(False)
    try:
        yield
    finally:
        window.setUpdatesEnabled(enabled)
        window.repaint()  # ranges follow when it is painted


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    assert all(window.panels.values())  # every panel is made, as after a while of use
    with unpainted(window):
        window.open(path)
        qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    return window
