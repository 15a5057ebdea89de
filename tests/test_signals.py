"""Signals end the window and the commands in an orderly way: nothing is lost, nothing is left, nothing is asked.

The long form sends each signal to the window at 20 random moments: WORKBENCH_SIGNALS=20 pytest tests/test_signals.py.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from warm_children import start_python

from workbench import signals
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
MOMENTS = int(os.environ.get("WORKBENCH_SIGNALS", "1"))
ORPHANS_GONE = 30.0  # seconds until a child whose parent is gone has ended
# Whoever runs tests in the background has signals ignored.
HEARING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
COMMAND = "import sys; from workbench.cli import main; sys.exit(main())"
# An exception inside Qt's own imports would leave its classes broken, and end the process later.
AMID_IMPORT = """
import os, sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "workbench.gui.window.main_window":
            os.kill(os.getpid(), signal.SIGINT)
            print("the import went on", flush=True)
sys.meta_path.insert(0, Finder)
"""
# The window as `workbench` opens it; it says when the event loop runs, and with a path trains into that file.
WINDOW = """
import os, sys
from workbench.cli import main
if "drive" in os.environ:
    from pathlib import Path
    from PySide6.QtCore import QTimer
    from workbench.gui.window import app
    from workbench.training.recipes import recipe
    begin = app.begin
    say = lambda *_: print("ready", flush=True)
    def driven(window, paths):
        begin(window, paths)
        if os.environ["drive"]:
            window.trainer.snapshot_taken.connect(lambda event: event.index == 2 and say())
            window.trainer.start(recipe("digits-conv"), Path(os.environ["drive"]))
        else:
            QTimer.singleShot(0, say)
    app.begin = driven
sys.exit(main())
"""


class Started:
    """A process of ours in a session of its own, with folders of its own, as a terminal would start it.

    Cold, it loads everything itself: where the start is what a signal interrupts.
    """

    def __init__(self, folder: Path, code: str, *words: str, cold: bool = True, **variables: str) -> None:
        places = {f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE")}
        environment = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **variables}
        self.folder = folder
        command = ["-c", HEARING + code, *words]
        self.process = start_python(*command, env=environment) if not cold else subprocess.Popen(
            [sys.executable, *command],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def until_ready(self) -> None:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "ready\n", self.process.communicate()

    def ended_by(self, number: int) -> tuple[int, str]:
        """The exit status and standard error after the signal came to the process group, as from a terminal."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        os.killpg(self.process.pid, number)
        _, errors = self.process.communicate(timeout=100)
        assert psutil.wait_procs(children, ORPHANS_GONE)[1] == []
        return self.process.returncode, errors

    def left(self, pattern: str) -> list[Path]:
        return list(self.folder.rglob(pattern))


@pytest.fixture(autouse=True)
def hearing() -> Iterator[None]:
    before = [(number, signal.getsignal(number)) for number in SIGNALS]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    started: list[Started] = []

    def make(code: str, *words: str, cold: bool = True, **variables: str) -> Started:
        started.append(Started(tmp_path, code, *words, cold=cold, **variables))
        return started[-1]

    yield make
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def complaints(errors: str) -> list[str]:
    return [line for line in errors.splitlines() if not line.startswith("This plugin does not support")]


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.thinned(2)
def test_the_window_closes_and_keeps_its_session(start: Callable[..., Started], number: int) -> None:
    window = start(WINDOW, str(resource("sample_runs/digits_conv.h5")), cold=False, drive="")
    window.until_ready()
    status, errors = window.ended_by(number)
    assert (status, complaints(errors)) == (128 + number, [])
    assert window.left("crash-*") == []
    assert len(window.left("last.workbench.json")) == 1


def test_a_training_is_told_to_stop_and_keeps_what_it_has(start: Callable[..., Started], tmp_path: Path) -> None:
    path = tmp_path / "trained.h5"
    window = start(WINDOW, "--fresh", cold=False, drive=str(path))
    window.until_ready()
    status, errors = window.ended_by(signal.SIGTERM)
    assert (status, complaints(errors)) == (143, [])
    assert window.left("crash-*") == []
    with open_run(path) as run:
        assert run.finished
        assert run.snapshots >= 3


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.thinned(3)
def test_at_any_moment_of_the_start_nothing_is_left_behind(start: Callable[..., Started], number: int) -> None:
    for seed in range(MOMENTS):
        window = start(WINDOW, str(resource("sample_runs/digits_conv.h5")))
        time.sleep(random.Random(f"{number} {seed}").uniform(0.5, 5))
        status, errors = window.ended_by(number)
        assert status == 128 + number, errors
        assert [line for line in complaints(errors) if line != "workbench: interrupted"] == []
        assert window.left("crash-*") == []


@pytest.mark.parametrize(
    "words",
    [
        ("report", "RUN", "--out", "OUT"),
        ("animate", "graph", "RUN", "--layer", "fc1", "--out", "OUT.mp4"),
        ("screenshot", "RUN", "--out", "OUT"),
        ("prune", "RUN", "--layer", "fc1", "--out", "OUT.csv"),
        ("bench", "gui", "RUN", "--quick"),
        ("figure", "pruning", "RUN", "--layer", "fc1", "--out", "OUT.pdf"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("seed", range(MOMENTS))
@pytest.mark.thinned(3)
def test_an_interrupted_command_says_one_line_and_leaves_nothing(
    start: Callable[..., Started], tmp_path: Path, words: tuple[str, ...], seed: int
) -> None:
    run, out = str(resource("sample_runs/digits_conv.h5")), str(tmp_path / "out")
    command = start(COMMAND, *(word.replace("RUN", run).replace("OUT", out) for word in words))
    time.sleep(random.Random(f"{words} {seed}").uniform(0.3, 1.5))
    status, errors = command.ended_by(signal.SIGINT)
    last = [line for line in complaints(errors) if not line.endswith("…")][-1:]  # after what the benchmark announces
    assert (status, last) == (130, ["workbench: interrupted"])
    assert "Traceback" not in errors
    assert command.left("*.part") == []


@pytest.mark.parametrize("words", [("RUN",), ("screenshot", "RUN", "--out", "OUT"), ("bench", "gui", "RUN", "--quick")])
@pytest.mark.thinned(3)
def test_a_signal_amid_the_import_of_the_window_waits_for_its_end(
    start: Callable[..., Started], tmp_path: Path, words: tuple[str, ...]
) -> None:
    run, out = str(resource("sample_runs/digits_conv.h5")), str(tmp_path / "out")
    command = start(AMID_IMPORT + COMMAND, *(word.replace("RUN", run).replace("OUT", out) for word in words))
    output, errors = command.process.communicate(timeout=60)
    assert "the import went on" in output
    assert (command.process.returncode, complaints(errors)) == (130, ["workbench: interrupted"])


def test_a_second_signal_ends_at_once_and_first_does_the_last_deed() -> None:
    code = (
        "import os, signal, time; from workbench import signals; signals.IMPATIENCE = 0.0\n"
        "with signals.interrupting(True), signals.noted(lambda: print('deed', flush=True)):\n"
        "    os.kill(os.getpid(), signal.SIGTERM); print(signals.requested())\n"
        "    time.sleep(0.01); os.kill(os.getpid(), signal.SIGINT); time.sleep(60)\n"
    )
    done = subprocess.run([sys.executable, "-u", "-c", HEARING + code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (130, ["15", "deed"], "")


def test_a_burst_of_signals_counts_as_one() -> None:
    def send() -> None:
        os.kill(os.getpid(), signal.SIGHUP)

    with signals.interrupting(to_the_end=False):
        with pytest.raises(signals.Interrupted) as first:
            send()
        send()
        assert signals.status_of(first.value.number) == 129
        with pytest.raises(signals.Interrupted):  # wherever the first one was lost
            signals.check()


def test_an_interruption_in_a_destructor_is_raised_again() -> None:
    class Careless:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    def work() -> None:
        Careless()
        time.sleep(60)

    since = time.monotonic()
    with signals.interrupting(to_the_end=False), pytest.raises(signals.Interrupted):
        work()
    assert time.monotonic() - since < 50  # the wait was interrupted


def test_what_is_ignored_stays_ignored_and_handlers_come_back() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals.interrupting(to_the_end=False):
            os.kill(os.getpid(), signal.SIGHUP)
            assert signals.requested() == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
