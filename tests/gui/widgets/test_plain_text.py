"""Labels that show a file's text literally and lose no word of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from workbench.gui.widgets.plain_text import ElidedLabel, as_tooltip, cut_between_clauses, literal

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("width", range(150, 420, 7))
def test_two_lines_hold_every_word_or_end_in_an_ellipsis(qtbot: QtBot, width: int) -> None:
    label = ElidedLabel("digits_conv · fc1, epoch 40: 1 component of 74, 26 isolated, all dead; 540 edges", rows=2)
    qtbot.addWidget(label)
    label.resize(width, 40)
    lines = label.lines()
    assert " ".join(lines) == label.text()
    metrics = label.fontMetrics()
    for line in lines[:-1]:
        shown = metrics.elidedText(line, _right(), label.width())
        assert shown == line, "a line that is not the last may lose no word"


def _right() -> object:
    from PySide6.QtCore import Qt

    return Qt.TextElideMode.ElideRight


def test_a_number_is_not_parted_from_its_unit(qtbot: QtBot) -> None:
    label = ElidedLabel("finished in 20 s: test 98.6 %", rows=2)
    qtbot.addWidget(label)
    label.resize(label.fontMetrics().horizontalAdvance("finished in 20 s: test 98.6") + 6, 40)
    assert [line.replace("\u00a0", " ") for line in label.lines()] == ["finished in 20 s: test", "98.6 %"]


def test_long_and_odd_text_becomes_one_short_line() -> None:
    assert len(literal("x" * 100_000)) == 2000
    assert literal("a\nb\x00c\u202ed") == "a b c d"
    assert as_tooltip("<b>&") == "<p>&lt;b&gt;&amp;</p>"


def test_a_larger_font_makes_the_label_higher(qtbot: QtBot) -> None:
    label = ElidedLabel("digits_conv: epoch 0, iteration 0", rows=2)
    qtbot.addWidget(label)
    label.resize(300, 40)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() + 6)
    label.setFont(font)
    assert label.height() >= 2 * label.fontMetrics().lineSpacing()


@pytest.mark.parametrize("width", range(60, 460, 40))
def test_a_long_line_is_cut_between_clauses_where_that_uses_the_room(qtbot: QtBot, width: int) -> None:
    text = "57 of 100 can go within a point, 7 of them dead (max_mag); max_fp 9.5; random 9"
    label = ElidedLabel()
    qtbot.addWidget(label)
    metrics = label.fontMetrics()
    shown = cut_between_clauses(text, metrics, width)
    assert metrics.horizontalAdvance(shown) <= width
    if shown != text:
        kept = shown.removesuffix("…")
        assert text.startswith(kept)
        clauses = [text[:at] for at in range(len(text)) if text[at : at + 2] in (", ", "; ")]
        fitting = [each for each in clauses if 0.6 * width <= metrics.horizontalAdvance(f"{each}…") <= width]
        assert not fitting or kept == fitting[-1]


def test_a_mouse_that_rests_on_a_cut_text_is_shown_all_of_it(qtbot: QtBot) -> None:
    label = ElidedLabel("digits_conv: <b>a line that is too long for its place</b>")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    qtbot.waitExposed(label)
    here = QPoint(5, 5)
    for width, shown in ((80, label.text()), (2000, "")):
        label.resize(width, 20)
        event = QHelpEvent(QEvent.Type.ToolTip, here, label.mapToGlobal(here))
        QCoreApplication.sendEvent(label, event)
        assert label.toolTip() == (as_tooltip(shown) if shown else "")
        if shown:
            assert QToolTip.text() == label.toolTip()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
