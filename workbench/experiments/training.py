"""One trial, trained in whatever process this is called in: begun, resumed, or taken as it is."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.experiments.files import examine
from workbench.experiments.reports import Reporter, measured
from workbench.runs.files.lock import being_written
from workbench.runs.saying import in_words
from workbench.training.events import Paused, Progress, Saving, Snapshot, Started, TrainingError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from workbench.experiments.files import Found
    from workbench.experiments.table import Trial
    from workbench.training.events import Event

PATIENCE = 20.0  # seconds that a full disk, or a run that was moved, holds up a trial before it has failed
LOOK = 0.5  # seconds between two looks whether another process still writes the run
_one = threading.Lock()  # torch's random numbers and threads belong to the process


@dataclass(frozen=True)
class Outcome:
    """How a trial ended. Its run is in its file in any case, as far as it was trained."""

    state: Literal["done", "failed", "cancelled"]
    iteration: int = 0
    iterations: int = 0
    accuracies: tuple[float | None, ...] = ()
    problem: str = ""  # why it failed, in a sentence
    details: str = ""  # for the log


class _Stopped(Exception):
    """The trial was asked to stop."""


def train_trial(trial: Trial, root: str | None = None, download: bool = False) -> Outcome:
    """Train what is missing of `trial` and say how it ended; nothing is raised.

    A run that is complete is kept as it is, one that is partial goes on after its last snapshot, and a file of another
    training is left alone. While another process writes the run this one waits, as where a cluster gives a trial to
    a second machine because it has lost sight of the first. One trial at a time is trained in a process. Stopped by
    `reports.stop_file`, a run ends with its last planned snapshot: resumed, it becomes what it would have been.

    `root` and `download` say where data sets are and whether to fetch them. Any executor can call this function: it
    is pickled by its name.
    """
    with Reporter(trial.path) as reporter:
        try:
            _wait_for_turn(trial.path, reporter)
            try:
                found = examine(trial)
                reporter.say(**_progress(found))
                if found.state != "complete":
                    _follow(_events(trial, found, root, download), reporter)
            finally:
                _one.release()
        except _Stopped:
            return _outcome("cancelled", reporter)
        except Exception as error:
            return _outcome("failed", reporter, in_words(error), "".join(traceback.format_exception(error)))
        return _outcome("done", reporter)


def _progress(found: Found) -> dict[str, object]:
    return {
        "iteration": found.iteration,
        "iterations": found.iterations,
        "accuracies": tuple(map(measured, found.accuracies)),
    }


def _outcome(
    state: Literal["done", "failed", "cancelled"], reporter: Reporter, problem: str = "", details: str = ""
) -> Outcome:
    last = reporter.report
    return Outcome(state, last.iteration, last.iterations, last.accuracies, problem, details)


def _wait_for_turn(path: Path, reporter: Reporter) -> None:
    """Take this process's turn, once no other process writes the run; _Stopped where that is asked for first."""
    while not _one.acquire(timeout=LOOK):
        _check(reporter)
    try:
        _check(reporter)
        while being_written(path):
            reporter.say(problem="waits: another process still writes the run")
            time.sleep(LOOK)
            _check(reporter)
    except BaseException:
        _one.release()
        raise
    reporter.say(problem="")


def _check(reporter: Reporter) -> None:
    if reporter.should_stop():
        raise _Stopped


def _events(trial: Trial, found: Found, root: str | None, download: bool) -> Generator[Event, None, None]:
    if found.state == "partial":
        from workbench.training.resuming import resume

        return resume(trial.path, root, download)
    from workbench.training.loop.loop import train  # imports torch
    from workbench.training.recording import record_run

    return record_run(trial.path, train(trial.spec, root, download))


def _follow(events: Generator[Event, None, None], reporter: Reporter) -> None:
    """Report all events; the run stays unfinished where it is to stop, or cannot be written for long."""
    paused_since = None
    try:
        for event in events:
            _say(event, reporter)
            now = time.monotonic()
            paused_since = (paused_since or now) if isinstance(event, Paused) else None
            if paused_since is not None and now - paused_since > PATIENCE:
                raise TrainingError(reporter.report.problem)
            _check(reporter)
    except BaseException as error:
        events.throw(error)  # not closed, which would finish the run
        raise


def _say(event: Event, reporter: Reporter) -> None:
    before = reporter.report
    if isinstance(event, Started):
        reporter.say(iterations=event.snapshots[-1])
    elif isinstance(event, Progress):
        left = event.estimate.seconds
        reporter.say(iteration=event.iteration, iterations=event.iterations, seconds_left=left, problem="")
    elif isinstance(event, Snapshot):
        accuracies = (*before.accuracies[: event.index], measured(event.test_accuracy))
        reporter.say(iteration=event.iteration, accuracies=accuracies, problem="")
    elif isinstance(event, Paused | Saving):
        reporter.say(problem=event.problem)
