"""Layouts are plain data that the docks take over and give back; windows stay on the screens that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from layout_driving import HIGH, LOW, MIXED, lies, shape, sized

from tests.gui.windows import closing, opened
from workbench.gui.state import samples
from workbench.gui.window.docks import PANELS, PRESETS
from workbench.gui.work.sessions import layouts
from workbench.gui.work.sessions.layouts import Column, Layout, Rectangle, Row, Tabs, column, panel, row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QTreeWidget
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.work.sessions.layouts import Part


def shares(part: Part) -> list[float]:
    """The fraction of its row or column that every panel has, from left to right and top to bottom."""
    if isinstance(part, Tabs):
        return []
    whole = sum(each.share for each in part.parts)
    return [each.share / whole for each in part.parts] + [share for each in part.parts for share in shares(each)]


@pytest.mark.parametrize("layout", [*(preset.layout for preset in PRESETS[:2]), MIXED])
@pytest.mark.thinned(3)
def test_the_docks_take_over_a_layout_and_give_it_back(layout: Layout, qtbot: QtBot, shared: MainWindow) -> None:
    shared.resize(1280, 800)
    shared.dock_area.arrange(layout)
    qtbot.waitUntil(lambda: looks_like(shared, layout, 0.06))
    read = shared.dock_area.layout_now()

    shared.dock_area.reset()
    qtbot.waitUntil(lambda: looks_like(shared, PRESETS[0].layout, 0.06))
    shared.dock_area.arrange(msgspec.json.decode(msgspec.json.encode(read), type=Layout))
    qtbot.waitUntil(lambda: looks_like(shared, read, 0.02))


def looks_like(window: MainWindow, layout: Layout, tolerance: float) -> bool:
    """Whether the docks on screen have come to lie so."""
    now = window.dock_area.layout_now().docked
    assert now is not None
    assert layout.docked is not None
    same = window.dock_area.settled and shape(now) == shape(layout.docked)
    return same and shares(now) == pytest.approx(shares(layout.docked), abs=tolerance)


def test_every_preset_has_its_entry_in_the_menu_and_shows_its_panels_only(shared: MainWindow) -> None:
    for preset in PRESETS:
        entry = next(action for action in shared.menus["&View"].actions() if action.text() == f"{preset.name} layout")
        entry.trigger()
        shown = {name for name, dock in shared.docks.items() if not dock.isHidden()}
        assert shown == layouts.panels_of(preset.layout.docked)


def test_a_panel_that_a_layout_hides_can_still_be_shown(qtbot: QtBot, shared: MainWindow) -> None:
    shared.dock_area.arrange(PRESETS[2].layout)
    for name in ("run", "training"):
        shared.docks[name].switch.trigger()
        qtbot.waitUntil(shared.panels[name].isVisible)
        assert shared.docks[name].width() > 50


def test_a_floating_panel_is_brought_onto_the_screen(shared: MainWindow) -> None:
    far = Layout(panel("graph"), {"spectrum": Rectangle(9000, -7000, 400, 300)})
    shared.dock_area.arrange(far)
    dock = shared.docks["spectrum"]
    assert dock.isFloating()
    assert dock.screen().availableGeometry().contains(dock.geometry())
    assert set(shared.dock_area.layout_now().floating) == {"spectrum"}
    shared.dock_area.reset()
    assert not dock.isFloating()


def test_a_layout_of_unknown_panels_is_the_first_one(shared: MainWindow) -> None:
    shared.dock_area.arrange(Layout(row(panel("gone"), panel("away", "lost"))))

    assert shared.dock_area.layout_now() == PRESETS[0].layout


def test_panels_that_are_unknown_or_twice_there_are_left_out() -> None:
    layout = Layout(row(panel("a", "gone"), column(panel("a"), panel("b"))), {"b": Rectangle(0, 0, 9, 9)})

    assert layouts.fitting(layout, "abc") == Layout(row(panel("a"), column(panel("b"))))


def test_each_preset_shows_panels_that_exist() -> None:
    for preset in PRESETS:
        assert layouts.panels_of(preset.layout.docked) <= {each.kind.name for each in PANELS}
        assert isinstance(preset.layout.docked, (Row, Column))


# --- low windows ---


def test_a_panel_that_was_closed_and_shown_again_is_as_before(qtbot: QtBot, shared: MainWindow) -> None:
    sized(qtbot, shared, LOW)
    shared.docks["graph"].switch.trigger()
    qtbot.waitUntil(shared.docks["graph"].isHidden)
    shared.docks["graph"].switch.trigger()
    qtbot.waitUntil(lambda: shared.dock_area.in_sight("graph"))
    sized(qtbot, shared, HIGH)
    assert lies(shared) == layouts.shape(PRESETS[0].layout.docked)


def test_a_panel_behind_another_follows_and_its_key_brings_it_to_the_front(qtbot: QtBot, shared: MainWindow) -> None:
    sized(qtbot, shared, LOW)
    panel, switch = shared.panels["low_rank"], shared.docks["low_rank"].switch
    assert not switch.isChecked()  # also where it was behind from the start
    shared.session.select(layer="fc2")
    qtbot.waitUntil(lambda: panel.complete and panel.drawing() is not None)  # it goes on a page as in a high window
    assert panel.drawing().place.layer == "fc2"
    switch.trigger()
    qtbot.waitUntil(switch.isChecked)
    assert shared.dock_area.in_sight("low_rank")
    assert not shared.dock_area.in_sight("spectrum")
    assert shared.dock_area.looked_at() != "spectrum"
    switch.trigger()
    assert shared.docks["low_rank"].isHidden()
    others = ("spectrum", "pruning", "directions", "compare")
    qtbot.waitUntil(lambda: any(map(shared.dock_area.in_sight, others)))


def read_whole(tree: QTreeWidget) -> bool:
    """Whether each layer's name has the room that it takes."""
    top, measure = tree.topLevelItem(0), tree.fontMetrics().horizontalAdvance
    layers = [top.child(number) for number in range(top.childCount())]
    rooms = (tree.columnWidth(0) - tree.visualItemRect(layer).left() for layer in layers)
    return all(room >= measure(layer.text(0)) + 4 for room, layer in zip(rooms, layers, strict=True))


def test_names_of_layers_are_read_whole_in_a_low_window_and_come_before_numbers_in_a_narrow_panel(
    qtbot: QtBot, window: MainWindow
) -> None:
    opened(qtbot, window, samples.listed()[0].path)
    sized(qtbot, window, LOW)
    window.docks["run"].come()
    qtbot.waitUntil(lambda: window.dock_area.in_sight("run"))
    tree = window.run_panel.tree
    assert read_whole(tree)
    assert not any(tree.isColumnHidden(column) for column in range(4))
    window.dock_area.arrange(Layout(row(panel("run", share=15), panel("graph", share=85))))
    qtbot.waitUntil(lambda: tree.isColumnHidden(3))
    assert tree.topLevelItem(0).child(1).text(0) == "conv2"
    assert read_whole(tree)
    window.dock_area.arrange(Layout(row(panel("run", share=50), panel("graph", share=50))))
    qtbot.waitUntil(lambda: not any(tree.isColumnHidden(column) for column in range(4)))


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
    assert not again.dock_area.in_sight("spectrum")
    sized(qtbot, again, HIGH)
    assert lies(again) == layouts.shape(PRESETS[0].layout.docked)
