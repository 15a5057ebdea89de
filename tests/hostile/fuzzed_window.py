"""The process with the real window: opens mutated files one after another and says of each what it did.

Arguments: seed, first number, end, folder for the files that did harm. One JSON line a file.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import attacks
import h5py
import numpy as np
import odd_files
import psutil
import sound
import spoils
from mutated import mutated
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.state import theme
from workbench.gui.window.main_window import MainWindow
from workbench.gui.work.browser import Browser
from workbench.gui.work.opening import OpeningFailed
from workbench.nets.torchvision_loading import torchvision
from workbench.runs.errors import RunError
from workbench.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from odd_files import Case

SOUND_RUNS, SHARE = 40, 5  # opened before memory is compared, at most; one for so many files
SETTLING = 60.0  # seconds for the panels
SENTENCE = re.compile(r".+; .+\.", re.S)
PLACELESS = re.compile(  # what is wrong with the file as a whole, not in one place
    "is empty|is not an HDF5|is an HDF5 file that|ends within its header|is truncated|cut short|not a workbench run|"
    "is damaged|is a run of|is no run"
)
TRUE_WORDS = re.compile("is damaged")  # of a run that opens
NAMES = re.compile(r"'[^']*'|\([^)]*\)|/[^ ;]+|[0-9]+")
LOADED_WHEN_NEEDED = ("torch", "numba", "scipy.linalg", "scipy.stats", "networkx")


def bases(folder: Path, canary: Path) -> list[bytes]:
    """Sound runs, most of them, and one file of every class of attack."""
    path = folder / "base.h5"
    contents = []

    def add(times: int = 1) -> None:
        contents.extend([path.read_bytes()] * times)
        path.unlink()

    sound.make(path)
    whole = path.read_bytes()
    add(90)
    sound.make(path, capacity=8)
    add(30)
    path.write_bytes(whole)
    with h5py.File(path, "r+") as file:
        file.create_dataset("mine/packed", data=np.zeros((64, 64)), compression="gzip", shuffle=True, chunks=(8, 8))
        file["mine/texts"] = ["a", "b"]
        file["mine/soft"] = h5py.SoftLink("/spec")
        file["mine/other"] = h5py.ExternalLink(str(canary), "/")
        file.create_dataset("mine/outside", shape=(3,), dtype="<f8", external=[(str(canary), 0, 24)])
    add(15)
    for value in (np.nan, np.inf, -1e300, 1e300, 3e38):  # numbers that no training gives
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            for group in ("parameters", "spectrum", "gram", "activity", "history"):
                for dataset in file[group].values():
                    dataset[1:] = value
        add()
    for name, (spoil, _said) in attacks.ATTACKS.items():
        if name in ("FIFO", "device", "socket", "folder", "empty file", "20,500 objects"):
            continue
        path.write_bytes(whole)
        spoil(path, canary)
        add()
    return contents


class Fuzzed:
    """The window, and what it shows of one file."""

    def __init__(self, folder: Path) -> None:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder / "settings"))
        self.application = QApplication(sys.argv[:1])
        theme.apply(self.application)
        self.window = MainWindow()
        self.window.play_when_opened = False
        self.window.resize(900, 600)
        self.window.show()
        self.outcome: list[Run | OpeningFailed] = []
        self.window.opener.opened.connect(self.outcome.append)
        self.window.opener.failed.connect(self.outcome.append)
        self.opened = 0
        self.process = psutil.Process()

    def wait(self, until: Callable[[], bool], seconds: float) -> bool:
        """Whether it came true in that time; the window's events are handled as in its own loop."""
        deadline = time.monotonic() + seconds
        loop, clock = QEventLoop(), QTimer()
        clock.setInterval(2)
        clock.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > deadline else None)
        clock.start()
        loop.exec()
        return until()

    def open(self, path: Path, contents: bytes) -> dict[str, object]:
        """What happened to the file: opened or refused, after how long, and what was wrong about that."""
        self.outcome.clear()
        began = time.monotonic()
        self.window.open(path)
        self.wait(lambda: bool(self.outcome), 30.0)
        seconds = time.monotonic() - began
        (outcome,) = self.outcome or [None]
        wrong, kind = [], ""
        if outcome is None:
            wrong.append("no verdict")
        elif isinstance(outcome, Run):
            wrong += self.look_at(outcome, contents)
        else:
            kind = NAMES.sub("_", outcome.error.problem if isinstance(outcome.error, RunError) else repr(outcome.error))
            wrong += clumsy(outcome, path)
            # It is told when one knows what can be saved.
            if not self.wait(lambda: not len(self.window.jobs) and bool(self.window.notices.shown), 30.0):
                wrong.append("refused without a word")
        for notice in list(self.window.notices.shown):
            if not isinstance(outcome, OpeningFailed) and not TRUE_WORDS.search(notice.message):
                wrong.append("message: " + NAMES.sub("_", notice.message)[:200])
            notice.dismiss()
        return {"opened": isinstance(outcome, Run), "seconds": seconds, "wrong": wrong, "kind": kind}

    def look_at(self, run: Run, contents: bytes) -> list[str]:
        """What is wrong with what the window shows: the panels draw the last snapshot, of every fourth run all."""
        wrong = []
        self.opened += 1
        for snapshot in range(run.snapshots - 1, -1, -1) if self.opened % 4 == 0 else (run.snapshots - 1,):
            self.window.timeline.go_to(max(snapshot, 0))
            if not self.wait(self.window.is_settled, SETTLING):
                busy = [name for name, panel in self.window.panels.items() if not panel.settled]
                wrong.append(f"panels not settled: {busy}")
        if not faithful(run, contents):
            wrong.append("bytes of another file")
        self.window.close_run()
        return wrong

    def meet(self, case: Case, folder: Path) -> list[str]:
        """What is wrong with what the window does about something that is not what it seems."""
        folder.mkdir()
        said: list[str] = []

        def is_said() -> bool:
            said.append(case.where(self.window))
            return re.search(case.said, said[-1]) is not None

        case.how(self.window, case.make(folder))
        wrong = [] if self.wait(is_said, 30.0) else [f"not said, but: {NAMES.sub('_', said[-1])[:200]}"]
        if not self.wait(lambda: not len(self.window.jobs), 30.0):
            wrong.append("it does not end")
        for notice in list(self.window.notices.shown):
            if not notice.message.isprintable() or "Traceback" in notice.message:
                wrong.append("not a clear sentence")
            notice.dismiss()
        if self.window.sessions.dialog is not None:
            self.window.sessions.dialog.reject()
        for dialog in (*self.window.findChildren(Browser), *self.window.findChildren(ImportDialog)):
            dialog.close()
        while self.window.session.runs:
            self.window.session.remove(self.window.session.runs[0])
        return wrong

    def warm_up(self, path: Path, files: int) -> None:
        """Have the window load all that it loads when it is needed, and fill what it keeps of the last runs."""
        sound.make(path)
        contents = path.read_bytes()
        for name in LOADED_WHEN_NEEDED:
            import_module(name)
        torchvision("models")
        for number in range(min(SOUND_RUNS, files // SHARE)):
            run = path.with_stem(f"sound{number}")
            path.rename(run)
            assert self.open(run, contents)["wrong"] == []
            run.rename(path)
        path.unlink()

    def peak(self) -> float:
        """The most megabytes since the last question, where the system tells (Linux)."""
        try:
            status = Path("/proc/self/status").read_text()
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        except OSError:
            return self.megabytes()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6

    def megabytes(self) -> float:
        return self.process.memory_info().rss / 1e6


def clumsy(failed: OpeningFailed, path: Path) -> list[str]:
    """What is wrong with a refusal: it is one sentence that names the file and the place inside it."""
    error = failed.error
    if not isinstance(error, RunError):
        return [f"refused by a {type(error).__name__}"]
    said, wrong = str(error), []
    named = said.startswith((f"{path} ", f"{path}: "))
    if not (named and SENTENCE.fullmatch(said) and said.isprintable() and len(said) < 700):
        wrong.append("not one clear sentence")
    if not error.inside and not PLACELESS.search(error.problem):
        wrong.append("names no place inside the file")
    if "process that examines it" in error.problem:
        wrong.append("child: " + NAMES.sub("_", error.problem))
    return wrong


def faithful(run: Run, contents: bytes) -> bool:
    """Whether every number of the run is one of its own file's."""
    rows = run.rows
    for path, stored in rows.structure.datasets.items():
        if path not in rows.structure.order:
            continue
        for snapshot in range(run.snapshots):
            start = stored.offset + snapshot * stored.row_bytes
            row = rows.row(path, snapshot).tobytes()
            if row != contents[start : start + stored.row_bytes] or spoils.CANARY[:8] in row:
                return False
    return True


def main(arguments: Sequence[str]) -> None:
    seed, first, end = map(int, arguments[:3])
    kept = Path(arguments[3])
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        folder = Path(name)
        canary = folder / "private"
        canary.write_bytes(spoils.CANARY * 100)
        made = bases(folder, canary)
        fuzzed = Fuzzed(folder)
        fuzzed.warm_up(folder / "sound.h5", end - first)
        if first == 0:
            for number, (name, case) in enumerate(odd_files.CASES.items()):
                say(case=name)
                already = fuzzed.megabytes()
                fuzzed.peak()
                wrong = fuzzed.meet(case, folder / f"case{number}")
                say(case=name, wrong=wrong, growth=fuzzed.peak() - already)
        before = fuzzed.megabytes()
        for number in range(first, end):
            contents = mutated(made, seed, number)
            path = folder / f"{number}.h5"
            path.write_bytes(contents)
            already = fuzzed.megabytes()
            fuzzed.peak()
            found = fuzzed.open(path, contents)
            growth, kept_in_all = fuzzed.peak() - already, fuzzed.megabytes() - before
            if found["wrong"] and kept.is_dir():
                shutil.copy(path, kept / f"{seed}-{number}.h5")
            path.unlink()
            say(number=number, growth=growth, in_all=kept_in_all, **found)
        fuzzed.window.close()  # when what is under way has ended
        fuzzed.wait(lambda: not fuzzed.window.isVisible(), SETTLING)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        say(peak=peak)


def say(**facts: object) -> None:
    """One line for whoever started this process."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
