"""What this process takes of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.training.background import lower_priority

NICENESS = 5  # of evaluations: after the window, before a training beside it, which has 10
_PAGES = Path("/proc/self/statm")


def step_back() -> None:
    """Let other threads go first from now on: this one has long work to do, and no frame waits for it."""
    lower_priority(NICENESS)


def memory() -> int:
    """Bytes of physical memory in use by this process; 0 where the system does not tell."""
    try:
        resident = int(_PAGES.read_text().split()[1])
    except OSError:
        return 0
    return resident * os.sysconf("SC_PAGE_SIZE")
