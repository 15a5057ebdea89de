"""The table of dock panels, and that of the layouts: a new panel is one file and one row here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING

from workbench.gui.panels.base import Panel
from workbench.gui.panels.compare.panel import ComparePanel
from workbench.gui.panels.cutoffs.panel import CutoffsPanel
from workbench.gui.panels.directions.panel import DirectionsPanel
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.group.panel import GroupPanel
from workbench.gui.panels.kind import PanelKind
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.panels.overview.panel import OverviewPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.panels.run import RunPanel
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.gui.panels.timeline.panel import TimelinePanel
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.panels.units.page import UnitPage
from workbench.gui.panels.units.panel import UnitsPanel
from workbench.gui.work.sessions.layouts import Layout, column, panel, row, tabbed, with_fronts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import EntryPoint


PANELS: tuple[type[Panel], ...] = (
    RunPanel,
    OverviewPanel,
    GroupPanel,
    UnitsPanel,
    GraphPanel,
    UnitPage,
    CutoffsPanel,
    SpectrumPanel,
    LowRankPanel,
    DirectionsPanel,
    ComparePanel,
    PruningPanel,
    TrainingPanel,
    TimelinePanel,
)
ENTRY_POINTS = "workbench.panels"


@dataclass(frozen=True)
class AvailablePanels:
    """The built-in panels and those of installed packages, by name; why others could not be loaded, by name."""

    panels: Mapping[str, type[Panel]]
    broken: Mapping[str, str]


@lru_cache(maxsize=1)
def available_panels() -> AvailablePanels:
    """Every panel by name, in the order of the tables; read once per process.

    A package adds its own by an entry point in the group "workbench.panels" that names a `Panel` with a `kind`.
    """
    panels = {panel.kind.name: panel for panel in PANELS}
    broken: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            panel = _load(entry)
            if panel.kind.name in panels:
                raise ValueError(f"a panel called {panel.kind.name!r} already exists")
            panels[panel.kind.name] = panel
        except Exception as error:  # whatever a package raises as it is imported, the others must still work
            broken[entry.name] = f"{entry.value}: {type(error).__name__}: {error}"
    return AvailablePanels(MappingProxyType(panels), MappingProxyType(broken))


def _load(entry: EntryPoint) -> type[Panel]:
    panel = entry.load()
    if not (isinstance(panel, type) and issubclass(panel, Panel) and isinstance(panel.kind, PanelKind)):
        raise TypeError("it must be a workbench.gui.panels.base.Panel with a `kind`")
    return panel


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
        "Everything about a layer: the default layout",
        "Ctrl+Shift+1",
        Layout(
            column(
                row(
                    panel("overview", "group", "units", "run", "training", share=400),
                    panel("graph", "unit", "cutoffs", share=480),
                    column(
                        panel("spectrum", share=280),
                        panel("pruning", "low_rank", "directions", "compare", share=300),
                        share=400,
                    ),
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
