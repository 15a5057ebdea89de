"""In a PDF, a heading stands on the page of the figure or table that it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workbench.reports.blocks import Block, Code, Document, Facts, Grid, Heading, Paragraph, Picture, Pictures
from workbench.reports.measures import BOTTOM
from workbench.reports.pdf import Flow, flowed

PICTURE = Picture(None, " ".join(["A caption of several lines."] * 12), "name")  # type: ignore[arg-type]
DRAWN: Any = {PICTURE: SimpleNamespace(mediabox=SimpleNamespace(height=180.0))}
HEAD = Heading(3, "About")
LONG = Paragraph(" ".join(["Words that fill lines."] * 30))
GRID = Grid(("first row", "number"), tuple((f"row {number}", str(number)) for number in range(9)), "A table's caption.")


def after(lines: int, *blocks: Block) -> Flow:
    """A page on which there are so many lines already."""
    return flowed(Document("title", (Code(("x",) * lines), *blocks)), DRAWN)


def pages(flow: Flow) -> tuple[int, int]:
    """That of the heading, and that of the last figure or of the row of the table that comes sixth."""
    stamps = [page for page, sheet in enumerate(flow.sheets) if sheet.stamps]
    rows = [page for page, sheet in enumerate(flow.sheets) for text in sheet.texts if text[2] == "row 5"]
    return flow.marks[-1][2], (stamps or rows)[0]


@pytest.mark.parametrize(
    "blocks",
    [
        (HEAD, GRID),
        (HEAD, Pictures((PICTURE, PICTURE))),
        (HEAD, Paragraph("A sentence."), GRID),
        (Heading(2, "Above"), HEAD, Paragraph("A sentence."), Paragraph("Another."), Pictures((PICTURE,))),
    ],
    ids=["table", "figures", "sentence", "two"],
)
def test_wherever_a_heading_falls_what_it_is_about_is_on_its_page(blocks: tuple[Block, ...]) -> None:
    turned = 0
    for lines in range(58):
        flow = after(lines, *blocks)
        head, about = pages(flow)
        assert head == about, lines
        assert len({page for _, _, page in flow.marks}) == 1
        assert all(y >= BOTTOM - 1e-6 for sheet in flow.sheets for _, y, *_ in (*sheet.texts, *sheet.stamps))
        turned += head
    assert turned  # some of them did begin a page


def test_a_long_text_may_be_parted_but_begins_below_its_heading() -> None:
    for lines in range(58):
        flow = after(lines, HEAD, LONG, Facts((("1 fact", "said"),)))
        page = flow.marks[-1][2]
        texts = [text for _, _, text, _ in flow.sheets[page].texts]
        assert sum(text.startswith("Words") or "lines." in text for text in texts) >= 4, lines
    assert len(after(50, HEAD, LONG).sheets) == 2
