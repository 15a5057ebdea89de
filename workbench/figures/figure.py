"""What every figure is: plain data that draws itself for print and knows its numbers as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TextIO, TypeAlias

import numpy as np

from workbench.figures.style import DASHES, POINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.figures.looks import Look
    from workbench.figures.style import Style

Cell: TypeAlias = str | int | float | None
Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Ints: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
LEGEND = 0.3  # of a figure's height that long entries of its legend may take
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a table that opens a cell beginning so may compute it


@dataclass(frozen=True)
class Table:
    """The numbers of a figure: what each column is, with its unit, and the rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def text(self, separator: str = ",") -> str:
        """The table as CSV, every digit kept; what is not known is empty. Text that looks like a formula gets a ’."""
        stream = io.StringIO()
        write_csv(stream, self.columns, self.rows, delimiter=separator, lineterminator="\n")
        return stream.getvalue()


class Figure(Protocol):
    """One figure. A figure is frozen plain data (numbers, texts, arrays), so that it can go to another process."""

    kind: ClassVar[str]

    @property
    def title(self) -> str:
        """The run, layer and epoch."""

    @property
    def aspect(self) -> float:
        """Height over width, if no height is given."""

    @property
    def lines(self) -> float:
        """The lines of text above one another that take their height however flat the figure is."""

    def draw(self, part: Any, style: Style) -> None:
        """Draw into a matplotlib SubFigure, which is empty."""

    def settle(self, part: Any, style: Style) -> None:
        """Draw what depends on where the axes came to lie: called when they have been laid out."""

    def table(self) -> Table:
        """What is drawn, as numbers."""


def line_options(look: Look, style: Style) -> dict[str, Any]:
    """matplotlib's options for a curve of this look."""
    return {"color": style.colours.line(look.colour), "linestyle": DASHES[look.dash]}


def legend(part: Any, handles: Iterable[Any], style: Style, place: str = "outside upper left", title: str = "") -> Any:
    """A legend that covers nothing, with as many columns as the width has room for; None without entries."""
    from matplotlib.container import Container
    from matplotlib.legend_handler import HandlerTuple

    entries = list(handles)  # samples next to one another are a tuple; a container has them upon one another
    if not entries:
        return None
    size = 0.9 * style.font
    labels = [(entry if hasattr(entry, "get_label") else entry[0]).get_label() for entry in entries]
    widths = [text_width(label, size) + 2.3 * size for label in labels]  # the sample and its gap
    room = width_of(part) - 1.5 * size
    columns = next(count for count in range(len(widths), 0, -1) if count == 1 or _fits(widths, count, room, size))
    titled = {"title": title, "title_fontsize": size, "alignment": "left"} if title else {}
    handlers: Any = {tuple: HandlerTuple(ndivide=None, pad=0.0), Container: HandlerTuple()}
    return part.legend(handles=entries, labels=labels, loc=place, ncols=columns, handler_map=handlers, **titled)


def has_room(part: Any, texts: Sequence[str], style: Style) -> bool:
    """Whether a legend of these texts below one another is no wider than the figure and takes little of its height."""
    size = 0.9 * style.font
    widest = max((text_width(text, size) for text in texts), default=0.0)
    return widest + 3.5 * size <= width_of(part) and 1.5 * size * len(texts) <= LEGEND * height_of(part)


def width_of(part: Any) -> float:
    """The width of a SubFigure in points."""
    return float(part.bbox.width / part.get_figure(root=True).dpi * POINTS)


def height_of(part: Any) -> float:
    """The height of a SubFigure in points."""
    return float(part.bbox.height / part.get_figure(root=True).dpi * POINTS)


def text_width(text: str, size: float) -> float:
    """The width of a text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0])


def _fits(widths: list[float], columns: int, room: float, size: float) -> bool:
    """Whether a legend filled column by column is no wider than there is room."""
    rows, longer = divmod(len(widths), columns)
    heights = [rows + (number < longer) for number in range(columns)]
    starts = [sum(heights[:number]) for number in range(columns)]
    taken = [max(widths[start : start + height]) for start, height in zip(starts, heights, strict=True)]
    return sum(taken) + 1.2 * size * (columns - 1) <= room


def write_csv(stream: TextIO, columns: Iterable[str], rows: Iterable[Iterable[Any]], **form: Any) -> None:
    """Write a table as CSV, every digit kept; what is not known is empty. Text that looks like a formula gets a ’."""
    writer = csv.writer(stream, **form)
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULAS) else value
    return repr(value) if isinstance(value, float) else str(value)
