"""From the command to a window with a run drawn in it: the command itself, told to say when that is."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from workbench.runs.confinement.children import PIPE, STOPPED, ChildStopped, TimeoutExpired, output_of, start_module

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.gui.window.main_window import MainWindow

POLL_MS, PATIENCE = 2, 120
VARIABLE = "WORKBENCH_TELL_START"  # holds the time of the command; the window says when it is drawn, and ends
LARGE = ("torch", "matplotlib", "numba", "scipy")


@dataclass(frozen=True)
class Start:
    """One start of the window, in seconds since the command."""

    shown: float  # the window is there
    drawn: float  # and every panel that need not ask the network has drawn the run
    loaded: tuple[str, ...]  # large libraries that were loaded by then


def start_once(run: Path) -> Start:
    """Start the window on a run as `workbench RUN.h5` does, and end it when it is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CONFIG_HOME": folder, "XDG_STATE_HOME": folder}
        environment[VARIABLE] = repr(time.time())
        process = start_module("workbench", "--fresh", str(run), env=environment, stdout=PIPE, stderr=PIPE)
        try:
            said, complaint = output_of(process, PATIENCE)
        except ChildStopped as stopped:
            raise RuntimeError(f"the window {STOPPED} before it had drawn {run}") from stopped
        except TimeoutExpired as late:
            raise RuntimeError(f"the window did not draw {run} within {PATIENCE} s") from late
    if process.returncode != 0:
        raise RuntimeError(f"the window did not start: {complaint.decode(errors='replace').strip()[-400:]}")
    found = json.loads(said.splitlines()[-1])
    return Start(found["shown"], found["drawn"], tuple(found["loaded"]))


def tell_if_asked(window: MainWindow) -> None:
    """Where the environment asks for it: print a `Start` as JSON when everything is drawn, and close the window."""
    since = os.environ.get(VARIABLE)
    if since is not None:
        _watch(window, float(since))


def _watch(window: MainWindow, since: float) -> None:
    shown = time.time() - since
    timer = QTimer(window)

    def look() -> None:
        if window.session.selection.place is None or not window.is_settled():
            return
        timer.stop()
        window.repaint()  # whatever is still to be painted, at once
        drawn = time.time() - since
        loaded = tuple(name for name in LARGE if name in sys.modules)
        sys.stdout.write(json.dumps(asdict(Start(round(shown, 3), round(drawn, 3), loaded))) + "\n")
        sys.stdout.flush()
        window.close()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
