"""The processes that a test has started."""

from __future__ import annotations

from contextlib import suppress

import psutil
from warm_children import commands


def children_with(word: str) -> list[psutil.Process]:
    """The running children of this process that have `word` on their command line; dead ones do not count."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # also of one that is dead and not yet waited for
            if word in (*child.cmdline(), *commands.get(child.pid, ())):
                found.append(child)
    return found
