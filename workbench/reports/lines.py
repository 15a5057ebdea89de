"""Text broken into lines that are no wider than a column, in a font that comes with matplotlib."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST = 5.0  # points: below that a table is not read
PAD = 7.0  # points between two columns of a table
HARD_TO_BREAK = 4  # letters: shorter pieces of a word are not split off


def text_width(text: str, size: float) -> float:
    """The width of a text in points."""
    return _width(text, "normal", "DejaVu Sans") * size


def bold_width(text: str, size: float) -> float:
    """The width of a bold text in points."""
    return _width(text, "bold", "DejaVu Sans") * size


def wrapped(text: str, width: float, size: float, bold: bool = False, mono: bool = False) -> list[str]:
    """The lines of a text, each at most `width` points wide; a word that is longer is broken, never cut off.

    Letters that the font does not have are shown as □.
    """
    face = ("bold" if bold else "normal", "DejaVu Sans Mono" if mono else "DejaVu Sans")
    known = _letters_of(face)
    plain = "".join(letter if letter.isspace() or ord(letter) in known else "□" for letter in text)
    lines: list[str] = []
    for word in _pieces(plain.split(), width / size, face):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, *face) * size <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def fitted(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: float, size: float
) -> tuple[float, list[float]]:
    """The size of the font and the widths of a table's columns, so that it is no wider than `width`.

    Where even the smallest letters are too large the first column has less room than its texts take.
    """
    while True:
        widths = [
            max([_longest_word(name, size), *(text_width(row[column], size) for row in rows)]) + PAD
            for column, name in enumerate(columns)
        ]
        if sum(widths) <= width:
            return size, widths
        if size <= LEAST:
            return size, [max(width - sum(widths[1:]), LEAST * PAD), *widths[1:]]
        size -= 0.25


def elided(text: str, width: float, size: float) -> str:
    """The text, or as much of its beginning as the width has room for."""
    if text_width(text, size) <= width:
        return text
    return next(f"{text[:end]}…" for end in range(len(text), -1, -1) if text_width(f"{text[:end]}…", size) <= width)


def _longest_word(name: str, size: float) -> float:
    return max(bold_width(word, size) for word in name.split())


def _pieces(words: Sequence[str], width: float, face: tuple[str, str]) -> Iterator[str]:
    """The words, those broken that are wider than a line."""
    for word in words:
        rest = word
        while _width(rest, *face) > width and len(rest) > HARD_TO_BREAK:
            end = next(
                count for count in range(len(rest) - 1, 0, -1) if count == 1 or _width(rest[:count], *face) <= width
            )
            yield rest[:end]
            rest = rest[end:]
        yield rest


def _width(text: str, weight: str, family: str) -> float:
    """How far a text advances, in times the font's size: each letter by itself, hundreds of times as fast as drawn."""
    face = weight, family
    return sum(_advance(letter, face) for letter in text)


@lru_cache(maxsize=4_000)
def _advance(letter: str, face: tuple[str, str]) -> float:
    """How far the next letter stands from this one, in times the font's size."""
    from matplotlib.ft2font import LoadFlags

    font = _font(face)
    font.set_size(100.0, 72.0)
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536.0 / 100.0


@lru_cache(maxsize=4)
def _letters_of(face: tuple[str, str]) -> frozenset[int]:
    return frozenset(_font(face).get_charmap())


def _font(face: tuple[str, str]) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    weight, family = face
    return get_font(findfont(FontProperties(family=family, weight=weight)))
