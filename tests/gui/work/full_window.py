"""What tests of a window with everything drawn share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from tests.gui.windows import LONG
from workbench.figures.page import Page
from workbench.figures.style import Style
from workbench.gui.panels.graph.panel import GraphPanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.figures.drawing import Drawing
    from workbench.gui.window.main_window import MainWindow


def ready(window: MainWindow) -> bool:
    return window.is_settled() and all(panel.complete for panel in window.panels.values())


def at_rest(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: ready(window), timeout=LONG)
    assert not any(panel.retry_button.isVisible() for panel in window.panels.values())  # none failed
    graph_of(window).view.settle()


def graph_of(window: MainWindow) -> GraphPanel:
    panel = window.panels["graph"]
    assert isinstance(panel, GraphPanel)
    return panel


def drawings_of(window: MainWindow) -> dict[str, Drawing]:
    """All figures but that of the overview, which is tested with its panel: here it knows no snapshot but the last."""
    panels = {name: panel for name, panel in window.panels.items() if panel.kind.figure and name != "overview"}
    drawn = {name: panel.drawing() for name, panel in panels.items()}
    found = {name: each for name, each in drawn.items() if each or panels[name].computes}  # else it rests behind a tab
    assert all(found.values()), found
    return found  # type: ignore[return-value]


def told(window: MainWindow) -> str:
    return " ".join(notice.message for notice in window.notices.shown)


def drop(window: MainWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy = QPointF(window.rect().center()), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(where, copy, data, left, none))


def saved(qtbot: QtBot, window: MainWindow, drawings: list[Drawing], path: Path, csv: bool = False) -> None:
    page = Page(tuple(drawing.figure for drawing in drawings), Style(width=174))
    with qtbot.waitSignal(window.exporter.saved, timeout=LONG):
        window.exporter.save(drawings, path, page, csv)
