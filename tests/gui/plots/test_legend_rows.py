"""A legend measures its texts once, and what it keeps is what a new legend finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from workbench.gui.plots.legend import Entry, Legend

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

LONG = tuple(Entry(f"an entry of many words, number {number}", "#123456", "dot") for number in range(7))
SHORT = tuple(Entry(str(number), "#123456", "none" if number == 2 else "line") for number in range(7))


def of(qtbot: QtBot, height: int) -> tuple[QWidget, Legend]:
    panel = QWidget()
    qtbot.addWidget(panel)
    panel.resize(900, height)
    return panel, Legend(panel)


def told(legend: Legend) -> object:
    points = (QPointF(x, y) for y in range(1, 120, 12) for x in range(1, 900, 30))
    return legend.shown, legend.length(), legend.height(), list(map(legend.entry_at, points))


def test_what_is_kept_is_what_a_new_legend_finds(qtbot: QtBot) -> None:
    (panel, legend), larger = of(qtbot, 400), QFont()
    larger.setPointSizeF(1.5 * larger.pointSizeF())
    for width, height, entries, short, font in (
        (300, 400, LONG, (), QFont()),
        (800, 400, LONG, (), QFont()),
        (800, 400, LONG, SHORT, QFont()),
        (250, 400, LONG, SHORT, QFont()),
        (250, 90, LONG, SHORT, QFont()),
        (800, 90, LONG, SHORT, QFont()),
        (800, 900, LONG, SHORT, QFont()),
        (800, 900, LONG, SHORT, larger),
        (800, 900, SHORT, (), larger),
    ):
        other, fresh = of(qtbot, height)
        panel.resize(900, height)
        for each in (legend, fresh):
            each.setFont(font)
            each.set_entries(entries, short)
            each.resize(width, each.height())
            each.forget_height()
            each._fit()
        assert told(legend) == told(fresh), (width, height, len(short))
        assert fresh.parentWidget() is other


def test_painting_again_measures_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    (panel, legend), measured = of(qtbot, 400), list[str]()
    known = legend._width
    monkeypatch.setattr(legend, "_width", lambda entry: measured.append(entry.text) or known(entry))
    legend.resize(300, 40)
    legend.set_entries(LONG, SHORT)
    first = legend.grab().toImage()
    assert measured
    measured.clear()
    assert legend.grab().toImage() == first
    legend.entry_at(QPointF(3, 3))
    assert not measured
    panel.resize(900, 30)  # no room for the long entries
    assert legend.shown == SHORT


def test_a_legend_that_comes_takes_no_more_room_than_it_keeps(qtbot: QtBot) -> None:
    """A weight graph below it would begin as flat as the room that was left for a moment."""
    panel, heights = QWidget(), list[int]()

    class Below(QWidget):
        def resizeEvent(self, _event: QResizeEvent) -> None:
            heights.append(self.height())

    legend, below = Legend(), Below()
    column = QVBoxLayout(panel)
    column.addWidget(legend)
    column.addWidget(below, 1)
    panel.resize(500, 400)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    heights.clear()
    legend.set_entries([Entry(f"entry {number}", "red", "line") for number in range(8)])
    panel.layout().activate()
    QApplication.sendPostedEvents()
    assert heights
    assert min(heights) >= heights[-1] > 300
