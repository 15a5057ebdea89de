"""Pages in one PDF file, which share their fonts: to choose a font's letters takes longer than to draw most figures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from workbench.figures.page import TIMELESS, plain_fonts
from workbench.figures.style import POINTS, Style

if TYPE_CHECKING:
    from workbench.figures.page import Page


class Sheets:
    """Pages of figures, drawn one after another: each an SVG file of its own, and all of them in one PDF file.

    Not for several threads at once, as `Page.drawn`.
    """

    def __init__(self) -> None:
        from matplotlib.backends.backend_pdf import PdfPages

        self._stream = io.BytesIO()
        self._pages: Any = PdfPages(self._stream, metadata=TIMELESS["pdf"])

    def add(self, page: Page) -> bytes:
        """Draw a page as the next one of the PDF file; its SVG file comes back, as `Page.bytes` gives it."""
        from matplotlib import rc_context

        canvas = page.drawn()
        with rc_context(page.style.settings()):
            self._pages.savefig(canvas, dpi=POINTS)
        return page.saved(canvas, "svg")

    def pdf(self) -> bytes:
        """The PDF file, of which the pages are in the order in which they were added; nothing is added after."""
        from matplotlib import rc_context

        with rc_context(Style().settings()), plain_fonts():
            self._pages.close()
        return self._stream.getvalue()
