"""What a panel is, in one row: its name, its settings with their defaults, how it answers, where it appears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt

from workbench.figures.kinds import NoSettings

if TYPE_CHECKING:
    from workbench.gui.widgets.help_text import Help

ACROSS, DOWN = Qt.Orientation.Horizontal, Qt.Orientation.Vertical


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
    patience_ms: int = 0  # it asks when the selection has rested for so long, and never holds up the player
    shows_groups: bool = False  # runs that differ only by seed, at once
    asks_data: bool = False  # its answers rest on images, which may change on the disk

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings as they are at first, by name, as JSON would hold them."""
        plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.settings()))
        return plain
