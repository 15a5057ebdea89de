"""How a figure is to look: its size in millimetres, its font in points, its theme; the same for every figure."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Any, Literal

from workbench.figures.controls import setting
from workbench.figures.looks import ACCENT, OKABE_ITO, Dash

ThemeName = Literal["print", "dark"]
MILLIMETRES = 25.4  # in an inch
POINTS = 72.0  # in an inch
DASHES: dict[Dash, Any] = {"solid": "-", "dashed": (0, (4.0, 2.0)), "dotted": (0, (1.0, 1.4))}


@dataclass(frozen=True)
class Theme:
    """The colours of the ground and of all that is not data."""

    background: str
    text: str
    faint: str
    accent: str
    dark: bool
    title: str

    def line(self, colour: str) -> str:
        """A colour of the data on this ground; none: that of the text."""
        if not colour:
            return self.text
        return _lighter(colour) if self.dark and colour != OKABE_ITO["grey"] else colour


THEMES: dict[ThemeName, Theme] = {
    "print": Theme("#ffffff", "#000000", "#808080", ACCENT, False, "Print (white background)"),
    "dark": Theme("#1e1e1e", "#e6e6e6", "#909090", OKABE_ITO["sky blue"], True, "Dark background, for slides"),
}


@dataclass(frozen=True)
class Preset:
    """A common size, and the font that suits it."""

    title: str
    width: float  # mm
    height: float | None  # mm; None: what the figure takes
    font: float  # points


PRESETS = {
    "single": Preset("One column (84 mm)", 84.0, None, 8.0),
    "double": Preset("Two columns (174 mm)", 174.0, None, 8.0),
    "slide": Preset("Slide 16:9 (254 mm)", 254.0, 142.9, 14.0),
}
WIDTHS, HEIGHTS, FONTS, DPIS = (30.0, 1200.0), (20.0, 1200.0), (4.0, 48.0), (50, 1200)  # that are allowed
MOST_PIXELS = 60_000_000  # of a picture: 240 MB


@dataclass(frozen=True)
class Style:
    """Size, font, resolution and theme of a figure. ValueError where a number is out of its range."""

    width: float = setting(84.0, "Width", low=WIDTHS[0], high=WIDTHS[1], digits=1, step=1.0, unit=" mm")
    height: float | None = setting(  # None: what the figure takes
        None, "Height", low=HEIGHTS[0], high=HEIGHTS[1], digits=1, step=1.0, unit=" mm", nothing="as needed"
    )
    font: float = setting(8.0, "Font size", low=FONTS[0], high=FONTS[1], digits=1, step=0.5, unit=" pt")
    dpi: int = setting(300, "Resolution", low=DPIS[0], high=DPIS[1], step=1, unit=" dpi")  # of pictures made of pixels
    theme: ThemeName = setting("print", "Theme", choices={name: theme.title for name, theme in THEMES.items()})
    titles: bool = setting(False, "Titles", "Run, layer and snapshot above each figure")
    letters: bool = setting(True, "a, b, c …", words="letters")  # where there are several

    def __post_init__(self) -> None:
        for name in ("width", "font"):  # equal styles are written alike
            object.__setattr__(self, name, float(getattr(self, name)))
        _check("width", self.width, WIDTHS, "mm")
        _check("font size", self.font, FONTS, "points")
        _check("resolution", self.dpi, DPIS, "dpi")
        if self.height is not None:
            object.__setattr__(self, "height", float(self.height))
            _check("height", self.height, HEIGHTS, "mm")
        if self.theme not in THEMES:
            raise ValueError(f"there is no theme {self.theme!r}: choose {' or '.join(THEMES)}")

    @property
    def colours(self) -> Theme:
        return THEMES[self.theme]

    @property
    def line(self) -> float:
        """The width of curves in points, in proportion to the font."""
        return self.font / 8.0

    def settings(self) -> Any:
        """matplotlib's settings: text stays text in PDF (TrueType) and SVG, and nothing depends on the clock."""
        colours, thin = self.colours, 0.6 * self.line
        return {
            "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
            "font.size": self.font,
            "axes.titlesize": self.font,
            "axes.labelsize": self.font,
            "xtick.labelsize": 0.9 * self.font,
            "ytick.labelsize": 0.9 * self.font,
            "legend.fontsize": 0.9 * self.font,
            "figure.titlesize": self.font,
            "text.color": colours.text,
            "axes.labelcolor": colours.text,
            "axes.edgecolor": colours.text,
            "xtick.color": colours.text,
            "ytick.color": colours.text,
            "figure.facecolor": colours.background,
            "axes.facecolor": colours.background,
            "axes.linewidth": thin,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.formatter.use_mathtext": False,
            "xtick.major.width": thin,
            "ytick.major.width": thin,
            "xtick.minor.width": 0.7 * thin,
            "ytick.minor.width": 0.7 * thin,
            "xtick.major.size": 0.4 * self.font,
            "ytick.major.size": 0.4 * self.font,
            "xtick.minor.size": 0.22 * self.font,
            "ytick.minor.size": 0.22 * self.font,
            "lines.linewidth": self.line,
            "legend.frameon": False,
            "legend.handlelength": 1.8,
            "legend.handletextpad": 0.5,
            "legend.columnspacing": 1.2,
            "legend.labelspacing": 0.3,
            "legend.borderaxespad": 0.3,
            "legend.borderpad": 0.2,
            "figure.constrained_layout.h_pad": self.font / POINTS * 0.4,
            "figure.constrained_layout.w_pad": self.font / POINTS * 0.4,
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "workbench",
        }


def _check(name: str, value: float, allowed: tuple[float, float], unit: str) -> None:
    if not allowed[0] <= value <= allowed[1]:
        raise ValueError(f"a {name} of {value:g} {unit} is out of range: {allowed[0]:g} to {allowed[1]:g} {unit}")


def _lighter(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) / 255.0 for start in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    lighter = colorsys.hsv_to_rgb(hue, saturation * (0.8 if value * 1.4 > 1 else 1.0), min(1.4 * value, 1.0))
    return "#" + "".join(f"{round(255 * part):02x}" for part in lighter)
