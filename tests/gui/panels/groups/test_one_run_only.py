"""Panels in which a mean has no meaning say why, and the first run of the group is one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.panels.groups.chosen import place_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

WHY = {
    "graph": "Unit 3 of one seed is another unit than unit 3 of the next, so their graphs have no mean.",
    "cutoffs": "Unit 3 of one seed is another unit than unit 3 of the next, so their graphs have no mean.",
    "map": "Unit 3 of one seed is another unit than unit 3 of the next, so their matrices have no mean.",
    "units": "Unit 3 of one seed is another unit than unit 3 of the next, so a row has no mean.",
    "unit": "A unit belongs to one training",
    "compare": "It compares two networks",
}


@pytest.mark.parametrize("name", WHY)
@pytest.mark.thinned(3)
def test_why_there_is_no_mean_is_said_and_a_click_shows_the_first_run(
    name: str, qtbot: QtBot, grouped: MainWindow
) -> None:
    first, layer = place_of(grouped).run, place_of(grouped).layer
    grouped.docks[name].come()
    panel = grouped.panels[name]
    qtbot.waitUntil(lambda: panel.has_followed and panel.shows_message)
    assert panel.message.startswith("seed0 and 2 others: this panel shows one run at a time.")
    assert WHY[name] in panel.message
    button = panel.frame.message_page.first_run
    assert button.isVisible()
    assert button.text() == "Show seed0"
    button.click()
    assert place_of(grouped).source is first
    assert place_of(grouped).layer == layer
    qtbot.waitUntil(lambda: not button.isVisible())


def test_every_other_panel_shows_groups(grouped: MainWindow) -> None:
    assert {name for name, panel in grouped.panels.items() if not panel.kind.shows_groups} == set(WHY)
