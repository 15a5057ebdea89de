"""The icons of the window: Material Design Icons, drawn in the colour of the text next to them."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap

from workbench.gui.state import theme

FONT_PACKAGE = "fonticon_mdi7"
FONT_FILE = "fonts/materialdesignicons-webfont.ttf"
# What an icon is called here -> its name and code in the font. A test compares the codes with those of the package.
GLYPHS: dict[str, tuple[str, int]] = {
    "export": ("export_variant", 0xF0B93),
    "help": ("help_circle_outline", 0xF0625),
    "close": ("close", 0xF0156),
    "float": ("open_in_new", 0xF03CC),
    "play": ("play", 0xF040A),
    "pause": ("pause", 0xF03E4),
    "open": ("folder_open_outline", 0xF0DCF),
    "train": ("school_outline", 0xF1180),
    "recent": ("history", 0xF02DA),
    "tour": ("map_marker_path", 0xF0D20),
    "stack": ("layers_outline", 0xF09FE),
}
SIZES = (16, 32, 48, 64)  # pixels: sharp on every screen


def icon(name: str, quiet: Literal["", "quiet", "distant"] = "") -> QIcon:
    """The icon of this name, in the colours of buttons at this moment. KeyError: there is none.

    A quiet one is pale until the mouse is over its button, a distant one paler. Its button asks again when the
    palette changes.
    """
    palette, roles = QGuiApplication.palette(), QPalette.ColorRole
    text = palette.color(roles.ButtonText).rgba()
    quiets = {"quiet": palette.color(roles.PlaceholderText), "distant": theme.current().distant}
    pale = quiets[quiet].rgba() if quiet else text
    return _icon(name, pale, text, palette.color(QPalette.ColorGroup.Disabled, roles.ButtonText).rgba())


@lru_cache(maxsize=256)
def _icon(name: str, normal: int, active: int, disabled: int) -> QIcon:
    """The same object each time: Qt keeps a picture of every new icon for a while."""
    found = QIcon()
    modes = QIcon.Mode
    for colour, mode in ((normal, modes.Normal), (active, modes.Active), (disabled, modes.Disabled)):
        for size in SIZES:
            found.addPixmap(_drawn(chr(GLYPHS[name][1]), size, QColor.fromRgba(colour)), mode)
    return found


def _drawn(glyph: str, size: int, colour: QColor) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    font = QFont(_family())
    font.setPixelSize(size)
    painter = QPainter(pixmap)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QRect(0, 0, size, size), Qt.AlignmentFlag.AlignCenter, glyph)
    painter.end()
    return pixmap


@lru_cache(maxsize=1)
def _family() -> str:
    """The family of the icons' font, which is loaded once. RuntimeError: its package is not whole."""
    package = find_spec(FONT_PACKAGE)  # not imported: its table of 7,000 names takes longer than the font
    if package is None or package.origin is None:
        raise RuntimeError("The icons are not installed; type: python -m pip install fonticon-materialdesignicons7")
    number = QFontDatabase.addApplicationFont(str(Path(package.origin).parent / FONT_FILE))
    families = QFontDatabase.applicationFontFamilies(number)
    if not families:
        raise RuntimeError(f"{FONT_PACKAGE} holds no font {FONT_FILE}; install fonticon-materialdesignicons7 again")
    return families[0]
