"""The table of dock panels, and that of the layouts: a new panel is one file and one row here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from workbench.gui.background.preloading import Preloading
from workbench.gui.work.sessions.layouts import Layout, column, panel, row, tabbed, with_fronts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import ThreadPoolExecutor
    from importlib.metadata import EntryPoint

    from PySide6.QtCore import QObject

    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.kind import PanelKind

ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


@dataclass(frozen=True)
class Row:
    """A panel that is loaded when it is first needed, and what menus and layouts say of it before, as its `kind` does.

    `where` is the module and the name of its class.
    """

    name: str
    title: str
    where: str
    shortcut: str = ""
    next_to: str = "graph"
    way: Qt.Orientation = DOWN

    @property
    def panel(self) -> type[Panel]:
        """The class."""
        module, _, name = self.where.partition(":")
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        return found  # type: ignore[no-any-return]

    @property
    def kind(self) -> PanelKind:
        """All about it."""
        return self.panel.kind


HOME = "workbench.gui.panels"
LOADED = ("workbench.gui.plots", HOME)  # packages that hold the panels and all that only they need …
FIGURES = "workbench.figures"
# … and modules without Qt that they rest on.
LOADED_BESIDE = (
    f"{FIGURES}.kinds",
    f"{FIGURES}.low_rank.joint",
    f"{FIGURES}.overview.choosing",
    f"{FIGURES}.overview.one_unit",
    f"{FIGURES}.overview.unit_costs",
    f"{FIGURES}.overview.unit_measures",
    f"{FIGURES}.overview.unit_words",
    f"{FIGURES}.graph.card",
    f"{FIGURES}.graph.chance",
    f"{FIGURES}.pruning.pasted",
    f"{FIGURES}.spectrum.directions",
    "workbench.analysis.layout.lasso",
    "workbench.training.events",
)
PANELS = (
    Row("run", "Run", f"{HOME}.run:RunPanel", "Ctrl+1", way=ACROSS),
    Row("overview", "Overview", f"{HOME}.overview.panel:OverviewPanel", "Ctrl+8", next_to="run", way=ACROSS),
    Row("group", "Group", f"{HOME}.group.panel:GroupPanel", "Ctrl+Shift+6", next_to="overview"),
    Row("units", "Units", f"{HOME}.units.panel:UnitsPanel", "Ctrl+9", next_to="overview", way=ACROSS),
    Row("graph", "Weight graph", f"{HOME}.graph.panel:GraphPanel", "Ctrl+2", next_to="spectrum", way=ACROSS),
    Row("unit", "Unit page", f"{HOME}.units.page:UnitPage", "Ctrl+Shift+9", way=ACROSS),
    Row("cutoffs", "Cut-offs", f"{HOME}.cutoffs.panel:CutoffsPanel", "Ctrl+Shift+5"),
    Row("map", "Map", f"{HOME}.map.panel:MapPanel", "Ctrl+Shift+4"),
    Row("spectrum", "Spectrum", f"{HOME}.spectrum:SpectrumPanel", "Ctrl+3", way=ACROSS),
    Row("low_rank", "Low rank", f"{HOME}.low_rank.panel:LowRankPanel", "Ctrl+7", next_to="spectrum"),
    Row("directions", "Directions", f"{HOME}.directions.panel:DirectionsPanel", "Ctrl+Shift+7", next_to="spectrum"),
    Row("compare", "Compare", f"{HOME}.compare.panel:ComparePanel", "Ctrl+Shift+8", next_to="low_rank"),
    Row("pruning", "Pruning", f"{HOME}.pruning:PruningPanel", "Ctrl+6"),
    Row("training", "Training", f"{HOME}.training:TrainingPanel", "Ctrl+4", next_to="run"),
    Row("timeline", "Timeline", f"{HOME}.timeline.panel:TimelinePanel", "Ctrl+5"),
)
ENTRY_POINTS = "workbench.panels"


def preloading(pool: ThreadPoolExecutor, is_closing: Callable[[], bool], parent: QObject) -> Preloading:
    """Loads the modules of all panels once it is asked to begin."""
    return Preloading(LOADED_BESIDE, LOADED, pool, is_closing, parent)


@dataclass(frozen=True)
class AvailablePanels:
    """The built-in panels and those of installed packages, by name; why others could not be loaded, by name."""

    panels: Mapping[str, Row]
    broken: Mapping[str, str]


@lru_cache(maxsize=1)
def available_panels() -> AvailablePanels:
    """Every panel by name, in the order of the tables; read once per process.

    A package adds its own by an entry point in the group "workbench.panels" that names a `Panel` with a `kind`.
    """
    panels = {each.name: each for each in PANELS}
    broken: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            found = _of_package(entry)
            if found.name in panels:
                raise ValueError(f"a panel called {found.name!r} already exists")
            panels[found.name] = found
        except Exception as error:  # whatever a package raises as it is imported, the others must still work
            broken[entry.name] = f"{entry.value}: {type(error).__name__}: {error}"
    return AvailablePanels(MappingProxyType(panels), MappingProxyType(broken))


def _of_package(entry: EntryPoint) -> Row:
    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.kind import PanelKind

    panel = entry.load()
    if not (isinstance(panel, type) and issubclass(panel, Panel) and isinstance(panel.kind, PanelKind)):
        raise TypeError("it must be a workbench.gui.panels.base.Panel with a `kind`")
    kind, where = panel.kind, f"{entry.module}:{entry.attr}"
    return Row(kind.name, kind.title, where, kind.shortcut, kind.next_to, kind.way)


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
                    panel("graph", "unit", "cutoffs", "map", share=480),
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
