"""What a panel is, in one row: its name, its settings with their defaults, how it answers, where it appears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from workbench.figures.settings import NoSettings

ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


@dataclass(frozen=True)
class Help:
    """The explanation of a panel, all of it our own rich text; nothing from files ever goes in here."""

    shows: str  # what one sees, and how to read it
    formulas: tuple[tuple[str, str], ...]  # a formula, and what its signs mean
    controls: tuple[tuple[str, str], ...]  # the name of a control, and what it changes
    report: str  # the section of the report it follows; where practice differs, in which way

    def html(self, title: str, over_group: str = "") -> str:
        """The page about the panel of this title; `over_group` is what it shows of a group."""
        formulas = "".join(
            f"<p style='margin-left:24px; font-size:large'>{formula}</p><p style='margin-left:24px'>{meaning}</p>"
            for formula, meaning in self.formulas
        )
        controls = "".join(f"<tr><td><b>{name}</b></td><td>{what}</td></tr>" for name, what in self.controls)
        table = f"<h3>Controls</h3><table cellspacing='6'>{controls}</table>" if controls else ""
        group = f"<h3>Over a group of seeds</h3><p>{over_group}</p>" if over_group else ""
        comes = f"<h3>Where it comes from</h3><p>{self.report}</p>"
        return f"<h2>{title}</h2><p>{self.shows}</p>{formulas}{table}{group}{comes}"


OVER_GROUP = (
    "The mean over the trainings of the chosen group; the band, or what follows ±, is its 95 % interval "
    "by Student's t. Thin curves or dots are the runs. Figures, tables and programs have a column for each run."
)


@dataclass(frozen=True)
class PanelKind:
    """One row of the table of panels.

    `settings` is a frozen dataclass with a field for each setting of the panel: its defaults are the only ones there
    are. Of a panel that has a figure it is that of `figures.kinds.KINDS`, or one that adds to it.
    """

    name: str  # in sessions, recipes and layouts, and that of its kind of figure
    title: str
    help: Help
    settings: type = NoSettings
    figure: bool = True  # what it shows can be printed; `figures.kinds.KINDS` has a row of the same name
    shortcut: str = ""  # shows and hides it
    next_to: str = "graph"  # where it appears when it is shown beside a layout that hides it
    way: Qt.Orientation = DOWN
    slow: bool = False  # it is computed among the evaluations, which take long
    urgent: bool = False  # work in the background waits for its first picture, as for that of a slow one
    patience_ms: int = 0  # it asks when the selection has rested for so long, and never holds up the player
    shows_groups: bool = False  # runs that differ only by seed, at once
    # Why a panel that shows no group shows one run at a time, or what gives means over the group.
    one_run: str = "The Group panel shows means over its runs."
    asks_data: bool = False  # its answers rest on images, which may change on the disk

    @property
    def page(self) -> str:
        """The explanation of the panel, as a page."""
        return self.help.html(self.title, OVER_GROUP if self.shows_groups else f"One run at a time. {self.one_run}")

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings as they are at first, by name, as JSON would hold them."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.settings()))
        return plain
