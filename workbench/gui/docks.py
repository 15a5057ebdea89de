"""The table of dock panels, and that of the layouts: a new panel is one file and one row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.gui.layouts import ACROSS, DOWN, Layout, column, panel, row, tabbed, with_fronts
from workbench.gui.panels.graph import GraphPanel
from workbench.gui.panels.low_rank import LowRankPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.panels.run import RunPanel
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.gui.panels.timeline import TimelinePanel
from workbench.gui.panels.training import TrainingPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import Qt

    from workbench.gui.main_window import MainWindow
    from workbench.gui.panels.base import Panel


@dataclass(frozen=True)
class Dock:
    """One row: the panel's name and maker, and where it appears when it is shown beside a layout that hides it."""

    name: str
    make: Callable[[MainWindow], Panel]
    shortcut: str
    next_to: str
    way: Qt.Orientation = DOWN


DOCKS = (
    Dock("run", lambda window: RunPanel(window.session, window.pool), "Ctrl+1", "graph", ACROSS),
    Dock("graph", lambda window: GraphPanel(window.session, window.pool), "Ctrl+2", "spectrum", ACROSS),
    Dock("spectrum", lambda window: SpectrumPanel(window.session, window.pool), "Ctrl+3", "graph", ACROSS),
    Dock(
        "low_rank",
        lambda window: LowRankPanel(window.session, window.pool, window.slow_pool),
        "Ctrl+7",
        "spectrum",
    ),
    Dock("pruning", lambda window: PruningPanel(window.session, window.slow_pool), "Ctrl+6", "graph"),
    Dock("training", lambda window: TrainingPanel(window.session, window.pool, window.trainer), "Ctrl+4", "run"),
    Dock("timeline", lambda window: TimelinePanel(window.session, window.pool, window.player), "Ctrl+5", "graph"),
)


@dataclass(frozen=True)
class Preset:
    """One row: a layout for one kind of work. Its shares are pixels of a window of 1280 × 800."""

    name: str
    tip: str
    shortcut: str
    layout: Layout

    @property
    def low(self) -> Layout:
        """The same for a low window: with panels in tabs that are above one another else."""
        assert self.layout.docked is not None
        return Layout(tabbed(self.layout.docked))


PRESETS = (
    Preset(
        "Inspect",
        "Everything about a layer: the layout of the first start",
        "Ctrl+Shift+1",
        Layout(
            column(
                row(
                    column(panel("run", share=230), panel("training", share=330), share=290),
                    column(panel("graph", share=325), panel("pruning", share=255), share=513),
                    column(panel("spectrum", share=270), panel("low_rank", share=290), share=477),
                    share=580,
                ),
                panel("timeline", share=170),
            )
        ),
    ),
    Preset(
        "Train",
        "The curves of a training, and the layer as it learns",
        "Ctrl+Shift+2",
        Layout(
            column(
                row(
                    column(panel("training", share=395), panel("run", share=185), share=560),
                    column(panel("graph", share=320), panel("spectrum", share=260), share=720),
                    share=580,
                ),
                panel("timeline", share=170),
            )
        ),
    ),
    Preset(
        "Report",
        "The four pictures of the report side by side",
        "Ctrl+Shift+3",
        Layout(
            column(
                row(
                    column(panel("graph", share=290), panel("pruning", share=290)),
                    column(panel("spectrum", share=290), panel("low_rank", share=290)),
                    share=580,
                ),
                panel("timeline", share=170),
            )
        ),
    ),
)


def preset_of(layout: Layout) -> Preset | None:
    """The preset that a layout is, whichever tabs are in front."""
    if layout.docked is None or layout.floating:
        return None
    plain = Layout(with_fronts(layout.docked, ()))
    return next((preset for preset in PRESETS if plain in (preset.layout, preset.low)), None)
