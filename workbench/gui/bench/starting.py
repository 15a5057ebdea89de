"""One start of the window, measured from the command to a drawn run."""

from __future__ import annotations

import json
import os
import tempfile
import time
from typing import TYPE_CHECKING

from workbench.gui.window.startup import VARIABLE, Start
from workbench.runs.confinement.children import PIPE, STOPPED, ChildStopped, TimeoutExpired, output_of, start_module
from workbench.runs.confinement.framing import whole_frames

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120  # seconds


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
        said_last = complaint.decode(errors="replace").strip()[-400:]
        raise RuntimeError(f"the window did not start, status {process.returncode}: {said_last}")
    found = json.loads(whole_frames(said)[-1].line)
    return Start(found["shown"], found["drawn"], tuple(found["loaded"]))
