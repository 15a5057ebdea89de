"""Windows and dialogs lie whole on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QDialog

from workbench.gui.widgets.screens import inside, open_up

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


place = st.builds(QRect, *(st.integers(-9000, 9000),) * 2, *(st.integers(1, 9000),) * 2)
screen = st.builds(QRect, *(st.integers(-5000, 5000),) * 2, *(st.integers(300, 6000),) * 2)


@given(place, st.lists(screen, min_size=1, max_size=3))
def test_a_window_is_always_whole_on_one_screen(wanted: QRect, screens: list[QRect]) -> None:
    found = inside(wanted, screens)

    assert any(screen.contains(found) for screen in screens)
    if any(screen.contains(wanted) for screen in screens) and min(wanted.width(), wanted.height()) >= 200:
        assert found == wanted


def test_a_dialog_opens_no_larger_than_its_screen(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    open_up(dialog, 300, 200)
    assert dialog.size().toTuple() == (300, 200)
    open_up(dialog, 5000, 4000)
    screen = dialog.screen().availableGeometry()
    assert screen.width() - 40 < dialog.width() <= screen.width()
    assert screen.height() - 80 < dialog.height() < screen.height()
