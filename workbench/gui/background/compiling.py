"""The layout of the weight graph is compiled while the first pictures are drawn."""

from __future__ import annotations

import threading
from functools import cache
from importlib import import_module

from workbench.analysis import communities
from workbench.analysis.layout import forces
from workbench.figures.graph import density
from workbench.gui.background.errors import log
from workbench.gui.background.loading import gently
from workbench.runs.saying import in_words


@cache
def compile_beside() -> None:
    """Have the layout compiled, or loaded from where it was kept, by a thread of its own; once."""

    def work() -> None:
        try:
            with gently():
                # By itself first: a thread that imports our kernels while they fail here would blame them.
                import_module("numba")
                forces.compile_now()
                communities.compile_now()
                density.compile_now()
        except ImportError as error:
            give_up(error)

    def give_up(error: Exception) -> None:
        """The first tick of the layout compiles it, or says what is missing."""
        log.warning("the graph layout could not be compiled in advance: %s", in_words(error))

    try:
        threading.Thread(target=work, name="layout").start()
    except RuntimeError as error:  # the system gives no thread
        give_up(error)
