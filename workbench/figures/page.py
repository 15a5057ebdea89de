"""One or several figures on one page, and the page as the bytes of a PDF, SVG or PNG file."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from workbench.figures.figure import text_width, width_of
from workbench.figures.labels import shorter_and_shorter
from workbench.figures.style import MILLIMETRES, MOST_PIXELS, POINTS, Style

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.figures.figure import Figure

    Box = tuple[float, float, float, float]

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
TIMELESS: dict[Format, dict[str, None]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
UNUSED = ("GDEF", "GPOS", "GSUB", "MATH", "kern")  # tables for arranging letters: a PDF says where each one stands
NO_ROOM = "the page has no room for all of this: choose a larger page, a smaller font or fewer panels"
MOST = 12  # figures on a page
MOST_COLUMNS = 4
SHAPE = 1.4  # the width of a figure that suits its height
FLAT = 0.5  # height over width of a figure that suits the whole width of a page
LINE = 1.4  # times the font
PICTURE = 2.0  # lines of text that the lowest picture is high


@dataclass(frozen=True)
class Page:
    """Figures side by side, in `columns` columns, with letters where there are several."""

    figures: tuple[Figure, ...]
    style: Style = field(default_factory=Style)
    columns: int | None = None  # None: those that suit it

    def __post_init__(self) -> None:
        if not 1 <= len(self.figures) <= MOST:
            raise ValueError(f"a page holds 1 to {MOST} figures, not {len(self.figures)}")

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns."""
        columns = min(max(self.columns or self._suiting_columns(), 1), len(self.figures))
        return -(-len(self.figures) // columns), columns

    def _suiting_columns(self) -> int:
        """With which the figures become largest; if no height is given, one up to 120 mm, else two."""
        width, height = self.style.width, self.style.height
        if height is None:
            return 2 if width > 120.0 else 1

        def room(columns: int) -> float:
            return min(width / columns, SHAPE * height / -(-len(self.figures) // columns))

        return max(range(1, MOST_COLUMNS + 1), key=room)

    def _place(self, number: int) -> tuple[int, slice]:
        """The row and the columns of a figure; a flat one that is alone in the last row has all of it."""
        _, columns = self.grid
        row, column = divmod(number, columns)
        alone = column == 0 and number == len(self.figures) - 1 and self.figures[number].aspect <= FLAT
        return row, slice(column, columns if alone else column + 1)

    @property
    def heights(self) -> list[float]:
        """Of the rows in millimetres: as the figures take them, or as they share the height that is asked for.

        Text keeps its height, and so does the least of a picture; the pictures share the rest.
        """
        rows, columns = self.grid
        natural, text = [self._head] * rows, [self._head] * rows
        for number, figure in enumerate(self.figures):
            row, across = self._place(number)
            wide = self.style.width / columns * len(range(columns)[across])
            natural[row] = max(natural[row], self._head + self._natural_height(figure, wide))
            lines = (figure.lines + PICTURE) * LINE * self.style.font
            text[row] = max(text[row], self._head + lines / POINTS * MILLIMETRES)
        if self.style.height is None:
            return natural
        text = [min(pair) for pair in zip(text, natural, strict=True)]
        loose, left = sum(natural) - sum(text), self.style.height - sum(text)
        if loose <= 0.0 or left <= 0.0:
            return [self.style.height * each / sum(natural) for each in natural]
        return [least + (most - least) * left / loose for least, most in zip(text, natural, strict=True)]

    def _natural_height(self, figure: Figure, wide: float) -> float:
        """The height of a figure, in millimetres like its width: what it is made of takes it, or its shape says so."""
        height_at = getattr(figure, "height_at", None)
        if height_at is None:
            return figure.aspect * min(wide, 110.0)
        return float(height_at(wide / MILLIMETRES * POINTS, self.style.font)) / POINTS * MILLIMETRES

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return self.style.width, sum(self.heights)

    def drawn(self, dpi: float = POINTS, boxes: Sequence[Box] | None = None) -> Any:
        """The matplotlib figure, laid out. ValueError: there is no room for what is on it.

        Not for several threads at once: matplotlib's settings are global.
        `boxes`, as `boxes_of` gives them, say where everything is; otherwise room is searched for again.
        """
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas

        with rc_context(self.style.settings()):
            width, height = (length / MILLIMETRES for length in self.size)
            canvas = Canvas(figsize=(width, height), dpi=dpi, layout="constrained")
            rows, columns = self.grid
            ratios = [part for height in self.heights for part in (self._head, height - self._head)]
            grid = canvas.add_gridspec(2 * rows, columns, height_ratios=ratios)
            for number, (figure, letter) in enumerate(zip(self.figures, ascii_lowercase, strict=False)):
                row, across = self._place(number)
                self._draw_head(canvas.add_subfigure(grid[2 * row, across]), figure, letter)
                figure.draw(canvas.add_subfigure(grid[2 * row + 1, across]), self.style)
            if boxes is None:
                _find_room(canvas)
            _hold_still(canvas, boxes or boxes_of(canvas))
            for part, figure in zip(self.parts(canvas), self.figures, strict=True):
                figure.settle(part, self.style)
                _shorten_labels(part)
            return canvas

    def parts(self, canvas: Any) -> list[Any]:
        """The SubFigures of the drawn page's figures; each comes after that of its letter and title."""
        return list(canvas.subfigs[1::2])

    def bytes(self, kind: Format, metadata: Mapping[str, Any] | None = None) -> bytes:
        """The file: the same bytes for the same figures, style and metadata."""
        self._must_fit(kind)
        dpi = self.style.dpi if kind == "png" else POINTS
        return self.saved(self.drawn(dpi), kind, dpi, metadata or {})

    def saved(
        self, canvas: Any, kind: Format, dpi: float = POINTS, metadata: Mapping[str, Any] | None = None
    ) -> builtins.bytes:
        """The file of what `drawn` gave."""
        from matplotlib import rc_context

        stream = io.BytesIO()
        with rc_context(self.style.settings()), plain_fonts():
            canvas.savefig(stream, format=kind, dpi=dpi, metadata={**TIMELESS[kind], **(metadata or {})})
        return stream.getvalue()

    @property
    def _lettered(self) -> bool:
        return self.style.letters and len(self.figures) > 1

    @property
    def _head(self) -> float:
        """The height of the strip with letter and title above each figure, in millimetres."""
        return 1.7 * self.style.font / POINTS * MILLIMETRES if self._lettered or self.style.titles else 0.01

    def _draw_head(self, head: Any, figure: Figure, letter: str) -> None:
        size = self.style.font
        indent = 0.4 * size / width_of(head)
        if self._lettered:
            head.text(indent, 0.4, letter, fontweight="bold", fontsize=1.15 * size, va="center")
            indent += 1.6 * size / width_of(head)
        if self.style.titles:
            head.text(indent, 0.4, figure.title, fontsize=size, va="center", parse_math=False)

    def _must_fit(self, kind: Format) -> None:
        width, height = (length / MILLIMETRES * self.style.dpi for length in self.size)
        if kind == "png" and width * height > MOST_PIXELS:
            raise ValueError(
                f"a picture of {width:,.0f} × {height:,.0f} pixels is too large: choose fewer dpi, or PDF or SVG"
            )


def boxes_of(canvas: Any) -> tuple[Box, ...]:
    """Where the parts of a laid-out page lie in it, and the axes in their parts: (x0, y0, x1, y1) each.

    To a millionth: the last digits of a layout differ from time to time.
    """
    places = [part.bbox_relative for part in canvas.subfigs]
    places += [axes.get_position(original=True) for axes in canvas.axes]
    return tuple(tuple(place.extents.round(6).tolist()) for place in places)


def _shorten_labels(part: Any) -> None:
    """Labels at the left that are longer than their axes say less."""
    for axes in part.axes:
        label = axes.yaxis.label
        room = axes.bbox.height / part.get_figure(root=True).dpi * POINTS + label.get_size() / 2.0
        texts = shorter_and_shorter(label.get_text())
        label.set_text(next((text for text in texts if text_width(text, label.get_size()) <= room), ""))


def _find_room(canvas: Any) -> None:
    """Lay everything out. ValueError where there is no room."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="constrained_layout not applied", category=UserWarning)
        try:
            canvas.draw_without_rendering()
        except UserWarning as warning:
            raise ValueError(NO_ROOM) from warning


def _hold_still(canvas: Any, boxes: Sequence[Box]) -> None:
    """Put everything where `boxes` say, to stay there."""
    canvas.set_layout_engine(None)  # with a placeholder in its stead each file is drawn twice
    count = len(canvas.subfigs)
    for part, edges in zip(canvas.subfigs, boxes[:count], strict=True):
        part.bbox_relative.set_points(np.reshape(edges, (2, 2)))
    for axes, (x0, y0, x1, y1) in zip(canvas.axes, boxes[count:], strict=True):
        axes.set_position((x0, y0, x1 - x0, y1 - y0))
        axes.apply_aspect()


@contextmanager
def plain_fonts() -> Iterator[None]:
    """Leave `UNUSED` tables out of the fonts that matplotlib embeds: reading them takes longer than all the rest.

    Not for several threads at once: what matplotlib asks for its fonts is global.
    """
    from fontTools import subset  # comes with matplotlib

    class Plain(subset.Options):  # type: ignore[misc]
        drop_tables: list[str]

        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.drop_tables += UNUSED

    before, subset.Options = subset.Options, Plain
    try:
        yield
    finally:
        subset.Options = before
