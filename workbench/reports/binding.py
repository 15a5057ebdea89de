"""A document as files: its figures drawn once, an HTML page and a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.page import Page
from workbench.figures.style import Style
from workbench.reports.blocks import Document, Picture, Pictures
from workbench.reports.html import html_page
from workbench.reports.pdf import pdf_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.page import Format

    Drawn = Mapping[Picture, Mapping[Format, bytes]]

WIDTH = 84.0  # millimetres of a figure: one column


def pages(document: Document) -> dict[Picture, Page]:
    """The pictures of a document, each a page to be drawn."""
    return {
        picture: Page((picture.figure,), Style(width=WIDTH))
        for block in document.blocks
        if isinstance(block, Pictures)
        for picture in block.pictures
    }


def drawn(document: Document) -> dict[Picture, dict[Format, bytes]]:
    """All of its pictures as SVG and PDF. Not for several threads at once."""
    return {picture: page.vectors() for picture, page in pages(document).items()}


def bound(document: Document, drawings: Drawn, names: tuple[str, str]) -> dict[str, bytes]:
    """The HTML page and the PDF by their file names."""
    svg, pdf = ({picture: files[kind] for picture, files in drawings.items()} for kind in ("svg", "pdf"))
    return {names[0]: html_page(document, svg), names[1]: pdf_pages(document, pdf)}
