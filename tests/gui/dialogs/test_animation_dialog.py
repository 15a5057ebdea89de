"""The dialog of an animation, without a window behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from workbench.figures.recipe import FilmPlan
from workbench.gui.dialogs.animation_dialog import AnimationDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# The offscreen platform has no window manager to tell the least size to, and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def dialog(qtbot: QtBot) -> AnimationDialog:
    made = AnimationDialog({"graph": "Weight graph", "spectrum": "Spectrum"}, "graph", 22)
    qtbot.addWidget(made)
    return made


def test_the_form_says_how_the_film_goes(dialog: AnimationDialog) -> None:
    assert dialog.plan == FilmPlan(0, 21, (1280, 720), None, 0.2, 25, moving=True)
    assert dialog.status.text() == "22 snapshots, 4.4 s"
    for name, value in (("first", 4), ("seconds", 0.5), ("rate", 10), ("font", 12), ("moving", False)):
        dialog.fields[name].set_value(value)
    dialog.fields["last"].set_value(2)  # it never comes before the first
    assert dialog.plan == FilmPlan(4, 4, (1280, 720), 12.0, 0.5, 10, moving=False)
    assert not dialog.fields["seconds"].isEnabled()
    dialog.fields["format"].set_value("png")
    assert dialog.status.text() == "1 snapshot, 1 picture"


def test_the_form_can_say_what_another_film_was_made_with(dialog: AnimationDialog) -> None:
    plan = FilmPlan(3, 7, (600, 400), 11.5, 0.125, 8, moving=False)
    dialog.offer_film(["spectrum", "unknown"], plan, "dark", "png")
    assert (dialog.plan, dialog.figures) == (plan, ["spectrum"])
    assert (dialog.wanted.theme, dialog.wanted.format) == ("dark", "png")


def test_the_tab_key_goes_through_the_form_in_reading_order(dialog: AnimationDialog, qtbot: QtBot) -> None:
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    dialog.list.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dialog.list)
    reached: list[str] = []
    for _ in range(10):
        reached.append((QApplication.focusWidget() or dialog).accessibleName())
        qtbot.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
    assert reached == [
        "Figures side by side", "First snapshot", "Last snapshot", "Seconds for each snapshot",
        "Motion between snapshots", "Frames a second", "Size in pixels", "Font size", "Theme", "Format",
    ]  # fmt: skip
    dialog.close()
