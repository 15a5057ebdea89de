"""Drawing in a process of its own, so that neither matplotlib nor its work is in the window's process."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from workbench.figures.child import DONE, requests, send
from workbench.figures.wire import packed
from workbench.runs.confinement.children import PIPE, STOPPED, is_stopped, start_module
from workbench.runs.files.patience import LOOK, patiently

if TYPE_CHECKING:
    from collections.abc import Generator

    from workbench.figures.page import Format, Page
    from workbench.figures.recipe import Recipe
    from workbench.runs.confinement.children import Process

DRAWER = "the process that draws figures"
PATIENCE = 300.0  # seconds for a page: a process that takes longer hangs


class DrawingEnded(RuntimeError):
    """The process that draws is gone, and what to do."""


class Renderer:
    """Draws pages in a child process that is started with the first page and kept. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._child: Process | None = None
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
        text = None if recipe is None else recipe.to_json()
        request = packed({"page": page, "format": kind, "recipe": text})
        while not self._lock.acquire(timeout=LOOK):
            yield
        try:
            answer = yield from self._answered(request)
        finally:
            self._lock.release()
        if answer[:1] != DONE:
            raise ValueError(answer[1:].decode(errors="replace") or "the figure cannot be drawn")
        return answer[1:]

    def close(self) -> None:
        """End the process; a page under way is given up. Nothing is drawn afterwards."""
        self._closed = True
        child = self._child
        if child is not None:
            child.kill()
            child.wait()
        with self._lock:
            self._let_go()

    def _answered(self, request: bytes) -> Generator[None, None, bytes]:
        if self._closed:
            raise DrawingEnded("drawing has ended: the window is closing")
        child = self._started()
        try:
            return (yield from _watched(child, request))
        except BaseException as error:
            self._let_go()
            if isinstance(error, OSError | ValueError | EOFError):
                raise DrawingEnded(f"{DRAWER} ended before it was done: try again") from error
            raise

    def _started(self) -> Process:
        if self._child is None or self._child.poll() is not None:
            self._let_go()
            self._child = start_module("workbench.figures.child", stdin=PIPE, stdout=PIPE)
        return self._child

    def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:  # what was not sent yet has nowhere to go
                        continue


def _watched(child: Process, request: bytes) -> Generator[None, None, bytes]:
    """The answer of the process to a request. DrawingEnded: it is stopped, or does not answer for long."""
    exchange = patiently(partial(_exchanged, child, request), DRAWER, PATIENCE)
    while True:
        try:
            next(exchange)
        except StopIteration as done:
            return bytes(done.value)
        except TimeoutError as late:
            raise DrawingEnded(f"{DRAWER} did not answer within {PATIENCE:g} s: try again") from late
        if is_stopped(child):
            raise DrawingEnded(f"{DRAWER} {STOPPED}: try again")
        yield


def _exchanged(child: Process, request: bytes) -> bytes:
    """The answer of the process to a request. EOFError: it ended before it gave one."""
    assert child.stdin is not None
    assert child.stdout is not None
    send(child.stdin, request)
    answer = next(requests(child.stdout), None)
    if answer is None:
        raise EOFError
    return answer
