"""Starts the monkey in a process of its own, hears what it does, and notices a death or a hang."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent
SAMPLES = CHECKOUT / "sample_runs"
HANG = 150.0  # seconds without a word
REMEMBERED = 25  # actions before a fault that are told with it
OF_TORCH = "torchinductor_"  # its cache, which it makes when it is imported
LONG = 4  # measurements of what is held, with which growth is judged
# What a long run may hold more at its end than after a quarter; opened files, answers and messages are remembered.
MOST_GROWTH = {"MB": 120.0, "threads": 4, "objects": 10_000, "Qt objects": 150, "handles": 4}
MARK = "WORKBENCH_MONKEY"  # in the environment of all processes that come from it


@dataclass
class Outcome:
    """What was done and what went wrong."""

    seed: int
    done: int = 0
    faults: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)  # action, fault, what came before
    held: list[dict[str, float]] = field(default_factory=list)  # by the process, when quiet
    ended: bool = False

    def growth(self, what: str) -> float:
        """How much more is held at the end than when a quarter was done."""
        return self.held[-1][what] - self.held[len(self.held) // 4][what]


def let_loose(actions: int, seed: int, folder: Path, hear: Callable[[str], None] = lambda _line: None) -> Outcome:
    """Let the monkey do so many things in `folder`, which must be empty."""
    outcome, last = Outcome(seed), deque[str](maxlen=REMEMBERED)
    outside = _outside()
    with tempfile.TemporaryFile() as errors, _Process(folder, actions, seed, errors) as process:
        for line in process.lines():
            said = json.loads(line)
            outcome.done = said["number"]
            if "did" in said:
                last.append(f"{said['number']}: {said['did']}")
                hear(last[-1])
            if "held" in said:
                outcome.held.append(said["held"])
                hear(f"{said['number']}: holds {said['held']}")
            for fault in said["faults"]:
                outcome.faults.append((said["number"], fault, tuple(last)))
                hear(f"    FAULT {fault}")
            outcome.ended = said.get("did") == "closed"
        if not outcome.ended or process.end() != 0:
            errors.seek(0)
            how = "hang" if process.hung else f"death ({process.end()})"
            outcome.faults.append((outcome.done, f"{how}: {errors.read()[-8000:].decode()}", tuple(last)))
        outcome.faults += [(outcome.done, f"left: {each}", tuple(last)) for each in process.left()]
    outcome.faults += [(outcome.done, fault, ()) for fault in grown(outcome)]
    if _outside() != outside:
        outcome.faults.append((outcome.done, "something was written outside of the folder", tuple(last)))
    return outcome


def grown(outcome: Outcome) -> list[str]:
    """What a long run held more and more of."""
    if len(outcome.held) < LONG:
        return []
    found = {what: outcome.growth(what) for what in MOST_GROWTH}
    return [f"grew by {much:,.0f} {what}" for what, much in found.items() if much > MOST_GROWTH[what]]


def _outside() -> dict[str, float]:
    """When the files were written that nobody may write."""
    return {str(path): path.stat().st_mtime for path in SAMPLES.iterdir()}


class _Process:
    """The process with the window: all folders that it knows lie in one."""

    def __init__(self, folder: Path, actions: int, seed: int, errors: object) -> None:
        self.folder, self.hung, self.token = folder, False, uuid.uuid4().hex
        for name in ("home", "tmp", "cwd"):
            (folder / name).mkdir()
        home = folder / "home"
        environment = {
            **os.environ,
            MARK: self.token,
            "QT_QPA_PLATFORM": "offscreen",
            "OMP_WAIT_POLICY": "passive",
            "OMP_NUM_THREADS": "1",
            "HOME": str(home),
            **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA", "STATE")},
            "TMPDIR": str(folder / "tmp"),
            "PYTHONPATH": os.pathsep.join((str(CHECKOUT), str(HERE.parent / "hostile"))),
            "PYTHONFAULTHANDLER": "1",
            **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9"),
        }
        environment.pop("WORKBENCH_DATA", None)
        command = [sys.executable, str(HERE / "driver.py"), str(folder), str(SAMPLES), str(actions), str(seed)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            cwd=folder / "cwd",  # type: ignore[call-overload]
        )
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for each in self._descendants():
            each.kill()
        self._reader.join()
        self.process.stdout.close()

    def lines(self) -> Iterator[bytes]:
        """Each line that comes; the end, or no line for too long, ends it."""
        while True:
            try:
                line = self._said.get(timeout=HANG)
            except queue.Empty:
                self.hung = True
                self.process.send_signal(signal.SIGUSR1)  # its stacks go to standard error
                time.sleep(2)
                self.process.kill()
                return
            if line is None:
                return
            yield line

    def end(self) -> int:
        return self.process.wait(timeout=HANG)

    def left(self) -> Iterator[str]:
        """Processes and files that outlived the window's process."""
        psutil.wait_procs(list(self._descendants()), timeout=5)
        yield from (f"process {' '.join(each.cmdline())}" for each in self._descendants())
        for name in ("tmp", "cwd"):
            left = sorted(path for path in (self.folder / name).iterdir() if not path.name.startswith(OF_TORCH))
            yield from (f"file {path}" for path in left)

    def _descendants(self) -> Iterator[psutil.Process]:
        for each in psutil.process_iter():
            with suppress(psutil.Error):
                if each.environ().get(MARK) == self.token:
                    yield each

    def _read(self) -> None:
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put(None)
