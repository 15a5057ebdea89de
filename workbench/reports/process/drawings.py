"""Drawings that a process of its own makes, while the next layer is measured here."""

from __future__ import annotations

import io
import time
from hashlib import sha256
from typing import TYPE_CHECKING

from workbench.figures.process.child import MOST
from workbench.figures.process.renderer import PATIENCE
from workbench.figures.process.wire import UnknownFigure, packed
from workbench.reports.binding import Drawings
from workbench.runs.confinement.children import start_module
from workbench.runs.confinement.framing import FrameError
from workbench.runs.confinement.line_host import PIPES, LineHost
from workbench.runs.files.patience import LOOK

if TYPE_CHECKING:
    from pypdf import PageObject

    from workbench.figures.page import Page
    from workbench.reports.blocks import Picture
    from workbench.runs.confinement.framing import Frame


class _Gone(RuntimeError):
    """The process cannot be started, has ended, or does not answer."""


class DrawingsBeside:
    """What `Drawings` makes, begun before it is added: a page is drawn once, in the order of `begin`.

    Where the process fails, all is drawn here, which also says why something cannot be drawn.
    """

    def __init__(self) -> None:
        self.svg: dict[Picture, bytes] = {}
        self._pages: dict[Picture, Page] = {}  # those that were added
        self._numbers: dict[bytes, int] = {}  # of the pages that were begun, by their content
        self._answers: list[bytes] = []  # the SVG files of those that are done
        self._child: LineHost[bytes] | None = None
        self._here: Drawings | None = None  # instead of the process

    def begin(self, page: Page) -> None:
        """Have a page drawn that will be added; returns at once."""
        if self._here is None:
            try:
                self._number(page)
            except _Gone:
                self._draw_here()

    def add(self, picture: Picture, page: Page) -> None:
        """Wait for the drawing of one. ValueError: it cannot be drawn."""
        self._pages[picture] = page
        if self._here is not None:
            self._here.add(picture, page)
            return
        try:
            self.svg[picture] = self._answered(self._number(page))
        except _Gone:
            self._draw_here()

    def pdf(self) -> dict[Picture, PageObject]:
        """The pages of the PDF file; nothing is added after."""
        if self._here is None and self._child is not None:
            try:
                self._answered(len(self._numbers) - 1)
                self._child.send(b"{}")
                sheets = _pages_in(self._next())
                return {picture: sheets[self._number(page)] for picture, page in self._pages.items()}
            except _Gone:
                self._draw_here()
        return {} if self._here is None else self._here.pdf()

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._child is not None:
            self._child.end()

    def _number(self, page: Page) -> int:
        """Which page of the PDF file it is, or becomes with this."""
        try:
            content = packed(page)
            if self._child is None:
                self._child = LineHost(start_module("workbench.reports.process.child", **PIPES), _payload, MOST)
        except (UnknownFigure, OSError) as error:
            raise _Gone from error
        key = sha256(content).digest()
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers)
            self._child.send(b"{}", content)
        return self._numbers[key]

    def _answered(self, number: int) -> bytes:
        while len(self._answers) <= number:
            self._answers.append(self._next())
        return self._answers[number]

    def _next(self) -> bytes:
        """What the process answers next."""
        child, deadline = self._child, time.monotonic() + PATIENCE
        while child is not None and not child.is_stopped and time.monotonic() < deadline:
            try:
                answer = child.receive(LOOK)
            except (EOFError, FrameError) as error:
                raise _Gone from error
            if answer is not None:
                return answer
        raise _Gone

    def _draw_here(self) -> None:
        """Everything that was added, anew, and what will be."""
        self.close()
        self._here = Drawings()
        self.svg = self._here.svg
        for picture, page in self._pages.items():
            self._here.add(picture, page)


def _payload(frame: Frame) -> bytes:
    return frame.payload


def _pages_in(content: bytes) -> list[PageObject]:
    from pypdf import PdfReader

    return list(PdfReader(io.BytesIO(content)).pages)
