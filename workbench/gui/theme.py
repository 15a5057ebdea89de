"""Colours, pens and fonts of the window. Everything drawn asks here, so light and dark stay alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette, QPen

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

# Okabe and Ito, "Color Universal Design" (2008): told apart by everyone, whatever their colour vision.
OKABE_ITO = {
    "orange": "#E69F00",
    "sky blue": "#56B4E9",
    "bluish green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "reddish purple": "#CC79A7",
    "grey": "#8C8C8C",
}
ACCENT = OKABE_ITO["blue"]
DEAD = OKABE_ITO["grey"]
HARDLY_MOVED = OKABE_ITO["sky blue"]
# Components in the order of their size; sky blue and grey are taken by the two states above.
COMPONENTS = tuple(
    OKABE_ITO[name] for name in ("vermillion", "blue", "bluish green", "orange", "reddish purple")
)
LEAST_POINT_SIZE = 9.0
# Told apart by their dashes as well as by their colours.
PARTS = {
    "test": (OKABE_ITO["blue"], Qt.PenStyle.SolidLine),
    "validation": (OKABE_ITO["orange"], Qt.PenStyle.DashLine),
    "train": (OKABE_ITO["bluish green"], Qt.PenStyle.DotLine),
}


@dataclass(frozen=True)
class Theme:
    """The colours of one appearance, as Qt understands them."""

    background: QColor
    foreground: QColor
    faint: QColor  # grids, ghosts, guides
    accent: QColor
    dark: bool


def current() -> Theme:
    """The colours that fit the application's palette at this moment."""
    palette = QGuiApplication.palette()
    background = palette.color(QPalette.ColorRole.Base)
    foreground = palette.color(QPalette.ColorRole.Text)
    faint = QColor(foreground)
    faint.setAlpha(90)
    dark = background.lightness() < 128
    accent = QColor(OKABE_ITO["sky blue"] if dark else ACCENT)
    return Theme(background, foreground, faint, accent, dark)


def apply(application: QApplication) -> None:
    """Give the application its style, a readable font, and pyqtgraph the same colours."""
    application.setStyle("Fusion")
    font = QFont(application.font())
    if font.pointSizeF() < LEAST_POINT_SIZE:
        font.setPointSizeF(LEAST_POINT_SIZE)
        application.setFont(font)
    colours = current()
    pg.setConfigOptions(background=colours.background, foreground=colours.foreground, antialias=True)


def accuracy_pen(part: str) -> QPen:
    """The pen of an accuracy or loss curve; the same part has the same look everywhere."""
    colour, style = PARTS[part]
    if part == "test" and current().dark:
        colour = OKABE_ITO["sky blue"]  # the blue is too faint on a dark ground
    pen: QPen = pg.mkPen(colour, width=1, style=style)
    return pen


def accuracy_mark(part: str) -> Literal["line", "dashed", "dotted"]:
    """How a legend draws that curve."""
    marks: dict[Qt.PenStyle, Literal["line", "dashed", "dotted"]] = {
        Qt.PenStyle.SolidLine: "line",
        Qt.PenStyle.DashLine: "dashed",
        Qt.PenStyle.DotLine: "dotted",
    }
    return marks[PARTS[part][1]]
