"""The process with the real window, which a monkey uses at random; one line of JSON for each thing that it does.

Arguments: folder to play in, folder of the sample runs, actions, seed.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import captions
import deeds
import dialogs
import hands
import zoo
from leftovers import Watch
from PySide6.QtCore import QPoint, QTimer
from shiboken6 import isValid
from unnoticed import Faults

from workbench.gui.background import errors
from workbench.gui.bench.resources import held
from workbench.gui.bench.waiting import rest
from workbench.gui.state import data_folder
from workbench.gui.state.settings import Settings
from workbench.gui.window import app
from workbench.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from PySide6.QtWidgets import QWidget

SETTLING = 60.0  # seconds within which the panels have drawn what is selected
ENDING = 120.0  # seconds within which work that was told to stop has stopped
RESTS = (0, 0, 0, 2, 20, 60)  # milliseconds after something was done
LOOKED_AT = 0.25  # of the actions are followed by a rest at which every number is compared
RESTART = 0.012  # of the actions close the window, whatever it is doing
QUIET_EVERY = 250  # actions between two measurements of what the process holds


class Monkey:
    """The window, and what the monkey knows of it."""

    def __init__(self, folder: Path, samples: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder, self.pristine, self.out = folder, folder / "pristine", folder / "out"
        self.out.mkdir()
        made = zoo.build(self.pristine, samples, random.Random(seed))
        shutil.copytree(self.pristine, folder / "zoo", symlinks=True, copy_function=_copy)
        self.files = [folder / "zoo" / path.relative_to(self.pristine) for path in made]
        self.watch = Watch()
        self.faults = Faults()
        self.application = app.application()
        self.chooser = dialogs.Chooser(self.random, self.files, self.out)
        self.guardian = dialogs.Guardian(self.random, self.out)
        self.window = self._start()
        self._answered: tuple[QWidget, int] | None = None

    def _start(self) -> MainWindow:
        settings = Settings()
        data_folder.use_remembered(settings)
        window = MainWindow(settings)
        self._closed: list[bool] = []
        window.closed.connect(partial(self._closed.append, True))
        app.begin(window)
        return window

    # --- one action ---

    def act(self) -> str:
        """Do something; what it was, in words."""
        with self.guardian.watching():
            return self._act()

    def _act(self) -> str:
        if self._closed:  # by a command of its own
            return self.restart()
        front = dialogs.in_front()
        if front is not None and front is not self.window:
            return self._answer(front)
        if self.random.random() < RESTART:
            return self.restart()
        weights, possible = zip(*deeds.DEEDS, strict=True)
        while True:
            (deed,) = self.random.choices(possible, weights)
            if done := deed(self):
                return done

    def any_window(self) -> QWidget:
        """Mostly the main window, sometimes another one beside it."""
        others = dialogs.others(self.window)
        return self.random.choice(others) if others and self.random.random() < 0.3 else self.window

    def _answer(self, front: QWidget) -> str:
        times = self._answered[1] + 1 if self._answered is not None and self._answered[0] is front else 0
        self._answered = (front, times)
        return dialogs.answer(self.random, front, times, self.out)

    # --- looking ---

    def look(self) -> None:
        """Compare what is shown with what is true: at once, and sometimes at rest, number by number."""
        rest(self.random.choice(RESTS))
        self._note(captions.false_now(self.window))
        if self.random.random() < LOOKED_AT and dialogs.in_front() is None and not self.window.player.playing:
            hands.move(self.window, QPoint(self.window.width() - 2, self.window.height() - 2))
            rest(20)
            if not self.wait(self.at_rest, SETTLING):
                self.faults.add(f"not at rest after {SETTLING:.0f} s: {self.busy()}")
            elif dialogs.in_front() is None:
                self._note(captions.false_at_rest(self.window))
                self._look_whether_it_follows()

    def _look_whether_it_follows(self) -> None:
        """Whether the selected run is soon shown with all the snapshots that its file has now."""
        session, run = self.window.session, self.window.session.selection.run
        snapshots = captions.written(run)

        def is_shown() -> bool:
            now = session.selection.run
            return now is None or run is None or now.path != run.path or now.snapshots >= snapshots

        if not self.wait(is_shown, SETTLING):
            self.faults.add(f"{run.path} has {snapshots} snapshots, and {session.selection.run.snapshots} are shown")

    def at_rest(self) -> bool:
        """Whether the quick panels have drawn what is selected, or something plays or asks again."""
        quick = (panel for name, panel in self.window.panels.items() if name not in ("pruning", "low_rank", "training"))
        return self.window.player.playing or (self.window.is_settled() and all(panel.complete for panel in quick))

    def busy(self) -> list[str]:
        return [name for name, panel in self.window.panels.items() if not panel.complete or not panel.settled]

    def _note(self, problems: Iterable[str]) -> None:
        for problem in problems:
            self.faults.add(f"wrong caption: {problem}")

    def wait(self, until: Callable[[], object], seconds: float) -> bool:
        """Whether it came true in that time."""
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                return False
            rest(10)
        return True

    # --- ending, and being quiet ---

    def restart(self) -> str:
        """Close the window, whatever it is doing, look for what is left of it, and start anew as it was left."""
        doing = f"training {bool(self.window.trainer.training)}, jobs {len(self.window.jobs)}, busy {self.busy()}"
        self.end()
        self.window = self._start()
        return f"closed ({doing}) and started again"

    def end(self) -> None:
        """Close the window and look for what is left of it."""
        self.guardian.yes = True
        self.window.close()
        if not self.wait(lambda: self._closed, ENDING):
            self.faults.add(f"not closed after {ENDING:.0f} s: jobs {len(self.window.jobs)}, {self.busy()}")
        self.guardian.yes = False
        self.window.deleteLater()
        self._answered = None
        self.wait(lambda: not isValid(self.window) and not self._left(), 10.0)
        for left in self._left():
            self.faults.add(f"left: {left}")
        self.watch.forget_ended()

    def _left(self) -> list[str]:
        return list(self.watch.left((self.folder / "zoo", self.out), frozenset({id(self.guardian.timer)})))

    def quiet(self) -> dict[str, float]:
        """What the process holds with nothing open and nothing under way."""
        for top in (*dialogs.others(self.window), dialogs.in_front()):
            if top is not None and isValid(top):
                top.close()
        self.window.trainer.stop()
        self.wait(lambda: not self.window.trainer.training, ENDING)
        for run in self.window.session.runs:
            self.window.session.remove(run)
        self.wait(lambda: not len(self.window.jobs) and all(p.complete for p in self.window.panels.values()), ENDING)
        for notice in list(self.window.notices.shown):
            notice.dismiss()
        self.window.history.clear()
        rest(300)
        self.application.sendPostedEvents(None, 52)  # deferred deletions
        self.watch.forget_ended()
        now = held(self.window)
        return {"MB": now.memory_mb, "threads": now.threads, "objects": now.objects, "Qt objects": now.qt_objects,
                "handles": now.handles}  # fmt: skip


def _copy(source: str, target: str) -> str:
    """As `shutil.copy2`, but a FIFO is made anew and not read."""
    path = Path(source)
    if path.is_fifo():
        os.mkfifo(target)
        return target
    return str(shutil.copy2(source, target))


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def play(monkey: Monkey, actions: int) -> Iterator[None]:
    """All actions, each within the application's event loop as those of a person; it goes on in between."""
    for number in range(actions):
        did = "nothing"
        try:
            did = monkey.act()
            yield
            monkey.look()
        except Exception as error:  # the monkey's own
            monkey.faults.add("monkey: " + "".join(traceback.format_exception(error)))
        yield
        say(number=number, did=did, faults=monkey.faults.taken())
        if number % QUIET_EVERY == QUIET_EVERY - 1:
            say(number=number, held=monkey.quiet(), faults=monkey.faults.taken())
    say(number=actions, held=monkey.quiet(), faults=monkey.faults.taken())
    monkey.act()  # close in the midst of something
    monkey.end()
    say(number=actions, did="closed", faults=monkey.faults.taken())


def main(arguments: list[str]) -> None:
    folder, samples, actions, seed = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), int(arguments[3])
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # asked for after a hang
    end_log = errors.start_log()
    monkey = Monkey(folder, samples, seed)
    monkey.application.setQuitOnLastWindowClosed(False)
    work = play(monkey, actions)

    def go_on() -> None:
        try:
            next(work)
        except StopIteration:
            monkey.application.quit()
        else:
            QTimer.singleShot(0, go_on)

    QTimer.singleShot(0, go_on)
    monkey.application.exec()
    end_log()


if __name__ == "__main__":
    main(sys.argv[1:])
