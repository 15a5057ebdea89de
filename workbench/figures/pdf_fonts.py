"""Fonts in PDF files: only what a reader of PDF needs of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

UNUSED = ("GDEF", "GPOS", "GSUB", "MATH", "kern")  # tables for arranging letters: a PDF says where each one stands


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
