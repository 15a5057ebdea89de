"""Layouts are plain data that the docks take over and give back; windows stay on the screens that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from tests.gui.conftest import opened
from workbench.gui import layouts
from workbench.gui.docks import DOCKS, PRESETS
from workbench.gui.layouts import Column, Layout, Rectangle, Row, Tabs, column, panel, row
from workbench.gui.screens import inside

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.layouts import Part
    from workbench.gui.main_window import MainWindow

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
    window.desk.arrange(layout)
    qtbot.waitUntil(lambda: looks_like(window, layout, 0.06))
    read = window.desk.layout_now()

    window.desk.reset()
    qtbot.waitUntil(lambda: looks_like(window, PRESETS[0].layout, 0.06))
    window.desk.arrange(msgspec.json.decode(msgspec.json.encode(read), type=Layout))
    qtbot.waitUntil(lambda: looks_like(window, read, 0.02))


def looks_like(window: MainWindow, layout: Layout, tolerance: float) -> bool:
    """Whether the docks on screen have come to lie so."""
    now = window.desk.layout_now().docked
    assert now is not None
    assert layout.docked is not None
    same = window.desk._wanted is None and shape(now) == shape(layout.docked)
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
    window.desk.arrange(PRESETS[2].layout)
    for name in ("run", "training"):
        window.docks[name].toggleViewAction().trigger()
        qtbot.waitUntil(window.panels[name].isVisible)
        assert window.docks[name].width() > 50


def test_a_floating_panel_is_brought_onto_the_screen(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    far = Layout(panel("graph"), {"spectrum": Rectangle(9000, -7000, 400, 300)})
    window.desk.arrange(far)
    dock = window.docks["spectrum"]
    assert dock.isFloating()
    assert dock.screen().availableGeometry().contains(dock.geometry())
    assert set(window.desk.layout_now().floating) == {"spectrum"}
    window.desk.reset()
    assert not dock.isFloating()


def test_a_layout_of_unknown_panels_is_the_first_one(window: MainWindow) -> None:
    window.desk.arrange(Layout(row(panel("gone"), panel("away", "lost"))))

    assert window.desk.layout_now() == PRESETS[0].layout


def test_panels_that_are_unknown_or_twice_there_are_left_out() -> None:
    layout = Layout(row(panel("a", "gone"), column(panel("a"), panel("b"))), {"b": Rectangle(0, 0, 9, 9)})

    assert layouts.fitting(layout, "abc") == Layout(row(panel("a"), column(panel("b"))))


def test_each_preset_shows_panels_that_exist() -> None:
    for preset in PRESETS:
        assert layouts.panels_of(preset.layout.docked) <= {each.name for each in DOCKS}
        assert isinstance(preset.layout.docked, (Row, Column))


place = st.builds(QRect, *(st.integers(-9000, 9000),) * 2, *(st.integers(1, 9000),) * 2)
screen = st.builds(QRect, *(st.integers(-5000, 5000),) * 2, *(st.integers(300, 6000),) * 2)


@given(place, st.lists(screen, min_size=1, max_size=3))
def test_a_window_is_always_whole_on_one_screen(wanted: QRect, screens: list[QRect]) -> None:
    found = inside(wanted, screens)

    assert any(screen.contains(found) for screen in screens)
    if any(screen.contains(wanted) for screen in screens) and min(wanted.width(), wanted.height()) >= 200:
        assert found == wanted
