"""Drawing in a process of its own, so that neither matplotlib nor its work is in the window's process."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from workbench.figures.child import DONE, requests, send
from workbench.figures.wire import packed
from workbench.runs.children import PIPE, start_module

if TYPE_CHECKING:
    from workbench.figures.page import Format, Page
    from workbench.figures.recipe import Recipe
    from workbench.runs.children import Process


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

        ValueError: it cannot be drawn so; DrawingEnded: the process ended, by `close` or by itself.
        """
        text = None if recipe is None else recipe.to_json()
        request = packed({"page": page, "format": kind, "recipe": text})
        with self._lock:
            answer = self._asked(request)
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

    def _asked(self, request: bytes) -> bytes:
        if self._closed:
            raise DrawingEnded("nothing is drawn any more: the window is closing")
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            send(child.stdin, request)
            return next(requests(child.stdout))
        except (OSError, ValueError, StopIteration) as error:
            self._let_go()
            raise DrawingEnded("the process that draws figures ended before it was done: try again") from error

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
