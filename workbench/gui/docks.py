"""The table of dock panels: a new panel is one file and one row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from workbench.gui.panels.graph import GraphPanel
from workbench.gui.panels.low_rank import LowRankPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.panels.run import RunPanel
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.gui.panels.timeline import TimelinePanel
from workbench.gui.panels.training import TrainingPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from workbench.gui.main_window import MainWindow
    from workbench.gui.panels.base import Panel

LEFT, BOTTOM = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
BESIDE, BELOW = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


@dataclass(frozen=True)
class Dock:
    """One row: the panel's name and maker, and its place in the default layout."""

    name: str
    make: Callable[[MainWindow], Panel]
    shortcut: str
    area: Qt.DockWidgetArea = LEFT
    next_to: str | None = None  # the dock it is split off from …
    split: Qt.Orientation = BESIDE  # … to its right or below it
    share: int = 100  # of the room along that split


DOCKS = (
    Dock("run", lambda window: RunPanel(window.session, window.pool), "Ctrl+1", share=300),
    Dock("graph", lambda window: GraphPanel(window.session, window.pool), "Ctrl+2", next_to="run", share=500),
    Dock(
        "spectrum",
        lambda window: SpectrumPanel(window.session, window.pool),
        "Ctrl+3",
        next_to="graph",
        share=480,
    ),
    Dock(
        "low_rank",
        lambda window: LowRankPanel(window.session, window.pool, window.slow_pool),
        "Ctrl+7",
        next_to="spectrum",
        split=BELOW,
    ),
    Dock(
        "pruning",
        lambda window: PruningPanel(window.session, window.slow_pool),
        "Ctrl+6",
        next_to="graph",
        split=BELOW,
    ),
    Dock(
        "training",
        lambda window: TrainingPanel(window.session, window.pool, window.trainer),
        "Ctrl+4",
        next_to="run",
        split=BELOW,
    ),
    Dock(
        "timeline",
        lambda window: TimelinePanel(window.session, window.pool, window.player),
        "Ctrl+5",
        area=BOTTOM,
    ),
)
TIMELINE_HEIGHT = 170


def arrange(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """Put every dock into its place in the default layout."""
    for row in DOCKS:
        dock = docks[row.name]
        dock.setFloating(False)
        dock.setVisible(True)
        if row.next_to is None:
            window.addDockWidget(row.area, dock)
        else:
            window.splitDockWidget(docks[row.next_to], dock, row.split)
    give_room(window, docks)


def give_room(window: QMainWindow, docks: dict[str, QDockWidget]) -> None:
    """Share the room among the docks; has an effect only once the window has its size."""
    columns = [row for row in DOCKS if row.area == LEFT and row.split == BESIDE]
    window.resizeDocks([docks[row.name] for row in columns], [row.share for row in columns], BESIDE)
    window.resizeDocks([docks["run"], docks["training"]], [230, 330], BELOW)
    window.resizeDocks([docks["spectrum"], docks["low_rank"]], [270, 290], BELOW)
    window.resizeDocks([docks["graph"], docks["pruning"]], [325, 255], BELOW)
    window.resizeDocks([docks["timeline"]], [TIMELINE_HEIGHT], BELOW)
