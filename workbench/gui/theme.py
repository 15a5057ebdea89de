"""Colours, pens and fonts of the window. Everything drawn asks here, so light and dark stay alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette, QPen

from workbench.figures import looks
from workbench.figures.looks import ACCENT as ACCENT
from workbench.figures.looks import COMPONENTS as COMPONENTS
from workbench.figures.looks import DEAD as DEAD
from workbench.figures.looks import HARDLY_MOVED as HARDLY_MOVED
from workbench.figures.looks import OKABE_ITO as OKABE_ITO

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from workbench.figures.looks import Dash

LEAST_POINT_SIZE = 9.0
DASHES: dict[Dash, Qt.PenStyle] = {
    "solid": Qt.PenStyle.SolidLine,
    "dashed": Qt.PenStyle.DashLine,
    "dotted": Qt.PenStyle.DotLine,
}
PARTS = {part: (look.colour, DASHES[look.dash]) for part, look in looks.PARTS.items()}


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
