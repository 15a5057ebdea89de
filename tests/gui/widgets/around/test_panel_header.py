"""The buttons of a panel's header are pale until the mouse is in the panel or the keyboard on one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QMainWindow, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.around.header import PanelHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def header(qtbot: QtBot) -> Iterator[PanelHeader]:
    window, dock, made = QMainWindow(), QDockWidget("Spectrum"), PanelHeader("Spectrum", has_figure=True)
    qtbot.addWidget(window)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    made.belong_to(dock)
    made.in_dock(dock)
    field = QLineEdit()
    window.setCentralWidget(field)
    window.show()
    field.setFocus()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield made
    window.close()


def is_distant(header: PanelHeader) -> bool:
    image = header.close_dock.icon().pixmap(QSize(64, 64), 1.0).toImage()
    return image.pixelColor(32, 32).name() == theme.current().distant.name()


def edges_of(button: QWidget) -> set[str]:
    """The colours of a line from the left edge to where the icon begins."""
    image = button.grab().toImage()
    return {image.pixelColor(x, image.height() // 2).name() for x in range(4)}


def test_mouse_and_keyboard_bring_the_buttons_near(header: PanelHeader) -> None:
    dock, point = header.parentWidget(), QPointF(5, 5)
    QApplication.sendEvent(dock, QEvent(QEvent.Type.Leave))  # the window opens under the mouse
    assert is_distant(header)
    QApplication.sendEvent(dock, QEnterEvent(point, point, point))
    assert not is_distant(header)
    QApplication.sendEvent(dock, QEvent(QEvent.Type.Leave))
    assert is_distant(header)
    header.help.setFocus()
    assert not is_distant(header)
    header.close_dock.setFocus()
    assert not is_distant(header)
    QApplication.sendEvent(dock, QEnterEvent(point, point, point))
    header.close_dock.clearFocus()
    assert not is_distant(header)  # the mouse is still there
    QApplication.sendEvent(dock, QEvent(QEvent.Type.Leave))
    assert is_distant(header)


def test_a_button_with_the_keyboard_looks_different_from_one_without(header: PanelHeader, qtbot: QtBot) -> None:
    before = edges_of(header.help)
    assert len(before) == 1  # nothing around the icon
    for _ in range(9):
        qtbot.keyClick(header.window(), Qt.Key.Key_Tab)
        if header.help.hasFocus():
            break
    assert header.help.hasFocus()
    assert len(edges_of(header.help)) > 1  # a frame
