"""Sliders with named ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from workbench.gui.state import theme
from workbench.gui.widgets.forms.sliders import NumberSlider, WholeSlider, beside_one_another

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
    assert [name for _, name in slider.slider.ticks] == names


@pytest.mark.parametrize(
    ("places", "widths", "room", "lefts"),
    [
        ([10, 50], [20, 20], 100, [0, 40]),
        ([20, 24], [24, 36], 67, [0, 30]),  # the first gives way, so that the second is whole
        ([5, 60], [20, 36], 67, [0, 31]),
        ([50, 52, 54], [20, 20, 20], 100, [0, 26, 52]),
        ([10, 20], [40, 40], 60, [0, 46]),  # no room for both
    ],
)
def test_names_of_ticks_lie_beside_one_another(
    places: list[int], widths: list[int], room: int, lefts: list[int]
) -> None:
    found = beside_one_another(places, widths, room)
    ends = [left + width for left, width in zip(found, widths, strict=True)]
    assert all(end + 6 <= left for end, left in zip(ends, found[1:], strict=False))
    assert found[0] >= 0
    if sum(widths) + 6 * (len(widths) - 1) <= room:
        assert ends[-1] <= room
    assert found == lefts


def test_numbers_and_names_of_ticks_are_whole_when_the_text_grows(qtbot: QtBot, qapp: QApplication) -> None:
    number, whole = NumberSlider("Cut-off", 0.0, 1.0, 0.25), WholeSlider("Rank")
    number.set_ticks({"report": 0.25, "null": 0.262})
    whole.show_value(1234, 9999)
    try:
        for slider in (number, whole):
            qtbot.addWidget(slider)
            slider.show()
        for points in (9.0, 18.0):
            theme.apply(qapp, "light", points)
            QApplication.processEvents()
            for slider in (number, whole):
                needed = slider.box.fontMetrics().horizontalAdvance(slider.box.text())
                assert slider.box.lineEdit().width() >= needed, points
            ((_, names),) = number.slider.ticks
            assert number.slider.minimumSizeHint().width() >= number.slider.fontMetrics().horizontalAdvance(names)
    finally:
        theme.apply(qapp)
