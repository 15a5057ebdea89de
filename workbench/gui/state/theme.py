"""Colours, pens and fonts of the window. Everything drawn asks here, so light and dark stay alike."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QPalette,
    QPen,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)

from workbench.figures import looks
from workbench.figures.looks import ACCENT as ACCENT
from workbench.figures.looks import COMPONENTS as COMPONENTS
from workbench.figures.looks import DEAD as DEAD
from workbench.figures.looks import HARDLY_MOVED as HARDLY_MOVED
from workbench.figures.looks import OKABE_ITO as OKABE_ITO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTextDocument
    from PySide6.QtWidgets import QApplication

    from workbench.figures.looks import Dash

LEAST_POINT_SIZE = 9.0
Size = Literal["text", "heading", "title"]
SIZES: dict[Size, float] = {"text": 1.0, "heading": 1.2, "title": 1.5}  # all there are, as multiples of the text's
_ADJUSTED: tuple[Size, ...] = ("text", "text", "heading", "title")  # of h4, h3, h2 and h1
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
    distant: QColor  # icons of a panel that the mouse is not in: as pale as can still be seen well (3 : 1)
    dark: bool


Mode = Literal["system", "light", "dark"]
_ROLES = QPalette.ColorRole
# What each appearance is made of; disabled texts have a colour of their own.
_PALETTES: dict[bool, tuple[tuple[tuple[QPalette.ColorRole, ...], str], ...]] = {
    False: (
        ((_ROLES.Window,), "#eceff2"),
        ((_ROLES.Button,), "#f4f6f8"),
        ((_ROLES.Base, _ROLES.ToolTipBase), "#ffffff"),
        ((_ROLES.AlternateBase,), "#f4f6f8"),
        ((_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.ToolTipText), "#1a1a1a"),
        ((_ROLES.BrightText,), "#ffffff"),
        ((_ROLES.Highlight, _ROLES.Link), ACCENT),
        ((_ROLES.HighlightedText,), "#ffffff"),
        ((_ROLES.PlaceholderText,), "#6e6e6e"),
        ((_ROLES.Light,), "#ffffff"),
        ((_ROLES.Midlight,), "#e3e7eb"),
        ((_ROLES.Mid,), "#bcc3ca"),
        ((_ROLES.Dark,), "#a3abb3"),
        ((_ROLES.Shadow,), "#767676"),
    ),
    True: (
        ((_ROLES.Window, _ROLES.ToolTipBase), "#2b2e33"),
        ((_ROLES.Button,), "#454a52"),  # grooves, frames and arrows are made of this one
        ((_ROLES.AlternateBase,), "#24272b"),
        ((_ROLES.Base,), "#1b1d20"),
        ((_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText, _ROLES.ToolTipText, _ROLES.BrightText), "#e6e6e6"),
        ((_ROLES.Highlight,), ACCENT),
        ((_ROLES.Link,), OKABE_ITO["sky blue"]),
        ((_ROLES.HighlightedText,), "#ffffff"),
        ((_ROLES.PlaceholderText,), "#9a9a9a"),
        ((_ROLES.Light,), "#4a4a4a"),
        ((_ROLES.Midlight,), "#3a3a3a"),
        ((_ROLES.Mid,), "#242424"),
        ((_ROLES.Dark,), "#161616"),
        ((_ROLES.Shadow,), "#0a0a0a"),
    ),
}
_SCHEMES: dict[Mode, Qt.ColorScheme] = {
    "system": Qt.ColorScheme.Unknown,  # takes back what was set
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_OUTLINED = {False: "#b0b0b0", True: "#a0a0a0"}
_TINT = {False: 0.2, True: 0.4}  # of the accent on a row that is selected
_DISTANT = {False: "#919191", True: "#6f6f6f"}
_QUIET_TEXT, _QUIET_OUTLINE = 0.7, 0.45  # what is left of their colours; the text can be read well (4.5 : 1)
_DISABLED = {False: "#8a8a8a", True: "#7a7a7a"}


def current() -> Theme:
    """The colours that fit the application's palette at this moment. They are shared: copy one before you change it."""
    palette = QGuiApplication.palette()
    return _theme(palette.color(QPalette.ColorRole.Base).rgba(), palette.color(QPalette.ColorRole.Text).rgba())


@lru_cache(maxsize=8)
def _theme(ground: int, text: int) -> Theme:
    background, foreground = QColor.fromRgba(ground), QColor.fromRgba(text)
    faint = QColor(foreground)
    faint.setAlpha(90)
    dark = background.lightness() < 128
    accent = QColor(OKABE_ITO["sky blue"] if dark else ACCENT)
    return Theme(background, foreground, faint, accent, QColor(_DISTANT[dark]), dark)


def apply(application: QApplication, mode: Mode = "system", points: float = 0.0) -> None:
    """Give the application its style, colours and a readable font (0: the system's size), and pyqtgraph the same.

    Whatever is on the screen follows: Qt tells every widget of a new palette and font (`changeEvent`).
    """
    if application.style().objectName() != "fusion":
        application.setStyle("Fusion")
    application.styleHints().setColorScheme(_SCHEMES[mode])  # frames of windows, and what the style draws itself
    dark = mode == "dark" or (mode == "system" and application.styleHints().colorScheme() is Qt.ColorScheme.Dark)
    palette = _palette(dark)
    _colour_plots(palette)  # before the widgets hear of it: they ask pyqtgraph for its colours then
    if application.palette() != palette:
        application.setPalette(palette)
        for kinds, changes in _of_kinds(palette, dark):
            own = QPalette(palette)
            for role, colour in changes.items():
                own.setColor(role, colour)
            for kind in kinds:
                application.setPalette(own, kind)  # type: ignore[arg-type]  # the stub says bytes, which are refused
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSizeF(max(points or font.pointSizeF(), LEAST_POINT_SIZE))
    if application.font() != font:
        application.setFont(font)


def _of_kinds(palette: QPalette, dark: bool) -> Iterator[tuple[tuple[str, ...], dict[QPalette.ColorRole, QColor]]]:
    """The kinds of widgets that have other colours than the rest, and which."""
    # Nearly the ground, so that the numbers below come first.
    yield ("QHeaderView",), {_ROLES.Button: palette.color(_ROLES.AlternateBase)}
    # A tint, on which bars, curves and dots in the accent and in the colours of the graph are still seen.
    chosen = mixed(palette.color(_ROLES.Base), palette.color(_ROLES.Highlight), _TINT[dark])
    yield ("QTableView", "QTreeView"), {_ROLES.Highlight: chosen, _ROLES.HighlightedText: palette.color(_ROLES.Text)}
    # Boxes and fields get their outline from the window's colour, which on a dark ground would not be seen.
    yield ("QCheckBox", "QListWidget", "QLineEdit", "QAbstractSpinBox"), {_ROLES.Window: QColor(_OUTLINED[dark])}


def quiet() -> QPalette:
    """The roles that are paler in a control at rest: its text, its ground, and its outline, which is the window's."""
    palette, pale, groups = QGuiApplication.palette(), QPalette(), QPalette.ColorGroup
    ground = palette.color(_ROLES.Base)
    for role in (_ROLES.Text, _ROLES.ButtonText, _ROLES.WindowText):
        pale.setColor(role, mixed(ground, palette.color(role), _QUIET_TEXT))
        pale.setColor(groups.Disabled, role, palette.color(groups.Disabled, role))
    pale.setColor(_ROLES.Button, ground)
    outline = QColor(_OUTLINED[current().dark])
    outline.setAlphaF(_QUIET_OUTLINE)
    pale.setColor(_ROLES.Window, outline)
    return pale


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """`colour` laid over a ground, so much of it."""
    below, above = (np.array([each.redF(), each.greenF(), each.blueF()]) for each in (ground, colour))
    return QColor.fromRgbF(*(below + share * (above - below)).tolist())


def sized(font: QFont, size: Size) -> QFont:
    """`font`, which is that of the text, in one of the sizes."""
    larger = QFont(font)
    larger.setPointSizeF(font.pointSizeF() * SIZES[size])
    return larger


def fit_headings(document: QTextDocument) -> None:
    """Write the headings of a document in one of the sizes; they follow when the text becomes larger."""
    adjustment = QTextFormat.Property.FontSizeAdjustment
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        if level:
            size = _ADJUSTED[max(4 - level, 0)]
            wanted = QTextCharFormat()
            wanted.setProperty(adjustment, tuple(SIZES).index(size))  # Qt's own steps are 1, 1.2 and 1.5
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(wanted)
        block = block.next()


def _palette(dark: bool) -> QPalette:
    palette = QPalette()
    for roles, colour in _PALETTES[dark]:
        for role in roles:
            palette.setColor(role, QColor(colour))
    for role in (_ROLES.WindowText, _ROLES.Text, _ROLES.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(_DISABLED[dark]))
    return palette


def colour_plots() -> None:
    """Give pyqtgraph, which is loaded with the first plot, the colours of the window."""
    if QGuiApplication.instance() is not None:
        _colour_plots(QGuiApplication.palette())


def _colour_plots(palette: QPalette) -> None:
    if "pyqtgraph" in sys.modules:
        import pyqtgraph as pg

        background, foreground = palette.color(_ROLES.Base), palette.color(_ROLES.Text)
        pg.setConfigOptions(background=background, foreground=foreground, antialias=True)


def accuracy_pen(part: str) -> QPen:
    """The pen of an accuracy or loss curve; the same part has the same look everywhere."""
    colour, style = PARTS[part]
    if part == "test" and current().dark:
        colour = OKABE_ITO["sky blue"]  # the blue is too faint on a dark ground
    return line(colour, style)


def beside() -> QColor:
    """The colour of the other one of two networks."""
    return QColor(OKABE_ITO["yellow"] if current().dark else looks.BESIDE.colour)


def line(colour: QColor | str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A line one unit wide: as many of the screen's pixels as there are to a unit, where Qt would draw one only."""
    import pyqtgraph as pg

    pen: QPen = pg.mkPen(colour, width=max(1, round(QGuiApplication.primaryScreen().devicePixelRatio())), style=style)
    return pen


def brush(colour: QColor | str) -> QBrush:
    """The brush of a colour, the same object each time: pyqtgraph keeps a picture of a symbol for every new one."""
    return _brush(QColor(colour).rgba())


@lru_cache
def _brush(rgba: int) -> QBrush:
    return QBrush(QColor.fromRgba(rgba))


def outline(colour: QColor | str) -> QPen:
    """The pen around a symbol, the same object each time, as for `brush`."""
    return _outline(QColor(colour).rgba())


@lru_cache
def _outline(rgba: int) -> QPen:
    import pyqtgraph as pg

    pen: QPen = pg.mkPen(QColor.fromRgba(rgba))
    return pen


def accuracy_mark(part: str) -> Literal["line", "dashed", "dotted"]:
    """How a legend draws that curve."""
    marks: dict[Qt.PenStyle, Literal["line", "dashed", "dotted"]] = {
        Qt.PenStyle.SolidLine: "line",
        Qt.PenStyle.DashLine: "dashed",
        Qt.PenStyle.DotLine: "dotted",
    }
    return marks[PARTS[part][1]]
