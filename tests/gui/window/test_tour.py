"""The tour: it points at real controls, follows them, and leaves the window as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QWidget

from tests.gui.windows import LONG
from workbench.gui.state.samples import FIRST
from workbench.gui.widgets.palette import best
from workbench.gui.window.tour.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.window.tour.tour import Tour


@pytest.fixture
def tour(qtbot: QtBot, shared: MainWindow) -> Iterator[Tour]:
    """The tour, begun while another run was open; ended at the end."""
    shared.resize(1280, 800)
    shared.session.select(layer="fc2", snapshot=2, units=frozenset({1, 3}))
    shared.tour.begin()
    qtbot.waitUntil(lambda: shared.tour.bubble is not None and shared.is_settled(), timeout=LONG)
    yield shared.tour
    shared.tour.end()


def ring_of(window: QWidget) -> QRect:
    (ring,) = (each for each in window.findChildren(QWidget) if type(each).__name__ == "Ring" and each.isVisible())
    return ring.geometry()


def test_the_tour_goes_through_six_steps_that_point_at_what_is_there(
    qtbot: QtBot, shared: MainWindow, tour: Tour
) -> None:
    assert len(STEPS) == 6
    window, place = shared, shared.session.selection.place
    assert (place.run.path.name, place.layer) == ("digits_conv.h5", FIRST.layer)
    assert place.snapshot == place.snapshots - 1
    for number, step in enumerate(STEPS, start=1):
        panel = window.panels[step.panel]
        qtbot.waitUntil(lambda panel=panel: panel.isVisible() and panel.settled, timeout=LONG)
        assert all(isinstance(getattr(panel, name), QWidget) for name in step.controls)
        tour._follow()
        ring, bubble = ring_of(window), tour.bubble
        for name in step.controls:
            control = getattr(panel, name)
            if control.isVisible():
                assert ring.contains(QRect(control.mapTo(window, QPoint(0, 0)), control.size())), (step, name)
        assert window.rect().contains(bubble.geometry())
        assert not bubble.geometry().intersects(ring) or ring.height() > window.height() // 2
        assert bubble.words.height() >= bubble.words.heightForWidth(bubble.words.width())
        assert bubble.count.text() == f"Step {number} of 6"
        bubble.next_button.click()
    assert tour.bubble is None


def test_the_tour_brings_panels_back_and_leaves_the_window_as_it_was(
    qtbot: QtBot, shared: MainWindow, tour: Tour
) -> None:
    tour.end()
    shared.session.select(source=shared.session.runs[0], layer="fc2", snapshot=2, units=frozenset({1, 3}))
    shared.docks["run"].come()
    shared.docks["pruning"].hide()
    qtbot.waitUntil(lambda: shared.dock_area.in_sight("run"))
    tour.begin()
    assert shared.session.selection.run.path.name == "digits_conv.h5"
    assert shared.dock_area.in_sight("overview")
    tour.go_to(4)
    assert shared.docks["pruning"].isVisible()
    qtbot.keyClick(shared, Qt.Key.Key_Escape)
    assert tour.bubble is None
    assert shared.docks["pruning"].isHidden()
    qtbot.waitUntil(lambda: shared.dock_area.in_sight("run"))
    place = shared.session.selection.place
    assert (place.run, place.layer, place.snapshot) == (shared.session.runs[0], "fc2", 2)
    assert shared.session.selection.units == {1, 3}
    assert len(shared.session.runs) == 2, "the sample stays open"
    assert shared.selecting.none.shortcut().toString() == "Esc"


def test_a_panel_that_filled_the_window_fills_it_again(qtbot: QtBot, shared: MainWindow, tour: Tour) -> None:
    tour.end()
    shared.filling.begin("spectrum")
    tour.begin()
    assert shared.filling.name is None
    tour.go_to(5)
    qtbot.keyClick(shared, Qt.Key.Key_Escape)
    assert shared.filling.name == "spectrum"
    shared.filling.end()
    qtbot.waitUntil(lambda: shared.dock_area.in_sight("overview"))


def test_the_tour_follows_the_window_and_ends_with_its_run(qtbot: QtBot, shared: MainWindow, tour: Tour) -> None:
    tour.go_to(3)
    before = ring_of(shared)
    shared.resize(1600, 1000)
    qtbot.waitUntil(lambda: ring_of(shared) != before)
    panel = shared.panels["spectrum"]
    shared.docks["spectrum"].hide()
    qtbot.waitUntil(lambda: not tour._ring.isVisible())
    tour.go_to(3)
    qtbot.waitUntil(lambda: panel.isVisible() and tour._ring.isVisible())
    assert tour.bubble.parentWidget() is shared
    shared.session.remove(shared.session.selection.run)
    assert tour.bubble is None


@pytest.mark.parametrize("typed", ["tour", "introduction", "getting started"])
def test_the_palette_finds_the_tour(shared: MainWindow, typed: str) -> None:
    assert best(typed, shared.commands.deeds())[0].text == "Tour"
