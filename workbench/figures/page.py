"""One or several figures on one page, and the page as the bytes of a PDF, SVG or PNG file."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from workbench.figures.figure import width_of
from workbench.figures.style import MILLIMETRES, MOST_PIXELS, POINTS, Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.figures.figure import Figure

    Box = tuple[float, float, float, float]

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
TIMELESS: dict[Format, dict[str, None]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
NO_ROOM = "there is no room for all that: choose a larger page, a smaller font or fewer panels"
MOST = 12  # figures on a page


@dataclass(frozen=True)
class Page:
    """Figures side by side, in `columns` columns, with letters where there are several."""

    figures: tuple[Figure, ...]
    style: Style = field(default_factory=Style)
    columns: int | None = None  # None: one up to 120 mm, else two

    def __post_init__(self) -> None:
        if not 1 <= len(self.figures) <= MOST:
            raise ValueError(f"a page holds 1 to {MOST} figures, not {len(self.figures)}")

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns."""
        wanted = self.columns or (2 if self.style.width > 120.0 else 1)
        columns = min(max(wanted, 1), len(self.figures))
        return -(-len(self.figures) // columns), columns

    @property
    def heights(self) -> list[float]:
        """Of the rows in millimetres: as the figures take them, or as they share the height that is asked for."""
        rows, columns = self.grid
        wide = self.style.width / columns
        natural = [
            max(figure.aspect for figure in self.figures[row * columns : (row + 1) * columns]) * min(wide, 110.0)
            + self._head
            for row in range(rows)
        ]
        if self.style.height is None:
            return natural
        return [self.style.height * each / sum(natural) for each in natural]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return self.style.width, sum(self.heights)

    def drawn(self, dpi: float = POINTS, boxes: Sequence[Box] | None = None) -> Any:
        """The matplotlib figure, laid out. ValueError: there is no room for what is on it.

        Not for several threads at once: matplotlib's settings are global.
        `boxes`, as `boxes_of` gives them, say where everything lies, instead of looking for room anew.
        """
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas

        with rc_context(self.style.settings()):
            width, height = (length / MILLIMETRES for length in self.size)
            canvas = Canvas(figsize=(width, height), dpi=dpi, layout="constrained")
            rows, columns = self.grid
            ratios = [part for height in self.heights for part in (self._head, height - self._head)]
            canvas.subfigures(2 * rows, columns, squeeze=False, height_ratios=ratios)
            heads, parts = self._parts(canvas, 0), self.parts(canvas)
            for head, part, figure, letter in zip(heads, parts, self.figures, ascii_lowercase, strict=False):
                self._draw_head(head, figure, letter)
                figure.draw(part, self.style)
            if boxes is None:
                _find_room(canvas)
            _hold_still(canvas, boxes or boxes_of(canvas))
            for part, figure in zip(parts, self.figures, strict=False):
                figure.settle(part, self.style)
            return canvas

    def parts(self, canvas: Any) -> list[Any]:
        """The SubFigures of the drawn page's figures."""
        return self._parts(canvas, 1)[: len(self.figures)]

    def _parts(self, canvas: Any, which: int) -> list[Any]:
        """The heads (0) or the places of the figures (1), row by row."""
        rows, columns = self.grid
        return [part for row in range(rows) for part in canvas.subfigs[(2 * row + which) * columns :][:columns]]

    def bytes(self, kind: Format, metadata: Mapping[str, Any] | None = None) -> bytes:
        """The file: the same bytes for the same figures, style and metadata."""
        from matplotlib import rc_context

        self._must_fit(kind)
        stream = io.BytesIO()
        with rc_context(self.style.settings()):
            dpi = self.style.dpi if kind == "png" else POINTS
            self.drawn(dpi).savefig(stream, format=kind, dpi=dpi, metadata={**TIMELESS[kind], **(metadata or {})})
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
    canvas.set_layout_engine("none")
    count = len(canvas.subfigs)
    for part, edges in zip(canvas.subfigs, boxes[:count], strict=True):
        part.bbox_relative.set_points(np.reshape(edges, (2, 2)))
    for axes, (x0, y0, x1, y1) in zip(canvas.axes, boxes[count:], strict=True):
        axes.set_position((x0, y0, x1 - x0, y1 - y0))
        axes.apply_aspect()
