"""A document as files: its figures drawn once, an HTML page and a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from workbench.figures.page import Page
from workbench.figures.style import Style
from workbench.reports.blocks import Document, Picture, Pictures
from workbench.reports.html import html_page
from workbench.reports.pdf import pdf_pages, sheets_of
from workbench.reports.sheets import Sheets

if TYPE_CHECKING:
    from pypdf import PageObject

WIDTH = 84.0  # millimetres of a figure: one column


def pages(document: Document) -> dict[Picture, Page]:
    """The pictures of a document, each a page to be drawn."""
    return {
        picture: page_of(picture)
        for block in document.blocks
        if isinstance(block, Pictures)
        for picture in block.pictures
    }


def page_of(picture: Picture) -> Page:
    """How a picture is drawn in a report."""
    return Page((picture.figure,), Style(width=WIDTH))


class Drawn(Protocol):
    """Pictures that are drawn: their SVG files, and the pages of one PDF file of all."""

    svg: dict[Picture, bytes]

    def pdf(self) -> dict[Picture, PageObject]: ...


class Drawings:
    """Pictures as they are drawn, one after another: SVG files, and one PDF file of all. Not for several threads."""

    def __init__(self) -> None:
        self.svg: dict[Picture, bytes] = {}
        self._sheets = Sheets()

    def add(self, picture: Picture, page: Page) -> None:
        """Draw one."""
        self.svg[picture] = self._sheets.add(page)

    def pdf(self) -> dict[Picture, PageObject]:
        """The pages of the PDF file; nothing is added after."""
        return sheets_of(tuple(self.svg), self._sheets.pdf()) if self.svg else {}


def drawn(document: Document) -> Drawings:
    """All of its pictures. Not for several threads at once."""
    drawings = Drawings()
    for picture, page in pages(document).items():
        drawings.add(picture, page)
    return drawings


def bound(document: Document, drawings: Drawn, names: tuple[str, str]) -> dict[str, bytes]:
    """The HTML page and the PDF by their file names."""
    return {names[0]: html_page(document, drawings.svg), names[1]: pdf_pages(document, drawings.pdf())}
