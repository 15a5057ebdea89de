"""Loads modules before they are needed: those that hold no Qt on another thread, the others on the GUI thread.

PySide keeps what it knows of its classes in a table without a lock. A class that another thread makes while Qt looks
one up on the GUI thread can end the process (PySide 6.10: one start in forty). So every class of Qt is made on the GUI
thread, one module in a turn: what is waiting is painted in between.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from workbench.gui.background import paint_queue
from workbench.gui.background.errors import log
from workbench.gui.background.latest import submit
from workbench.gui.background.loading import gently
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import ThreadPoolExecutor


class Preloading(QObject):
    """Loads the modules `beside` on a thread of the pool, then all of the `packages` on the GUI thread.

    A module that cannot be loaded is left out: whoever needs it says what is missing. `is_closing` ends it early.
    """

    def __init__(
        self,
        beside: Sequence[str],
        packages: Sequence[str],
        pool: ThreadPoolExecutor,
        is_closing: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._beside, self._pool, self._is_closing = beside, pool, is_closing
        self._modules = _modules_of(packages)
        self._turns = paint_queue.of_application()
        self._begun = False
        self._waiting: list[Callable[[], object]] | None = []  # None: all is loaded

    def begin(self) -> None:
        """Load them, if nobody has begun to."""
        if not self._begun:
            self._begun = True
            submit(self._pool, self._load_beside, self._on_failed)

    def then(self, do: Callable[[], object]) -> None:
        """Call `do` on the GUI thread when all is loaded, at once where it is, or when the window is closing."""
        if self._waiting is None:
            do()
        else:
            self._waiting.append(do)
            self.begin()

    def _load_beside(self) -> None:
        with gently():
            for name in self._beside:
                import_module(name)
        self._turns.call(self._load_next)

    def _on_failed(self, error: Exception) -> None:
        log.warning("not everything could be loaded in advance: %s", in_words(error))
        self._turns.call(self._load_next)

    def _load_next(self) -> None:
        if not isValid(self):  # the window is gone, and with it everybody who waits
            return
        missing = (name for name in self._modules if name not in sys.modules)
        name = None if self._is_closing() else next(missing, None)
        if name is None:
            self._finish()
            return
        try:
            with gently():
                import_module(name)
        except Exception as error:  # whatever a module raises, runs must still open
            self._on_failed(error)
        else:
            self._turns.call(self._load_next)

    def _finish(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for do in waiting:
            do()


def _modules_of(packages: Sequence[str]) -> Iterator[str]:
    """The names of all modules in them; a package is loaded when its turn has come."""
    for package in packages:
        yield package
        for found in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            yield found.name
