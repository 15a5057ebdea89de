"""Drawing in a process of its own, so that neither matplotlib nor its work is in the window's process."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from workbench.figures.process.child import MOST, Answer, Request
from workbench.figures.process.wire import packed
from workbench.runs.confinement.children import STOPPED, start_module
from workbench.runs.confinement.framing import Frame, FrameError
from workbench.runs.confinement.line_host import PIPES, LineHost
from workbench.runs.files.patience import LOOK

if TYPE_CHECKING:
    from collections.abc import Generator

    from workbench.figures.page import Format, Page
    from workbench.figures.recipe import Recipe

Drawer: TypeAlias = "LineHost[tuple[Answer, bytes]]"

DRAWER = "the process that draws figures"
PATIENCE = 300.0  # seconds for a page: a process that takes longer hangs


class DrawingEnded(RuntimeError):
    """The process that draws is gone, and what to do."""


class Renderer:
    """Draws pages in a child process that is started with the first page and kept. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: Drawer | None = None
        self._closed = False

    def render(self, page: Page, kind: Format, recipe: Recipe | None = None) -> bytes:
        """The file of a page, with its recipe in it; one page at a time.

        ValueError: it cannot be drawn so; DrawingEnded: the process ended, by `close` or by itself, or did not answer.
        """
        steps = self.steps(page, kind, recipe)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                return bytes(done.value)

    def steps(self, page: Page, kind: Format, recipe: Recipe | None = None) -> Generator[None, None, bytes]:
        """As `render`, for `yield from`: it yields None again and again, and closing it ends the process."""
        work = Request(kind, None if recipe is None else recipe.to_json().decode())
        request = Frame(msgspec.json.encode(work), packed(page))
        while not self._lock.acquire(timeout=LOOK):
            yield
        try:
            answer, content = yield from self._answered(request)
        finally:
            self._lock.release()
        if answer.problem is not None:
            raise ValueError(answer.problem)
        return content

    def close(self) -> None:
        """End the process; a page under way is given up. Nothing is drawn afterwards."""
        self._closed = True
        child = self._child
        if child is not None:
            child.process.kill()
        with self._lock:
            self._let_go()

    def _answered(self, request: Frame) -> Generator[None, None, tuple[Answer, bytes]]:
        if self._closed:
            raise DrawingEnded("drawing has ended: the window is closing")
        child = self.start()
        try:
            return (yield from _awaited(child, request))
        except BaseException:
            self._let_go()
            raise

    def start(self) -> Drawer:
        if self._child is None or self._child.process.poll() is not None:
            self._let_go()
            self._child = LineHost(start_module("workbench.figures.process.child", **PIPES), _answer_in, MOST)
        return self._child

    def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _awaited(child: Drawer, request: Frame) -> Generator[None, None, tuple[Answer, bytes]]:
    """The answer of the process to a request. DrawingEnded: it is gone or stopped, or does not answer for long."""
    child.send(*request)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = child.receive(LOOK)
        except EOFError as error:
            raise DrawingEnded(f"{DRAWER} ended before it was done: try again") from error
        except FrameError as error:
            raise DrawingEnded(f"{DRAWER} {error}: try again") from error
        if answer is not None:
            return answer
        if child.is_stopped:
            raise DrawingEnded(f"{DRAWER} {STOPPED}: try again")
        if time.monotonic() > deadline:
            raise DrawingEnded(f"{DRAWER} did not answer within {PATIENCE:g} s: try again")
        yield


def _answer_in(frame: Frame) -> tuple[Answer, bytes]:
    return msgspec.json.decode(frame.line, type=Answer), frame.payload
