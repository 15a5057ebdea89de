"""What can be set in the timeline."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.figures.controls import setting
from workbench.figures.settings import TimelineSettings as OfFigure
from workbench.gui.state.player import SPEEDS


@dataclass(frozen=True)
class TimelineSettings(OfFigure):
    """How it plays, and what it shows over which time."""

    speed: int = setting(
        10, "Playing speed in snapshots per second", "Snapshots per second", words="speed",
        choices={speed: f"{speed} / s" for speed in SPEEDS},
    )  # fmt: skip
    loop: bool = setting(False, "Loop")
