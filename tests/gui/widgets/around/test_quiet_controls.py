"""Controls are pale until the mouse is in their panel, or one of them has the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QEnterEvent, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QVBoxLayout, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.around.quiet_controls import QuietControls
from workbench.gui.widgets.around.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

TEXT, BASE = QPalette.ColorRole.Text, QPalette.ColorRole.Base


class Page(QWidget):
    """A row of two controls, and another widget that can have the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.box, self.field, self.other = QComboBox(), QLineEdit(), QLineEdit()
        row, column = WrappingRow(), QVBoxLayout(self)
        column.addLayout(row)
        row.addWidget(self.box)
        row.addWidget(self.field)
        column.addWidget(self.other)
        self.quiet = QuietControls(row, self)

    @property
    def in_full(self) -> list[bool]:
        full = QGuiApplication.palette().color(TEXT)
        return [each.palette().color(TEXT) == full for each in (self.box, self.field, self.other)]

    def move_mouse(self, inside: bool) -> None:
        middle = self.rect().center().toPointF()
        enter = QEnterEvent(middle, middle, self.mapToGlobal(middle))
        QApplication.sendEvent(self, enter if inside else QEvent(QEvent.Type.Leave))


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page()
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    page.other.setFocus()
    page.move_mouse(inside=False)  # wherever it was before
    return page


@pytest.fixture
def restored_theme() -> Iterator[QApplication]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    yield application
    theme.apply(application)


def contrast(one: QColor, other: QColor) -> float:
    """As the Web Content Accessibility Guidelines define it."""

    def light(colour: QColor) -> float:
        parts = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
                 for each in (colour.redF(), colour.greenF(), colour.blueF())]  # fmt: skip
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_controls_come_forward_under_the_mouse_and_with_the_keyboard(page: Page) -> None:
    assert page.in_full == [False, False, True]
    page.move_mouse(inside=True)
    assert page.in_full == [True, True, True]
    page.move_mouse(inside=False)
    assert page.in_full == [False, False, True]
    page.field.setFocus()
    assert page.in_full == [True, True, True]
    page.other.setFocus()
    assert page.in_full == [False, False, True]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_pale_controls_can_be_read_in_both_themes(page: Page, restored_theme: QApplication, mode: theme.Mode) -> None:
    theme.apply(restored_theme, mode)
    QApplication.processEvents()
    assert page.in_full == [False, False, True]
    assert contrast(page.box.palette().color(TEXT), QGuiApplication.palette().color(BASE)) >= 4.5
