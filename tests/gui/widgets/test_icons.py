"""The icons are those of the package, and have the colours of the text beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from fonticon_mdi7 import MDI7
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPalette

from workbench.gui.state import theme
from workbench.gui.widgets.icons import GLYPHS, icon

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

CALM: tuple[Literal["", "quiet", "distant"], ...] = ("", "quiet", "distant")


def test_every_glyph_has_the_code_that_the_package_gives_its_name() -> None:
    assert {name: getattr(MDI7, its_name).partition(".")[2] for name, (its_name, _) in GLYPHS.items()} == {
        name: chr(code) for name, (_, code) in GLYPHS.items()
    }


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_an_icon_has_the_colour_of_text_and_a_quiet_one_only_under_the_mouse(
    qapp: QApplication, mode: theme.Mode
) -> None:
    theme.apply(qapp, mode)
    try:
        text, pale = (
            qapp.palette().color(role) for role in (QPalette.ColorRole.ButtonText, QPalette.ColorRole.PlaceholderText)
        )
        drawn = {
            (quiet, state): icon("close", quiet).pixmap(QSize(64, 64), 1.0, state).toImage()
            for quiet in CALM
            for state in (QIcon.Mode.Normal, QIcon.Mode.Active)
        }
        middle = {key: image.pixelColor(32, 32).name() for key, image in drawn.items()}
        pales = {"": text, "quiet": pale, "distant": theme.current().distant}
        expected = {key: (pales[key[0]] if key[1] == QIcon.Mode.Normal else text).name() for key in middle}
        assert middle == expected
        assert _contrast(theme.current().distant, qapp.palette().base().color()) >= 3.0  # WCAG's for icons
    finally:
        theme.apply(qapp)


def _contrast(one: QColor, other: QColor) -> float:
    """WCAG's contrast ratio."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_same_icon_is_drawn_once(qapp: QApplication) -> None:
    assert icon("play") is icon("play")
