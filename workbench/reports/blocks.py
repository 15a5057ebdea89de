"""What a report is made of, before it is a page or a PDF: plain data, so that both say the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from workbench.figures.figure import Figure


@dataclass(frozen=True)
class Heading:
    """Level 1 is the report's title, 2 a run, 3 a layer or another section."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Names with what they stand for."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table: the first column names the rows, the others hold numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Code:
    """Lines to be typed."""

    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure, and what it shows."""

    figure: Figure
    caption: str
    name: str  # of its file of numbers, without ending


@dataclass(frozen=True, eq=False)
class Pictures:
    """Figures side by side, two in a row."""

    pictures: tuple[Picture, ...]


Block: TypeAlias = Heading | Paragraph | Facts | Grid | Code | Pictures


@dataclass(frozen=True, eq=False)
class Document:
    """A whole report."""

    title: str
    blocks: tuple[Block, ...]
