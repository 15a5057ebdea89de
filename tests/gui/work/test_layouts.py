"""Layouts are plain data that the docks take over and give back; windows stay on the screens that there are."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt

from tests.gui.conftest import closing, opened, unpainted
from workbench.gui.plots.plot import Plot
from workbench.gui.state import samples, theme
from workbench.gui.window.docks import PANELS, PRESETS
from workbench.gui.work import layouts
from workbench.gui.work.layouts import Column, Layout, Rectangle, Row, Tabs, column, panel, row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.docks import Preset
    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.work.layouts import Part

BESIDE = row(panel("pruning"), panel("spectrum"))
MIXED = Layout(row(panel("run", "training", share=30), column(panel("graph"), BESIDE, share=70)))


def shape(part: Part | None) -> object:
    """A part without the sizes; rows of columns and columns of rows that make one grid are the same."""
    if isinstance(part, Tabs):
        return part.names
    assert part is not None
    return type(part).__name__, tuple(shape(each) for each in part.parts)


def shares(part: Part) -> list[float]:
    """The fraction of its row or column that every panel has, from left to right and top to bottom."""
    if isinstance(part, Tabs):
        return []
    whole = sum(each.share for each in part.parts)
    return [each.share / whole for each in part.parts] + [share for each in part.parts for share in shares(each)]


@pytest.mark.parametrize("layout", [*(preset.layout for preset in PRESETS[:2]), MIXED])
def test_the_docks_take_over_a_layout_and_give_it_back(
    layout: Layout, qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    window.resize(1280, 800)
    window.dock_area.arrange(layout)
    qtbot.waitUntil(lambda: looks_like(window, layout, 0.06))
    read = window.dock_area.layout_now()

    window.dock_area.reset()
    qtbot.waitUntil(lambda: looks_like(window, PRESETS[0].layout, 0.06))
    window.dock_area.arrange(msgspec.json.decode(msgspec.json.encode(read), type=Layout))
    qtbot.waitUntil(lambda: looks_like(window, read, 0.02))


def looks_like(window: MainWindow, layout: Layout, tolerance: float) -> bool:
    """Whether the docks on screen have come to lie so."""
    now = window.dock_area.layout_now().docked
    assert now is not None
    assert layout.docked is not None
    same = window.dock_area.settled and shape(now) == shape(layout.docked)
    return same and shares(now) == pytest.approx(shares(layout.docked), abs=tolerance)


def test_every_preset_has_its_entry_in_the_menu_and_shows_its_panels_only(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    for preset in PRESETS:
        entry = next(action for action in window.menus["&View"].actions() if action.text() == f"{preset.name} layout")
        entry.trigger()
        shown = {name for name, dock in window.docks.items() if not dock.isHidden()}
        assert shown == layouts.panels_of(preset.layout.docked)


def test_a_panel_that_a_layout_hides_can_still_be_shown(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.dock_area.arrange(PRESETS[2].layout)
    for name in ("run", "training"):
        window.docks[name].switch.trigger()
        qtbot.waitUntil(window.panels[name].isVisible)
        assert window.docks[name].width() > 50


def test_a_floating_panel_is_brought_onto_the_screen(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    far = Layout(panel("graph"), {"spectrum": Rectangle(9000, -7000, 400, 300)})
    window.dock_area.arrange(far)
    dock = window.docks["spectrum"]
    assert dock.isFloating()
    assert dock.screen().availableGeometry().contains(dock.geometry())
    assert set(window.dock_area.layout_now().floating) == {"spectrum"}
    window.dock_area.reset()
    assert not dock.isFloating()


def test_a_layout_of_unknown_panels_is_the_first_one(window: MainWindow) -> None:
    window.dock_area.arrange(Layout(row(panel("gone"), panel("away", "lost"))))

    assert window.dock_area.layout_now() == PRESETS[0].layout


def test_panels_that_are_unknown_or_twice_there_are_left_out() -> None:
    layout = Layout(row(panel("a", "gone"), column(panel("a"), panel("b"))), {"b": Rectangle(0, 0, 9, 9)})

    assert layouts.fitting(layout, "abc") == Layout(row(panel("a"), column(panel("b"))))


def test_each_preset_shows_panels_that_exist() -> None:
    for preset in PRESETS:
        assert layouts.panels_of(preset.layout.docked) <= {each.kind.name for each in PANELS}
        assert isinstance(preset.layout.docked, (Row, Column))


# --- low windows ---

LOW, HIGH = (900, 600), (1280, 800)
READABLE = {"spectrum": 100, "low_rank": 100, "pruning": 100, "training": 40, "timeline": 40}  # pixels up


def sized(qtbot: QtBot, window: MainWindow, size: tuple[int, int]) -> None:
    """The window of this size, its panels come to rest."""
    with unpainted(window):
        window.resize(*size)
        qtbot.waitUntil(lambda: window.dock_area.settled)
        qtbot.wait(30)


def chosen(qtbot: QtBot, window: MainWindow, preset: Preset) -> None:
    """Choose a preset in the menu."""
    next(each for each in window.menus["&View"].actions() if each.text() == f"{preset.name} layout").trigger()
    qtbot.waitUntil(lambda: window.dock_area.settled)


def lies(window: MainWindow) -> object:
    """Which panels lie where."""
    return layouts.shape(window.dock_area.layout_now().docked)


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
def test_a_preset_has_tabs_in_a_low_window_and_each_plot_can_be_read(
    preset: Preset, qtbot: QtBot, window: MainWindow
) -> None:
    window.resize(*LOW)
    opened(qtbot, window, samples.listed()[0][-1])
    chosen(qtbot, window, preset)
    assert lies(window) == layouts.shape(preset.low.docked) != layouts.shape(preset.layout.docked)
    for name in layouts.panels_of(preset.layout.docked):
        window.docks[name].come()
        panel = window.panels[name]
        qtbot.waitUntil(lambda name=name: window.dock_area.in_sight(name), timeout=60_000)
        qtbot.waitUntil(lambda panel=panel: panel.complete, timeout=60_000)
        for plot in panel.findChildren(Plot):
            if plot.isVisible():
                qtbot.waitUntil(lambda plot=plot, name=name: plot.getPlotItem().vb.height() >= READABLE[name])
        assert window.size().toTuple() == LOW
        assert window.dock_area.contentsRect().contains(window.docks[name].geometry())


@pytest.mark.parametrize("preset", PRESETS, ids=[preset.name for preset in PRESETS])
def test_a_preset_follows_the_height_of_the_window(
    preset: Preset, qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    chosen(qtbot, window, preset)
    for size, layout in ((LOW, preset.low), (HIGH, preset.layout), ((1366, 690), preset.low), (HIGH, preset.layout)):
        sized(qtbot, window, size)
        assert window.size().toTuple() == size
        assert lies(window) == layouts.shape(layout.docked)
        assert shape(window.dock_area.layout_now().docked) == shape(layout.docked)
        seen = [dock for name, dock in window.docks.items() if window.dock_area.in_sight(name)]
        assert len(seen) == len(list(layouts.tabs(layout.docked)))
        for one, other in combinations(seen, 2):
            assert not one.geometry().intersects(other.geometry())


def test_a_preset_follows_the_size_of_the_text(
    qtbot: QtBot, window: MainWindow, path: Path, qapp: QApplication
) -> None:
    opened(qtbot, window, path)
    sized(qtbot, window, HIGH)
    try:
        window.appearance.resize_text(3.0)
        qtbot.waitUntil(lambda: lies(window) == layouts.shape(PRESETS[0].low.docked))
        window.appearance.resize_text(None)
        qtbot.waitUntil(lambda: lies(window) == layouts.shape(PRESETS[0].layout.docked))
    finally:
        theme.apply(qapp)


def close_a_panel(window: MainWindow, _qtbot: QtBot) -> None:
    window.docks["pruning"].close()


def float_a_panel(window: MainWindow, _qtbot: QtBot) -> None:
    window.docks["spectrum"].setFloating(True)


def take_another_layout(window: MainWindow, _qtbot: QtBot) -> None:
    window.dock_area.arrange(MIXED)


def drag_a_separator(window: MainWindow, qtbot: QtBot) -> None:
    below = window.docks["graph"].geometry().bottomLeft()
    start = below + QPoint(40, 3)
    assert window.dock_area.isSeparator(start)
    qtbot.mousePress(window.dock_area, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(window.dock_area, start + QPoint(0, 30))
    qtbot.mouseRelease(window.dock_area, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 30))


@pytest.mark.parametrize("change", [close_a_panel, float_a_panel, take_another_layout, drag_a_separator])
def test_what_a_person_has_arranged_stays_in_a_low_window(
    change: Callable[[MainWindow, QtBot], None], qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    sized(qtbot, window, HIGH)
    change(window, qtbot)
    qtbot.waitUntil(lambda: window.dock_area.settled)
    arranged = lies(window)
    sized(qtbot, window, (1280, 680))
    assert lies(window) == arranged


def test_a_panel_that_was_closed_and_shown_again_is_as_before(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    sized(qtbot, window, LOW)
    window.docks["graph"].switch.trigger()
    qtbot.waitUntil(lambda: window.dock_area.in_sight("pruning"))
    assert window.docks["graph"].isHidden()
    window.docks["graph"].switch.trigger()
    qtbot.waitUntil(lambda: window.dock_area.in_sight("graph"))
    sized(qtbot, window, HIGH)
    assert lies(window) == layouts.shape(PRESETS[0].layout.docked)


def test_a_panel_behind_another_follows_and_its_key_brings_it_to_the_front(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    sized(qtbot, window, LOW)
    panel, switch = window.panels["low_rank"], window.docks["low_rank"].switch
    assert not switch.isChecked()
    window.session.select(layer="fc2")
    qtbot.waitUntil(lambda: panel.complete and panel.drawing() is not None)  # it goes on a page as in a high window
    assert panel.drawing().place.layer == "fc2"
    switch.trigger()
    qtbot.waitUntil(switch.isChecked)
    assert window.dock_area.in_sight("low_rank")
    assert not window.dock_area.in_sight("spectrum")
    assert window.dock_area.looked_at() != "spectrum"
    switch.trigger()
    assert window.docks["low_rank"].isHidden()
    qtbot.waitUntil(lambda: window.dock_area.in_sight("spectrum"))


def test_names_of_layers_are_read_whole_in_a_low_window(qtbot: QtBot, window: MainWindow) -> None:
    opened(qtbot, window, samples.listed()[0][-1])
    sized(qtbot, window, LOW)
    tree = window.run_panel.tree
    top = tree.topLevelItem(0)
    for layer in (top.child(number) for number in range(top.childCount())):
        room = tree.columnWidth(0) - tree.visualItemRect(layer).left()
        assert room >= tree.fontMetrics().horizontalAdvance(layer.text(0)) + 4, layer.text(0)
    assert not any(tree.isColumnHidden(column) for column in range(4))


def test_the_names_of_layers_come_before_their_numbers_in_a_narrow_panel(
    qtbot: QtBot, window: MainWindow, qapp: QApplication
) -> None:
    opened(qtbot, window, samples.listed()[0][-1])
    sized(qtbot, window, LOW)
    tree = window.run_panel.tree
    try:
        window.appearance.resize_text(6.0)
        qtbot.waitUntil(lambda: tree.isColumnHidden(3))
        layer = tree.topLevelItem(0).child(1)
        assert layer.text(0) == "conv2"
        room = tree.columnWidth(0) - tree.visualItemRect(layer).left()
        assert room >= tree.fontMetrics().horizontalAdvance(layer.text(0)) + 4
        window.resize(1600, 1000)
        qtbot.waitUntil(lambda: not any(tree.isColumnHidden(column) for column in range(4)))
    finally:
        theme.apply(qapp)


def test_the_tabs_in_front_come_back_and_a_preset_fits_the_next_window(
    qtbot: QtBot, window: MainWindow, path: Path, restart: Callable[..., MainWindow]
) -> None:
    opened(qtbot, window, path)
    sized(qtbot, window, LOW)
    window.docks["pruning"].come()
    qtbot.waitUntil(lambda: window.dock_area.in_sight("pruning"))
    closing(qtbot, window)

    again = restart()
    qtbot.waitUntil(lambda: bool(again.session.runs) and again.is_settled(), timeout=20_000)
    assert again.dock_area.in_sight("pruning")
    assert not again.dock_area.in_sight("graph")
    sized(qtbot, again, HIGH)
    assert lies(again) == layouts.shape(PRESETS[0].layout.docked)
