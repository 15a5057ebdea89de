"""What an animation of the timeline shows: which figures of which snapshots, how large and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.figures.style import MILLIMETRES, POINTS, Style, ThemeName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.runs.run import Run

WIDTH = 254.0  # mm of a slide: what the font's size refers to
FONTS = (14.0, 12.0, 9.0, 9.0, 7.0)  # points, for one figure, two, …
CAPTION = 2.6  # times the font's size: the height of the strip below the figures
SIZES = (480, 3840)  # pixels of a side that are allowed
SECONDS, RATES = (0.01, 60.0), (1, 60)
MOST_FRAMES = 100_000
OF_OTHERS = ("graph", "map", "compare")  # kinds whose other runs stand beside each other; they have no mean


def frames_each(seconds: float, rate: int, moving: bool) -> int:
    """Frames of a snapshot that is shown for so long, with the motion to the next; one where there is none."""
    return max(round(seconds * rate), 1) if moving else 1


@dataclass(frozen=True)
class Scene:
    """One figure of a film: its kind, the settings of its panel by name, and the other runs that it shows."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    group: tuple[Run, ...] = ()  # that differ by their seed: it shows the mean over them and the film's run
    beside: Run | None = None  # another network, whose curves at the same moment are drawn as well

    @property
    def others(self) -> tuple[Run, ...]:
        """All runs that it shows besides the film's own."""
        return (*self.group, *(() if self.beside is None else (self.beside,)))


@dataclass(frozen=True)
class Film:
    """Figures of a run over its snapshots, side by side. ValueError where a number is out of its range."""

    run: Run
    scenes: tuple[Scene, ...]
    layer: str | None = None
    units: tuple[int, ...] = ()  # that are marked
    first: int = 0
    last: int = -1
    size: tuple[int, int] = (1280, 720)  # pixels
    font: float | None = None  # points on a slide 254 mm wide; None: what suits the number of figures
    theme: ThemeName = "print"
    seconds: float = 0.2  # each snapshot
    rate: int = 25  # frames a second
    moving: bool = True  # between snapshots; else each is one frame
    start: str = ""  # where the nodes of its graph begin, as `start_text` writes it; "": at the layout's own start

    def __post_init__(self) -> None:
        width, height = self.size
        if not all(SIZES[0] <= side <= SIZES[1] for side in (width, 2 * height)):
            raise ValueError(f"a size of {width}×{height} pixels is out of range: {SIZES[0]} to {SIZES[1]} across")
        if not SECONDS[0] <= self.seconds <= SECONDS[1]:
            raise ValueError(f"{self.seconds:g} seconds for a snapshot are out of range: {SECONDS[0]} to {SECONDS[1]}")
        if not RATES[0] <= self.rate <= RATES[1]:
            raise ValueError(f"{self.rate} frames a second are out of range: {RATES[0]} to {RATES[1]}")
        if not self.scenes:
            raise ValueError("an animation needs a figure")
        first, last = (self.run.resolve(end) for end in (self.first, self.last))
        if first > last:
            raise ValueError(f"snapshot {last} does not come after snapshot {first}")
        if self.frames > MOST_FRAMES:
            raise ValueError(f"{self.frames:,} frames are too many: {MOST_FRAMES:,} are allowed")

    @property
    def snapshots(self) -> range:
        """The snapshots that are shown."""
        return range(self.run.resolve(self.first), self.run.resolve(self.last) + 1)

    @property
    def frames_each(self) -> int:
        """Frames of a snapshot with the motion to the next."""
        return frames_each(self.seconds, self.rate, self.moving)

    @property
    def frames(self) -> int:
        """Frames in all."""
        return self.frames_each * len(self.snapshots)

    @property
    def even_size(self) -> tuple[int, int]:
        """Width and height in pixels, as video wants them."""
        width, height = self.size
        return width + width % 2, height + height % 2

    @property
    def style(self) -> Style:
        """Of the pages, which leave room for the caption."""
        width, height = self.size
        dpi = max(round(width / WIDTH * MILLIMETRES), 50)
        across, down = (side / dpi * MILLIMETRES for side in (width, height))
        return Style(across, down - self.caption_height, self.points, dpi, self.theme)

    @property
    def points(self) -> float:
        """The size of the font."""
        return self.font or FONTS[min(len(self.scenes), len(FONTS)) - 1]

    @property
    def caption_height(self) -> float:
        """In millimetres."""
        return CAPTION * self.points / POINTS * MILLIMETRES
