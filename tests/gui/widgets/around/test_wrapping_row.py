"""Controls of a panel keep the width that they need: the row wraps where the panel is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from workbench.gui.state import samples, theme
from workbench.gui.widgets.around.wrapping_row import WrappingRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.base import Panel
    from workbench.gui.window.main_window import MainWindow


def row_of(qtbot: QtBot, *widths: int, stretched: int = -1) -> tuple[QWidget, WrappingRow, list[QWidget]]:
    holder = QWidget()
    qtbot.addWidget(holder)
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    row = WrappingRow()
    column.addLayout(row)
    column.addStretch()
    widgets: list[QWidget] = []
    for number, width in enumerate(widths):
        widget = QPushButton()
        widget.setMinimumWidth(width)
        if number != stretched:
            widget.setMaximumWidth(width)
        row.addWidget(widget, 1 if number == stretched else 0)
        widgets.append(widget)
    return holder, row, widgets


def laid_out(qtbot: QtBot, holder: QWidget, width: int) -> None:
    holder.resize(width, 300)
    holder.show()
    qtbot.waitUntil(lambda: holder.width() == width and holder.isVisible())
    layout = holder.layout()
    assert layout is not None
    layout.activate()


def test_widgets_stand_beside_one_another_and_below_where_there_is_no_room(qtbot: QtBot) -> None:
    holder, row, widgets = row_of(qtbot, 100, 100, 100)
    laid_out(qtbot, holder, 400)
    assert len({widget.y() for widget in widgets}) == 1
    one_line = row.heightForWidth(400)
    laid_out(qtbot, holder, 220)
    assert widgets[0].y() == widgets[1].y() < widgets[2].y()
    assert row.heightForWidth(220) > 2 * one_line


def test_a_stretched_widget_takes_what_its_line_has_left(qtbot: QtBot) -> None:
    holder, _, widgets = row_of(qtbot, 100, 100, stretched=1)
    laid_out(qtbot, holder, 400)
    assert widgets[1].geometry().right() == 399


def test_a_hidden_widget_takes_no_room(qtbot: QtBot) -> None:
    holder, _, widgets = row_of(qtbot, 100, 100, 100)
    widgets[1].hide()
    laid_out(qtbot, holder, 220)
    assert widgets[0].y() == widgets[2].y()


@pytest.mark.parametrize("larger", [0, 2])
def test_no_control_of_a_panel_is_cut_off_in_a_small_window(
    qtbot: QtBot, restart: Callable[..., MainWindow], larger: int, qapp: QApplication
) -> None:
    window = restart(samples.listed()[0].path)
    try:
        qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
        for _ in range(larger):
            next(each for each in window.menus["&View"].actions() if "arger" in each.text()).trigger()
        window.resize(900, 600)
        qtbot.waitUntil(lambda: window.width() == 900)
        panels = [panel for panel in window.panels.values() if panel.isVisible()]
        qtbot.waitUntil(lambda: [name for panel in panels for name in cut_off(panel)] == [], timeout=15_000)
        assert [panel.title for panel in panels if panel.height() < bottom_of_picture(panel)] == []
    finally:
        theme.apply(qapp)


def cut_off(panel: Panel) -> list[str]:
    """The visible controls that are narrower than they need."""
    widgets = [panel.controls.itemAt(number).widget() for number in range(panel.controls.count())]
    shown = [widget for widget in widgets if widget.isVisible()]
    return [widget.accessibleName() or type(widget).__name__ for widget in shown
            if widget.width() < widget.minimumSizeHint().width()]  # fmt: skip


def bottom_of_picture(panel: Panel) -> int:
    widgets = [panel.picture.itemAt(number).widget() for number in range(panel.picture.count())]
    return max((each.geometry().bottom() for each in widgets if each is not None and each.isVisible()), default=0)
