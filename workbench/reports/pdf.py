"""A report as a PDF: pages of real text, with the figures on them as vectors."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.figures.page import plain_fonts
from workbench.figures.style import POINTS, Style
from workbench.reports.blocks import Code, Facts, Grid, Heading, Paragraph, Pictures
from workbench.reports.lines import bold_width, elided, text_width, wrapped
from workbench.reports.measures import (
    BEFORE,
    BOTTOM,
    CAPTION,
    COLUMN,
    GAP,
    HEADS,
    HEIGHT,
    LEADING,
    LEFT,
    NAMES,
    RIGHT,
    SIZE,
    TOP,
    UNDER,
    WIDTH,
    fact_lines,
    grid_lines,
    heading_lines,
    kept_with_heading,
    least_of_grid,
    picture_rows,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pypdf import PageObject, PdfWriter

    from workbench.reports.blocks import Document, Picture
    from workbench.reports.measures import Drawn

FAINT = "#666666"


@dataclass
class _Sheet:
    """One page as it fills: texts and lines, and figures with the place of their lower left corner."""

    texts: list[tuple[float, float, str, dict[str, Any]]] = field(default_factory=list)
    rules: list[tuple[float, float, float, str]] = field(default_factory=list)  # x0, x1, y, colour
    stamps: list[tuple[float, float, PageObject]] = field(default_factory=list)


class Flow:
    """Puts blocks one below the other, on as many pages as they take."""

    def __init__(self) -> None:
        self.sheets: list[_Sheet] = []
        self.marks: list[tuple[str, int, int]] = []  # heading, its level, its page
        self.y = 0.0
        self.turn()

    @property
    def sheet(self) -> _Sheet:
        return self.sheets[-1]

    def turn(self) -> None:
        """Begin a page."""
        self.sheets.append(_Sheet())
        self.y = TOP

    def need(self, height: float) -> None:
        """Begin a page where this one has not so much room left."""
        if self.y - height < BOTTOM and self.y < TOP:
            self.turn()

    def skip(self, height: float) -> None:
        """Leave room, but not at the top of a page."""
        self.y -= height if self.y < TOP else 0.0

    def lines(self, lines: Sequence[str], x: float = LEFT, size: float = SIZE, **look: Any) -> None:
        """Lines of text from here on."""
        for line in lines:
            self.need(size * LEADING)
            self.y -= size * LEADING
            self.sheet.texts.append((x, self.y, line, {"fontsize": size, **look}))


def pdf_pages(document: Document, drawn: Drawn) -> bytes:
    """The PDF; `drawn` are the figures as pages of a PDF file, 84 mm wide (see `sheets_of`)."""
    return _bound(document.title, flowed(document, drawn))


def flowed(document: Document, drawn: Drawn) -> Flow:
    """Where everything stands, page by page."""
    flow, figures = Flow(), 0
    for number, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            _put_heading(flow, block, keep=kept_with_heading(document.blocks[number + 1 :], drawn, figures))
        elif isinstance(block, Paragraph):
            flow.lines(wrapped(block.text, RIGHT - LEFT, SIZE))
        elif isinstance(block, Facts):
            _put_facts(flow, block)
        elif isinstance(block, Grid):
            _put_grid(flow, block)
        elif isinstance(block, Code):
            _put_code(flow, block)
        else:
            figures = _put_pictures(flow, block, drawn, figures)
        flow.skip(GAP)
    return flow


def sheets_of(pictures: Sequence[Picture], content: bytes) -> dict[Picture, PageObject]:
    """The pages of a PDF file that has one for each picture."""
    from pypdf import PdfReader

    return dict(zip(pictures, PdfReader(io.BytesIO(content)).pages, strict=True))


def _put_heading(flow: Flow, block: Heading, keep: float) -> None:
    size = HEADS[block.level]
    flow.skip(size * BEFORE)
    lines = heading_lines(block)
    flow.need(len(lines) * size * LEADING + GAP + keep)
    flow.marks.append((block.text, block.level, len(flow.sheets) - 1))
    flow.lines(lines, size=size, fontweight="bold")


def _put_facts(flow: Flow, block: Facts) -> None:
    for name, text in block.rows:
        names, lines = fact_lines(name, text)
        flow.need(min(max(len(lines), len(names)), 12) * SIZE * LEADING)
        sheet, y = len(flow.sheets), flow.y
        flow.lines(names, fontweight="bold")
        ends = flow.y
        if len(flow.sheets) == sheet:
            flow.y = y
        flow.lines(lines, x=LEFT + NAMES)
        flow.y = min(flow.y, ends) if len(flow.sheets) == sheet else flow.y
        flow.y -= 0.3 * SIZE


def _put_code(flow: Flow, block: Code) -> None:
    for line in block.lines:
        flow.lines(wrapped(line, RIGHT - LEFT, SIZE, mono=True), family="DejaVu Sans Mono")


def _put_grid(flow: Flow, block: Grid) -> None:
    laid = grid_lines(block)
    size, widths, step, deep = laid.size, laid.widths, laid.step, laid.deep
    flow.need(least_of_grid(block, laid))
    flow.lines(laid.caption)
    edges = [LEFT + sum(widths[:count]) for count in range(len(widths) + 1)]
    flow.y -= deep * step
    for column, lines in enumerate(laid.heads):
        for up, line in enumerate(reversed(lines)):
            _put_cell(flow, column, edges, line, size, flow.y + up * step, fontweight="bold")
    flow.sheet.rules.append((LEFT, edges[-1], flow.y - 0.35 * size, "#888888"))
    flow.y -= 0.35 * size
    for row in block.rows:
        flow.need(step)
        flow.y -= step
        for column, cell in enumerate(row):
            _put_cell(flow, column, edges, elided(cell, widths[column], size), size, flow.y)
        flow.sheet.rules.append((LEFT, edges[-1], flow.y - 0.35 * size, "#e0e0e0"))
        flow.y -= 0.1 * size


def _put_cell(flow: Flow, column: int, edges: Sequence[float], text: str, size: float, y: float, **look: Any) -> None:
    """The first column stands at its left edge, numbers at their right one."""
    measure = bold_width if look else text_width
    x = edges[0] if column == 0 else edges[column + 1] - measure(text, size)
    flow.sheet.texts.append((x, y, text, {"fontsize": size, **look}))


def _put_pictures(flow: Flow, block: Pictures, drawn: Drawn, before: int) -> int:
    """Two in a row, each with its caption below; the number of the last figure."""
    for row in picture_rows(block, drawn, before):
        flow.need(row.height)
        for side, (picture, lines, height) in enumerate(zip(row.pictures, row.captions, row.heights, strict=True)):
            x = LEFT if side == 0 else RIGHT - COLUMN
            flow.sheet.stamps.append((x, flow.y - row.tall + (row.tall - height) / 2, drawn[picture]))
            for down, line in enumerate(lines):
                y = flow.y - row.tall - UNDER - (down + 1) * CAPTION * LEADING
                flow.sheet.texts.append((x, y, line, {"fontsize": CAPTION}))
        flow.y -= row.height + GAP
    return before + len(block.pictures)


# --- from sheets to a file ---


def _bound(title: str, flow: Flow) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(_texts(title, flow)))
    figures = 0
    for sheet, page in zip(flow.sheets, writer.pages, strict=True):
        for x, y, figure in sheet.stamps:
            figures += 1
            _stamp(writer, page, figure, f"/Figure{figures}", x, y)
    parents: dict[int, Any] = {}
    for text, level, page_number in flow.marks:
        parent = parents.get(level - 1)
        parents[level] = writer.add_outline_item(title=text, page_number=page_number, parent=parent)
    writer.add_metadata({"/Title": title, "/Producer": "workbench, matplotlib"})
    writer.compress_identical_objects()
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _stamp(writer: PdfWriter, page: PageObject, figure: PageObject, name: str, x: float, y: float) -> None:
    """Put a figure on a page as a form, whose content need not be read for that."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

    content: Any = figure["/Contents"]
    form = content.get_object().clone(writer)
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(figure.mediabox)
    form[NameObject("/Resources")] = figure["/Resources"].clone(writer)  # those of all figures are one object
    resources: Any = page["/Resources"].get_object()
    forms = resources.setdefault(NameObject("/XObject"), DictionaryObject()).get_object()
    forms[NameObject(name)] = form.indirect_reference
    placed = DecodedStreamObject()
    placed.set_data(f"q 1 0 0 1 {x:.4f} {y:.4f} cm {name} Do Q\n".encode())
    own = page.raw_get("/Contents")
    before = list(own) if isinstance(own, ArrayObject) else [own]
    page[NameObject("/Contents")] = ArrayObject([*before, writer._add_object(placed)])


def _texts(title: str, flow: Flow) -> bytes:
    """A PDF with the texts and lines of every sheet."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure as Canvas
    from matplotlib.lines import Line2D

    stream = io.BytesIO()
    timeless = {"CreationDate": None}
    with rc_context(Style().settings()), plain_fonts(), PdfPages(stream, metadata=timeless) as pages:
        for number, sheet in enumerate(flow.sheets):
            canvas = Canvas(figsize=(WIDTH / POINTS, HEIGHT / POINTS), dpi=POINTS)
            foot = BOTTOM - 2.2 * SIZE
            canvas.text(LEFT / WIDTH, foot / HEIGHT, fitted_title(title), fontsize=8.0, color=FAINT, parse_math=False)
            count = f"{number + 1} of {len(flow.sheets)}"
            canvas.text(RIGHT / WIDTH, foot / HEIGHT, count, fontsize=8.0, color=FAINT, ha="right")
            for x, y, text, look in sheet.texts:
                canvas.text(x / WIDTH, y / HEIGHT, text, parse_math=False, **look)
            for x0, x1, y, colour in sheet.rules:
                ends = [x0 / WIDTH, x1 / WIDTH], [y / HEIGHT] * 2
                canvas.add_artist(Line2D(*ends, color=colour, linewidth=0.6))
            pages.savefig(canvas)
    return stream.getvalue()


def fitted_title(title: str) -> str:
    """The title in the one line that the foot of a page has for it."""
    first, *more = wrapped(title, RIGHT - LEFT - 60.0, 8.0)
    return f"{first} …" if more else first
