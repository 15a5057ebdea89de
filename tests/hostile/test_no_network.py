"""Nothing goes to the network unless a download was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

WATCHED = """
import socket, sys

LOCAL = {socket.AddressFamily(1)} if hasattr(socket, "AF_UNIX") else set()
used = []

def watch(event, arguments):
    if event == "socket.__new__" and arguments[1] not in LOCAL:
        used.append((event, str(arguments[1])))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto", "urllib.Request"):
        used.append((event, repr(arguments[1:])))

sys.addaudithook(watch)
"""

WINDOW = """
from pathlib import Path
from PySide6.QtCore import QEventLoop, QTimer
from workbench.gui.window.app import application
from workbench.gui.window.main_window import MainWindow
from workbench.gui.state.settings import Settings

app = application()
window = MainWindow(Settings(Path(sys.argv[2]) / "settings.ini"))
window.play_when_opened = False
window.show()
window.open(Path(sys.argv[1]))
loop, clock = QEventLoop(), QTimer(interval=10)
clock.timeout.connect(lambda: loop.quit() if window.session.runs and window.is_settled() else None)
clock.start()
loop.exec()
assert window.session.runs[0].snapshots == 3
window.close()
"""

EVALUATION = """
import workbench

with workbench.open_run(sys.argv[1]) as run:
    workbench.ablate(run, "fc1", units=[1, 2])
    workbench.prune(run, "fc1", orders=("max_mag",))
"""

CONTROL = """
socket.socket().close()
"""
VERDICT = """
print(used, "PySide6.QtNetwork" in sys.modules)
"""


def said(program: str, *arguments: str) -> str:
    """What a fresh Python prints that watches itself."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WATCHED + program + VERDICT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, timeout=240)
    return done.stdout.strip()


@pytest.mark.parametrize("program", [WINDOW, EVALUATION], ids=["window", "evaluation"])
@pytest.mark.thinned(2)
def test_no_socket_is_opened(file: Path, tmp_path: Path, program: str) -> None:
    assert said(program, str(file), str(tmp_path)) == "[] False"


def test_a_socket_would_be_seen() -> None:
    assert "socket.__new__" in said(CONTROL)
