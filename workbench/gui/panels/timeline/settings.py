"""What can be set in the timeline."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.figures.controls import Line, setting
from workbench.figures.overview.history import ACCURACY
from workbench.figures.timeline.time_axis import SCALES, Scale
from workbench.gui.state.player import SPEEDS

FIRST_TRACKS = (ACCURACY, "dead", "clusters", "outliers")


@dataclass(frozen=True)
class TimelineSettings:
    """How it plays, what it shows over which time, and which snapshots it marks."""

    speed: int = setting(
        10, "Playing speed in snapshots per second", "Snapshots per second", words="speed",
        choices={speed: f"{speed} / s" for speed in SPEEDS},
    )  # fmt: skip
    loop: bool = setting(False, "Loop")
    tracks: tuple[str, ...] = FIRST_TRACKS
    axis: Scale = setting("steps", "Time axis", choices=SCALES, words="time axis")
    rule: str = setting(
        "", "Mark where", "Mark the snapshots at which a rule holds for the layer: dead > 10 %, or "
        "stable_rank < 5 and accuracy > 90", Line, empty="Mark where: dead > 10 %", words="rule",
    )  # fmt: skip
