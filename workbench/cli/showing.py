"""The window itself: no more is imported here than it takes to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def show(paths: Sequence[Path], fresh: bool) -> int:
    """The window with these runs open, until it is closed."""
    from workbench.runs.examination import confined

    confined.start()  # beside Qt, which takes longer
    from workbench.gui.loading import gently

    with gently():  # garbage is not collected amid the imports
        from workbench.gui.app import main

    return main(paths, fresh)
