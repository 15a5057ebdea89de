"""Type has three sizes everywhere in the window, its documents and its plots, and they keep to the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyqtgraph import AxisItem
from PySide6.QtWidgets import QApplication, QGraphicsTextItem, QGraphicsView, QTextEdit, QWidget

from workbench.gui.state import theme
from workbench.gui.window.guide_window import PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QFont
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def fonts_of(widget: QWidget) -> Iterator[QFont]:
    """The fonts of a widget, of the document that it shows, and of the texts and axes of its plot."""
    yield widget.font()
    if isinstance(widget, QTextEdit):
        block = widget.document().begin()
        while block.isValid():
            yield from (piece.format.font() for piece in block.textFormats() if piece.length)
            block = block.next()
    if isinstance(widget, QGraphicsView) and widget.scene() is not None:
        for item in widget.scene().items():
            if isinstance(item, QGraphicsTextItem) and item.toPlainText():
                yield item.font()
            if isinstance(item, AxisItem) and item.style["tickFont"] is not None:
                yield item.style["tickFont"]


def sizes_in(window: MainWindow) -> set[float]:
    widgets = [window, *window.findChildren(QWidget)]
    return {round(font.pointSizeF(), 2) for widget in widgets for font in fonts_of(widget)}


def allowed() -> set[float]:
    return {round(QApplication.font().pointSizeF() * times, 2) for times in theme.SIZES.values()}


@pytest.mark.usefixtures("theme_returns")
def test_only_the_sizes_of_the_table_occur(drawn_window: MainWindow, qtbot: QtBot) -> None:
    assert len(theme.SIZES) == 3
    window, shown = drawn_window, drawn_window.help_actions
    window.tour.begin()
    shown.explain("pruning")
    shown.open_guide()
    guide, explained = shown.guide_window, shown.help_window
    assert guide is not None
    assert explained is not None
    qtbot.waitUntil(lambda: guide.list.count() == len(PAGES))
    guide.list.setCurrentRow(PAGES.index("guide/command-line.md"))
    for larger in (0.0, 3.0):
        if larger:
            window.appearance.resize_text(larger)
            QApplication.processEvents()
        assert sizes_in(window) == allowed()
    window.tour.end()
    guide.close()
    explained.close()
