"""The scenes of the benchmark: each drives the window and says what was measured meanwhile."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from workbench import signals
from workbench.gui.background import loading
from workbench.gui.bench import driving, many_units
from workbench.gui.bench.calls import Measure, MeasuredApplication, Times
from workbench.gui.bench.evaluating import Evaluated, evaluate
from workbench.gui.bench.resources import Resources, held
from workbench.gui.bench.starting import start_once
from workbench.gui.bench.waiting import close, rest, wait_until
from workbench.gui.bench.wide import WIDE, Frames, change_snapshots, made, name_of, open_wide
from workbench.gui.state import samples
from workbench.gui.state.settings import Settings
from workbench.gui.window.app import application
from workbench.gui.window.main_window import MainWindow
from workbench.nets.memory import share_one_heap
from workbench.runs.run import open_run
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.gui.bench.amount import Amount
    from workbench.gui.bench.synthetic import Wide
    from workbench.gui.window.startup import Start

TRAINING = "digits-conv"  # the recipe that runs beside the window
TELL_S = 5.0
PART = 20  # drags and openings between two lines of progress
NOTED = 100  # drags and openings between two countings of what is held
ENDLESS = 400.0  # epochs: it never ends before the drag does


@dataclass(frozen=True)
class Scene:
    """What was measured while something was done."""

    name: str
    times: Times
    shown: int = 0  # snapshots that the graph has shown …
    passed: int = 0  # … of those that were asked for on the way …
    there: int = 0  # … and of all there are
    growth: Resources | None = None
    memory_mb: float = 0.0  # at its end, where the growth was measured
    course: tuple[tuple[int, Resources], ...] = ()  # the growth after so many drags or openings
    until_graph: float = 0.0  # seconds until the graph of a wide layer was there
    frames: int = 0  # of that graph


@dataclass(frozen=True)
class Measured:
    """All that the benchmark found."""

    runs: tuple[str, ...]
    starts: tuple[Start, ...]
    scenes: tuple[Scene, ...]
    evaluated: tuple[Evaluated, ...] = ()  # answers about each run, and the memory they took
    left: tuple[str, ...] = ()  # windows and threads that were still there when the window was closed
    unfinished: tuple[str, ...] = ()  # scenes in which the window did not keep up, and how


def measure(paths: Sequence[Path], amount: Amount, tell: Callable[[str], None]) -> Measured:
    """Drive the window over these runs (the first sample run where there is none), and say what was found.

    `tell` hears what is done next. RuntimeError where the window does not keep up at all, the run's own error where
    one cannot be opened.
    """
    runs = [path.resolve() for path in paths] or [samples.listed()[0].path]
    for run in runs:
        open_run(run).close()  # one that cannot be opened is told before anything is measured
    times = amount.starts if amount.plays("starts") else 0
    tell(f"starting {times} times")
    starts = tuple(start_once(runs[0]) for _ in range(times))
    with signals.noted(), tempfile.TemporaryDirectory() as folder, _private_folders(Path(folder)):
        stage = Stage(Path(folder), tell, amount.answers)
        try:
            evaluated = tuple(stage.evaluate(run, amount) for run in runs if amount.plays("pruning"))
            scenes = tuple(stage.told(stage.play(runs, amount)))
        finally:
            stage.leave()
        names = tuple(run.name for run in runs)
        return Measured(names, starts, scenes, evaluated, stage.left(), tuple(stage.unfinished))


def _private_folders(folder: Path) -> ExitStack:
    """Nothing that was kept by earlier runs makes this one faster, and nothing is left for later ones."""
    names = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, str(folder)))
    undo = ExitStack()
    for name, value in before.items():
        undo.callback(os.environ.pop, name) if value is None else undo.callback(os.environ.update, {name: value})
    return undo


class Stage:
    """The window that is driven, and what is measured of it."""

    def __init__(self, folder: Path, tell: Callable[[str], None], patience: float) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        loading.install()
        share_one_heap()
        existing = QApplication.instance()
        self._application = existing if isinstance(existing, MeasuredApplication) else MeasuredApplication(sys.argv[:1])
        application()
        self._folder = folder
        self._tell, self._patience = tell, patience
        self._threads = set(threading.enumerate())
        self._measure = Measure(self._application)
        self.window = MainWindow(Settings(folder / "settings.ini"))
        self.window.play_when_opened = False
        self.window.show()
        self._watcher = driving.Watcher(self.window)
        self.unfinished: list[str] = []

    def told(self, scenes: Iterator[Scene]) -> Iterator[Scene]:
        """The same; each is told when it is done: all of them take long, and a later one may fail."""
        for scene in scenes:
            wall = scene.times.wall
            self._tell(f"{scene.name}: {wall.p50:.1f} / {wall.p99:.1f} / {wall.max:.1f} ms; next")
            yield scene

    def play(self, runs: Sequence[Path], amount: Amount) -> Iterator[Scene]:
        """The scenes that are wanted, one after the other."""
        window = self.window
        for run in runs:
            yield from self._of_run(run, amount)
        if amount.plays("training"):
            yield self._beside_a_training(runs[0], amount)
        driving.close_runs(window)
        if amount.plays("drags"):
            driving.open_run(window, runs[0])
            yield self._counted(f"{amount.drags:,} drags", amount.drags, amount.warm_up, self._drag)
            driving.close_runs(window)
        if amount.plays("openings"):
            opened = f"open and close {amount.openings} times"
            yield self._counted(opened, amount.openings, amount.warm_up, lambda times: self._open(runs[0], times))
        if amount.plays("wide"):
            yield from self._of_many_units(amount)

    def _of_run(self, run: Path, amount: Amount) -> Iterator[Scene]:
        window = self.window
        scenes: dict[str, tuple[str, Callable[[], None]]] = {
            "drag": ("drag end to end", lambda: driving.drag_through(window, amount.seconds)),
            "play": ("play", lambda: driving.play_through(window, 50)),
            "scroll": ("scroll the table of units", partial(many_units.scroll, window, amount.notches)),
        }
        wanted = [scenes[name] for name in scenes if amount.plays(name)]
        if wanted:
            driving.open_run(window, run)
            self._await_answers()
        for words, do in wanted:
            yield self._scene(f"{words}, {run.name}", do)

    def _of_many_units(self, amount: Amount) -> Iterator[Scene]:
        for wide in WIDE[: amount.wide]:
            try:
                yield self._wide(wide, amount.changes)
            except RuntimeError as late:
                self.unfinished.append(f"{name_of(wide)}: {late}")
                self._tell(f"{self.unfinished[-1]}; next")
                driving.close_runs(self.window)

    def evaluate(self, run: Path, amount: Amount) -> Evaluated:
        """Answers about a run that nothing was measured of before."""
        self._tell(f"first numbers of pruning, {run.name}")
        return evaluate(self.window, run, amount.measuring)

    def _wide(self, wide: Wide, changes: int) -> Scene:
        """Open a layer of many units and go through its snapshots; what is held grows not over the changes."""
        name, window, frames = name_of(wide), self.window, Frames(self.window)
        path = made(wide, self._folder, self._tell)
        end = frames.watch()
        try:
            open_wide(window, path)
            before = self._held()
            scene = self._scene(name, lambda: change_snapshots(window, changes))
            after = self._held()
        finally:
            end()
        driving.close_runs(window)
        path.unlink()
        return replace(
            scene,
            growth=after.since(before),
            memory_mb=after.memory_mb,
            until_graph=round(frames.there, 2),
            frames=frames.count,
        )

    def _await_answers(self) -> None:
        """Wait until all is answered, but no longer than this: a large network takes many minutes."""
        deadline, told = time.monotonic() + self._patience, time.monotonic()
        while not (self._complete() and not len(self.window.jobs)) and time.monotonic() < deadline:
            rest(10)
            if time.monotonic() - told > TELL_S:
                told = time.monotonic()
                coming = [panel for panel in self.window.panels.made.values() if not panel.complete]
                self._tell(f"waiting for {', '.join(panel.title for panel in coming)}, {deadline - told:.0f} s at most")

    def _complete(self) -> bool:
        return all(panel.complete for panel in self.window.panels.made.values())

    def _scene(self, name: str, do: Callable[[], None]) -> Scene:
        self._tell(name)
        run = self.window.session.selection.run
        self._watcher.clear()
        self._measure.start()
        do()
        times = self._measure.stop()
        shown, passed = self._watcher.shown, self._watcher.passed
        return Scene(name, times, len(shown & passed), len(passed), run.snapshots if run is not None else 0)

    def _beside_a_training(self, run: Path, amount: Amount) -> Scene:
        window, target = self.window, self._folder / "training.h5"
        window.trainer.start(replace(recipe(TRAINING), epochs=ENDLESS), target)  # stopped when the drag is over
        wait_until(lambda: any(known.path == target for known in window.session.runs), "open the run that trains", 120)
        driving.open_run(window, run)
        scene = self._scene("drag while a training runs", lambda: driving.drag_through(window, amount.seconds))
        if not window.trainer.training:
            raise RuntimeError("the training ended before the drag did, so nothing was measured beside it")
        window.trainer.stop()
        wait_until(lambda: not window.trainer.training, "stop the training", 120)
        return scene

    def _counted(self, name: str, times: int, first: int, do: Callable[[int], None]) -> Scene:
        """`do` so many times, with the growth of what is held since the first few."""
        self._tell(name)
        do(first)
        before, course = self._held(), list[tuple[int, Resources]]()
        self._measure.start()
        for begun in range(0, times, PART):
            do(min(PART, times - begun))
            done = min(begun + PART, times)
            if done % NOTED == 0 and done < times:
                course.append((done, self._held().since(before)))
            grown = f", {course[-1][1].memory_mb:+.1f} MB" if course else ""
            self._tell(f"{name}: {done} done{grown}")
        measured = self._measure.stop()
        after = self._held()
        return Scene(name, measured, growth=after.since(before), memory_mb=after.memory_mb, course=tuple(course))

    def _held(self) -> Resources:
        self._await_answers()
        self._application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # what is only waiting to go
        return held(self.window)

    def _drag(self, times: int) -> None:
        driving.drag_at_random(self.window, times)

    def _open(self, run: Path, times: int) -> None:
        for _ in range(times):
            driving.open_run(self.window, run)
            driving.close_runs(self.window)

    def leave(self) -> None:
        """Close the window, and wait until it is."""
        if self.window.trainer.training:
            self.window.trainer.stop()
            wait_until(lambda: not self.window.trainer.training, "stop the training", 120)
        close(self.window)
        self.window.deleteLater()

    def left(self) -> tuple[str, ...]:
        """The names of windows and threads that are still there."""
        windows = [type(widget).__name__ for widget in self._application.topLevelWidgets() if widget.isVisible()]
        # Python notes threads of Qt that ran its code, and does not notice their end; Qt's own test is `jobs`.
        threads = [thread.name for thread in set(threading.enumerate()) - self._threads if not _is_qts(thread)]
        return *windows, *sorted(threads), *(["job"] * len(self.window.jobs))


def _is_qts(thread: threading.Thread) -> bool:
    return thread.name.startswith("Dummy-")
