"""The window itself: no more is imported here than it takes to show it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from workbench import signals
from workbench.display import has_screen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NO_SCREEN = (
    "there is no screen for the window (neither DISPLAY nor WAYLAND_DISPLAY is set); "
    "workbench screenshot draws it into files, and all other commands work without one"
)


def show(paths: Sequence[Path], fresh: bool) -> int:
    """The window with these runs open, until it is closed. OSError: there is no screen."""
    if not os.environ.get("QT_QPA_PLATFORM") and not has_screen(os.environ, sys.platform):
        raise OSError(NO_SCREEN)  # Qt would end the process, and advise to reinstall it
    from workbench.runs.confinement.examination import confined

    confined.start()  # beside Qt, which takes longer
    from workbench.gui.background.loading import gently

    with gently(), signals.put_off():  # no garbage collection during the imports
        from workbench.gui.window.app import main

    return main(paths, fresh)
