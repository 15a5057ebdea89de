"""The table of all layers in print: numbers over bars, and below them what is found, as large as there is room."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.figure import Floats, height_of, text_width, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.style import Style

ROW, HEAD, LINE = 1.75, 1.6, 1.35  # heights of a row, of level heads and of a line of the finding, times the font
BOLD = 1.15  # how much wider bold letters are
HINTED, ROUNDED = 1.02, 0.3  # how much wider letters may be in a picture of pixels: a factor, and points an em
BAR = 0.22  # its height, times the font
GAP = 0.9  # between columns, times the font
NAME = 0.26  # of the width that the names of layers take at most
SMALLER = 0.95  # the next smaller font that is tried
ROUNDING = 1.0  # points
SMALLEST = 1.5  # points: smaller is not tried


@dataclass(frozen=True, eq=False)
class PrintedTable:
    """A row for each layer: its name, and texts above bars."""

    heads: tuple[str, ...]  # of all columns; that of the names first
    layers: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]  # of each layer, without its name
    shares: Floats  # (layers, columns without the names), length of the bars from 0 to 1; NaN: none
    colours: tuple[str, ...]  # of the bars, by column
    pale: tuple[bool, ...]  # columns that are of another snapshot
    texts: tuple[str, ...] = ()  # below the table; the first one is bold
    chosen: int | None = None  # row of the selected layer

    def height_at(self, width: float, font: float) -> float:
        """The height that it takes at a width with letters of this size, all in points."""
        return self._layout(font, width - font).height + font

    def draw(self, part: Any, style: Style) -> None:
        """Draw into a SubFigure with the largest font that it has room for, at most that of the style."""
        axes = part.subplots()
        axes.set_axis_off()
        width, height = width_of(part) - style.font, height_of(part) - style.font
        layout = self._layout(style.font, width, height)
        axes.set(xlim=(0.0, max(width, layout.width)), ylim=(max(height, layout.height), 0.0))
        layout.draw(axes, style)

    def _layout(self, font: float, width: float, height: float = float("inf")) -> _Layout:
        """The largest that fits, with letters no larger than this."""
        size, layout = font, _Layout(self, font, width)
        while (layout.width > width + ROUNDING or layout.height > height + ROUNDING) and size > SMALLEST:
            size *= SMALLER
            layout = _Layout(self, size, width)
        return layout


class _Layout:
    """The table in a font of one size: points to the right and downwards."""

    def __init__(self, table: PrintedTable, size: float, width: float) -> None:
        self._table, self._size, self._across = table, size, width
        names = BOLD * max(_width(name, size) for name in (*table.layers, table.heads[0]))
        self._names = min(names, NAME * width)
        columns = list(zip(*table.cells, strict=True)) or [()] * (len(table.heads) - 1)
        needed = [max((_width(cell, size) for cell in column), default=0.0) for column in columns]
        heads = [BOLD * _width(head, size) for head in table.heads[1:]]
        level = [max(pair) for pair in zip(needed, heads, strict=True)]
        room = width - self._names - GAP * size * len(columns)
        self._upright = sum(level) > room
        least = [max(each, 1.2 * size) for each in needed] if self._upright else level
        spare = max(room - sum(least), 0.0) / max(len(columns), 1)
        self._columns = [each + spare for each in least]
        self._head = max(heads, default=0.0) + 0.6 * size if self._upright else HEAD * size
        self._lines = list(self._wrapped())
        self.width = self._names + sum(self._columns) + GAP * size * len(columns)
        below = LINE * size * (len(self._lines) + 0.6) if self._lines else 0.0
        self.height = self._head + ROW * size * len(table.layers) + below

    def _wrapped(self) -> Iterator[tuple[str, bool]]:
        """The lines of the texts, and whether they are bold."""
        hinted = HINTED + ROUNDED / self._size
        for number, text in enumerate(self._table.texts):
            line = ""
            for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
                longer = f"{line} {word}" if line else word
                if line and _width(longer, self._size) * (BOLD if number == 0 else hinted) > self._across:
                    yield line, number == 0
                    longer = word
                line = longer
            yield line, number == 0

    def draw(self, axes: Any, style: Style) -> None:
        table, size, colours = self._table, self._size, style.colours
        foot = self._head + ROW * size * len(table.layers)
        self._write(axes, 0.0, self._head - 0.3 * size, table.heads[0], va="bottom", fontweight="bold")
        axes.plot([0.0, self.width], [self._head] * 2, color=colours.text, linewidth=0.6 * style.line)
        for row, name in enumerate(table.layers):
            bold = "bold" if row == table.chosen else "normal"
            short = _shortened(name, size, self._names / (BOLD if bold == "bold" else 1.0))
            self._write(axes, 0.0, self._middle(row), short, va="center", fontweight=bold)
        left = self._names
        for column, wide in enumerate(self._columns):
            left += GAP * size
            self._draw_column(axes, style, column, left, wide)
            left += wide
        for number, (line, bold_line) in enumerate(self._lines):
            weight = "bold" if bold_line else "normal"
            self._write(axes, 0.0, foot + LINE * size * (number + 1.1), line, va="center", fontweight=weight)

    def _draw_column(self, axes: Any, style: Style, column: int, left: float, wide: float) -> None:
        table, size, colours = self._table, self._size, style.colours
        ink = colours.faint if table.pale[column] else colours.text
        way = {"rotation": 90, "ha": "center"} if self._upright else {"ha": "left"}
        place = left + wide / 2.0 if self._upright else left
        look = {**way, "va": "bottom", "fontweight": "bold", "color": ink}
        self._write(axes, place, self._head - 0.3 * size, table.heads[column + 1], **look)
        for row, cells in enumerate(table.cells):
            share = table.shares[row, column]
            middle = self._middle(row) - (0.0 if np.isnan(share) else 0.5 * BAR * size)
            self._write(axes, left, middle, cells[column], va="center", color=ink)
            if not np.isnan(share):
                top = self._middle(row) + 0.55 * size
                ground, bar = colours.faint, colours.line(table.colours[column])
                axes.bar(left, BAR * size, wide, top, align="edge", color=ground, alpha=0.25, linewidth=0)
                axes.bar(left, BAR * size, wide * share, top, align="edge", color=bar, linewidth=0,
                         alpha=0.5 if table.pale[column] else 1.0)  # fmt: skip

    def _middle(self, row: int) -> float:
        return self._head + ROW * self._size * (row + 0.5)

    def _write(self, axes: Any, x: float, y: float, text: str, **look: Any) -> None:
        axes.text(x, y, text, fontsize=self._size, parse_math=False, **look).set_in_layout(False)


@lru_cache(maxsize=4096)
def _width_of_one(text: str) -> float:
    return text_width(text, 100.0) / 100.0


def _width(text: str, size: float) -> float:
    """The width of a text in points."""
    return sum(_width_of_one(letter) for letter in text) * size


def _shortened(name: str, size: float, room: float) -> str:
    """A name without its middle where it is wider than its column; the ends tell layers apart."""
    kept, short = len(name), name
    while kept > 2 and _width(short, size) > room:
        kept -= 1
        short = f"{name[: (kept + 1) // 2]}…{name[len(name) - kept // 2 :]}"
    return short
