"""Sliders with named ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.gui.widgets.sliders import NumberSlider

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("ticks", "names"),
    [
        ({"report": 0.25, "null": 0.25}, ["report = null"]),
        ({"report": 0.25, "null": 0.262}, ["report · null"]),
        ({"report": 0.25, "null": 0.55}, ["report", "null"]),
    ],
)
def test_ticks_are_called_equal_only_where_they_are(qtbot: QtBot, ticks: dict[str, float], names: list[str]) -> None:
    slider = NumberSlider("Cut-off", 0.0, 1.0, 0.25)
    qtbot.addWidget(slider)
    slider.set_ticks(ticks)
    assert [name for _, name in slider.slider._ticks] == names
