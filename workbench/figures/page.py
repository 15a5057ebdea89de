"""One or several figures on one page, and the page as the bytes of a PDF, SVG or PNG file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Literal, get_args

from workbench.figures.figure import width_of
from workbench.figures.style import MILLIMETRES, MOST_PIXELS, POINTS, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.figure import Figure

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
TIMELESS: dict[Format, dict[str, None]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
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

    def drawn(self, dpi: float = POINTS) -> Any:
        """The matplotlib figure, laid out. Not for several threads at once: matplotlib's settings are global."""
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas

        with rc_context(self.style.settings()):
            width, height = (length / MILLIMETRES for length in self.size)
            canvas = Canvas(figsize=(width, height), dpi=dpi, layout="constrained")
            rows, columns = self.grid
            ratios = [part for height in self.heights for part in (self._head, height - self._head)]
            parts = canvas.subfigures(2 * rows, columns, squeeze=False, height_ratios=ratios)
            heads, parts = parts[::2].ravel(), parts[1::2].ravel()
            for head, part, figure, letter in zip(heads, parts, self.figures, ascii_lowercase, strict=False):
                self._draw_head(head, figure, letter)
                figure.draw(part, self.style)
            canvas.draw_without_rendering()
            _hold_still(canvas)
            for part, figure in zip(parts, self.figures, strict=False):
                figure.settle(part, self.style)
            return canvas

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


def _hold_still(canvas: Any) -> None:
    """Keep the axes where the layout has put them, to a millionth: its last digits differ from time to time."""
    canvas.set_layout_engine("none")
    for part in canvas.subfigs:
        part.bbox_relative.set_points(part.bbox_relative.get_points().round(6))
    for axes in canvas.axes:
        axes.set_position([round(edge, 6) for edge in axes.get_position().bounds])
