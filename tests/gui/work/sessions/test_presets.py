"""Presets follow the window, as long as a person has arranged nothing else."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from layout_driving import HIGH, LOW, MIXED, chosen, lies, shape, sized
from PySide6.QtCore import QPoint, Qt

from tests.gui.windows import opened
from workbench.gui.plots.plot import Plot
from workbench.gui.state import samples
from workbench.gui.window.docks import PRESETS
from workbench.gui.work.sessions import layouts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.docks import Preset
    from workbench.gui.window.main_window import MainWindow


READABLE = {
    "spectrum": 100,
    "low_rank": 100,
    "pruning": 100,
    "directions": 60,
    "compare": 100,
    "cutoffs": 60,
    "map": 100,
    "training": 40,
    "timeline": 40,
}  # pixels up


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
@pytest.mark.thinned(3)
def test_a_preset_has_tabs_in_a_low_window_and_each_plot_can_be_read(
    preset: Preset, qtbot: QtBot, shared: MainWindow, lasting_cache: None
) -> None:
    shared.resize(*LOW)
    opened(qtbot, shared, samples.listed()[0].path)
    chosen(qtbot, shared, preset)
    assert lies(shared) == layouts.shape(preset.low.docked) != layouts.shape(preset.layout.docked)
    for name in layouts.panels_of(preset.layout.docked):
        shared.docks[name].come()
        panel = shared.panels[name]
        qtbot.waitUntil(lambda name=name: shared.dock_area.in_sight(name), timeout=60_000)
        qtbot.waitUntil(lambda panel=panel: panel.complete, timeout=60_000)
        for plot in panel.findChildren(Plot):
            if plot.isVisible():
                qtbot.waitUntil(lambda plot=plot, name=name: plot.getPlotItem().vb.height() >= READABLE[name])
        assert shared.size().toTuple() == LOW
        assert shared.dock_area.contentsRect().contains(shared.docks[name].geometry())


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
@pytest.mark.thinned(3)
def test_a_preset_follows_the_height_of_the_window(preset: Preset, qtbot: QtBot, shared: MainWindow) -> None:
    chosen(qtbot, shared, preset)
    for size, layout in ((LOW, preset.low), (HIGH, preset.layout), ((1366, 690), preset.low), (HIGH, preset.layout)):
        sized(qtbot, shared, size)
        assert shared.size().toTuple() == size
        assert lies(shared) == layouts.shape(layout.docked)
        assert shape(shared.dock_area.layout_now().docked) == shape(layout.docked)
        seen = [dock for name, dock in shared.docks.items() if shared.dock_area.in_sight(name)]
        assert len(seen) == len(list(layouts.tabs(layout.docked)))
        for one, other in combinations(seen, 2):
            assert not one.geometry().intersects(other.geometry())


def test_a_preset_follows_the_size_of_the_text(qtbot: QtBot, shared: MainWindow, theme_returns: None) -> None:
    sized(qtbot, shared, HIGH)
    shared.appearance.resize_text(3.0)
    qtbot.waitUntil(lambda: lies(shared) == layouts.shape(PRESETS[0].low.docked))
    shared.appearance.resize_text(None)
    qtbot.waitUntil(lambda: lies(shared) == layouts.shape(PRESETS[0].layout.docked))


def close_a_panel(window: MainWindow, _qtbot: QtBot) -> None:
    window.docks["spectrum"].close()


def float_a_panel(window: MainWindow, _qtbot: QtBot) -> None:
    window.docks["spectrum"].setFloating(True)


def take_another_layout(window: MainWindow, _qtbot: QtBot) -> None:
    window.dock_area.arrange(MIXED)


def drag_a_separator(window: MainWindow, qtbot: QtBot) -> None:
    below = window.docks["spectrum"].geometry().bottomLeft()
    start = below + QPoint(40, 3)
    assert window.dock_area.isSeparator(start)
    qtbot.mousePress(window.dock_area, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(window.dock_area, start + QPoint(0, 30))
    qtbot.mouseRelease(window.dock_area, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 30))


@pytest.mark.parametrize("change", [close_a_panel, float_a_panel, take_another_layout, drag_a_separator])
def test_what_a_person_has_arranged_stays_in_a_low_window(
    change: Callable[[MainWindow, QtBot], None], qtbot: QtBot, shared: MainWindow
) -> None:
    sized(qtbot, shared, HIGH)
    change(shared, qtbot)
    qtbot.waitUntil(lambda: shared.dock_area.settled)
    arranged = lies(shared)
    sized(qtbot, shared, (1280, 680))
    assert lies(shared) == arranged
