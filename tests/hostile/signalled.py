"""Signals at random moments while the window, as `workbench` opens it, is given files that are not sound."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import sound
from mutated import mutated

if TYPE_CHECKING:
    from pathlib import Path

FILES = 6  # beside a FIFO
LATEST = 4.0  # seconds after the start
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP") if os.name == "posix" else ()
# Whoever starts this in the background has signals ignored.
WINDOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
print(flush=True)
from workbench.cli import main
sys.exit(main())
"""


def signalled(name: str, folder: Path, seed: int) -> list[str]:
    """What is wrong with the end of a window that gets this signal while it opens mutated files and a FIFO."""
    random_moment = random.Random(f"{name}-{seed}")
    sound.make(folder / "base.h5")
    base = (folder / "base.h5").read_bytes()
    paths = [folder / f"{number}.h5" for number in range(FILES)]
    for number, path in enumerate(paths):
        path.write_bytes(mutated([base], seed, number))
    os.mkfifo(folder / "fifo.h5")
    private = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("STATE", "CONFIG", "CACHE")}
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(folder / "fifo.h5"), *map(str, paths)],
        env={**os.environ, **private, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as window:  # fmt: skip
        assert window.stdout is not None
        window.stdout.readline()
        try:
            window.communicate(timeout=random_moment.uniform(0.0, LATEST))
        except subprocess.TimeoutExpired:
            return _ended(window, getattr(signal, name), folder)
    return [f"ended before the signal, with {window.returncode}"]


def _ended(window: subprocess.Popen[bytes], number: int, folder: Path) -> list[str]:
    os.killpg(window.pid, number)
    try:
        _, errors = window.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(window.pid, signal.SIGKILL)
        return ["does not end"]
    wrong = [] if window.returncode in (128 + number, -number) else [f"status {window.returncode}"]
    wrong += ["a traceback"] if b"Traceback" in errors or b"Fatal" in errors else []
    return wrong + [f"left {path.name}" for path in folder.rglob("crash-*")]
