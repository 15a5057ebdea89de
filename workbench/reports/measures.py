"""The measures of a report's pages, and how much of what follows a heading must stand on the same page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.figures.style import MILLIMETRES, POINTS
from workbench.reports.blocks import Facts, Grid, Heading, Paragraph, Pictures
from workbench.reports.lines import fitted, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pypdf import PageObject

    from workbench.reports.blocks import Block, Picture

    Drawn = Mapping[Picture, PageObject]

WIDTH, HEIGHT = 210.0 / MILLIMETRES * POINTS, 297.0 / MILLIMETRES * POINTS  # points: A4
LEFT, RIGHT = 18.0 / MILLIMETRES * POINTS, WIDTH - 18.0 / MILLIMETRES * POINTS
TOP, BOTTOM = HEIGHT - 20.0 / MILLIMETRES * POINTS, 20.0 / MILLIMETRES * POINTS
SIZE = 9.0  # points
LEADING = 1.4  # times the size: from line to line
LINE = SIZE * LEADING
GAP = 8.0  # points between blocks
COLUMN = 84.0 / MILLIMETRES * POINTS  # the width of a figure
CAPTION = 8.0  # points: the size of a figure's caption
UNDER = 4.0  # points between a figure and its caption
HEADS = {1: 18.0, 2: 14.0, 3: 11.0}
BEFORE = 0.8  # of a heading's size: the room above it
NAMES = 118.0  # points: the column of names in a list of facts
ROWS = 6  # of a table: so many stand with its head
SHORT = 12  # lines: longer texts may part a heading from what comes behind them


@dataclass(frozen=True)
class GridLines:
    """A table as lines of text."""

    size: float
    widths: list[float]
    heads: list[list[str]]  # of each column
    caption: list[str]

    @property
    def step(self) -> float:
        """From row to row."""
        return self.size * LEADING * 1.1

    @property
    def deep(self) -> int:
        """The lines of its head."""
        return max(map(len, self.heads))


def grid_lines(block: Grid) -> GridLines:
    """How a table is broken into lines."""
    size, widths = fitted(block.columns, block.rows, RIGHT - LEFT, 8.0)
    heads = [wrapped(name, width, size, bold=True) for name, width in zip(block.columns, widths, strict=True)]
    return GridLines(size, widths, heads, wrapped(block.caption, RIGHT - LEFT, SIZE) if block.caption else [])


def least_of_grid(block: Grid, lines: GridLines) -> float:
    """The height of the beginning of a table that is never parted."""
    rows = min(len(block.rows), ROWS)
    return len(lines.caption) * LINE + (lines.deep + rows) * lines.step + (0.35 + 0.1 * rows) * lines.size


@dataclass(frozen=True)
class PictureRow:
    """One or two figures side by side, with their captions as lines."""

    pictures: tuple[Picture, ...]
    captions: list[list[str]]
    heights: list[float]  # of the figures

    @property
    def tall(self) -> float:
        """The height of the taller figure."""
        return max(self.heights)

    @property
    def height(self) -> float:
        """With captions."""
        return self.tall + max(map(len, self.captions)) * CAPTION * LEADING + UNDER


def picture_rows(block: Pictures, drawn: Drawn, before: int) -> Iterator[PictureRow]:
    """The rows of figures, which are numbered from `before` + 1."""
    for first in range(0, len(block.pictures), 2):
        row = block.pictures[first : first + 2]
        captions = [
            wrapped(f"Figure {before + first + side + 1}. {picture.caption}", COLUMN, CAPTION)
            for side, picture in enumerate(row)
        ]
        yield PictureRow(row, captions, [float(drawn[picture].mediabox.height) for picture in row])


def heading_lines(block: Heading) -> list[str]:
    """The lines of a heading."""
    return wrapped(block.text, RIGHT - LEFT, HEADS[block.level], bold=True)


def kept_with_heading(blocks: Sequence[Block], drawn: Drawn, figures: int) -> float:
    """How much of the `blocks` behind a heading must stand on its page, in points.

    Other headings, a short text, and then the first row of figures or of a table's rows, so that none of them stands at
    the foot of a page without what it is about. `figures` are there already.
    """
    height = 0.0
    for number, block in enumerate(blocks):
        if isinstance(block, Heading):
            height += HEADS[block.level] * (BEFORE + len(heading_lines(block)) * LEADING) + GAP
        elif isinstance(block, Paragraph):
            lines = len(wrapped(block.text, RIGHT - LEFT, SIZE))
            if lines > SHORT or not isinstance(_next(blocks, number), (Paragraph, Pictures, Grid)):
                return height + min(lines, 4) * LINE
            height += lines * LINE + GAP
        else:
            return height + _beginning(block, drawn, figures)
    return height


def _next(blocks: Sequence[Block], number: int) -> Block | None:
    return blocks[number + 1] if number + 1 < len(blocks) else None


def _beginning(block: Block, drawn: Drawn, figures: int) -> float:
    if isinstance(block, Pictures):
        return next((row.height for row in picture_rows(block, drawn, figures)), 0.0)
    if isinstance(block, Grid):
        return least_of_grid(block, grid_lines(block))
    if isinstance(block, Facts) and block.rows:
        name, text = block.rows[0]
        return min(max(len(lines) for lines in fact_lines(name, text)), 12) * LINE
    return 4 * LINE


def fact_lines(name: str, text: str) -> tuple[list[str], list[str]]:
    """A fact's name and what it stands for, as lines."""
    return wrapped(name, NAMES - 8.0, SIZE, bold=True), wrapped(text, RIGHT - LEFT - NAMES, SIZE)
