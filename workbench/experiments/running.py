"""A table of trials over an executor: what is missing is trained, what is partial resumed, what is complete kept."""

from __future__ import annotations

import time
import traceback
from concurrent.futures import CancelledError, Future, wait
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from math import nan
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from workbench.experiments.files import examine
from workbench.experiments.reports import EVERY, Report, ask_to_stop, forget_report, measured, read_report, take_back
from workbench.experiments.table import check_files
from workbench.experiments.training import Outcome, train_trial
from workbench.runs.errors import RunError
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from workbench.experiments.table import Trial

State = Literal["queued", "running", "done", "failed", "cancelled"]
POLL = 0.25  # seconds between two looks at the reports
GRACE = 20.0  # seconds in which trials that were asked to stop are waited for
SETTLED = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class TrialEvent:
    """How one trial of a table is now: complete in itself, the newest counts."""

    trial: Trial
    state: State
    iteration: int = 0
    iterations: int = 0  # of the whole training; 0: not known yet
    accuracies: tuple[float | None, ...] = ()  # of the test images at each snapshot, percent; None: not measured
    seconds_left: float | None = None
    worker: str = ""  # who trains it
    problem: str = ""  # why it failed, or waits
    details: str = ""  # of a failure, for the log
    kept: bool = False  # its run was complete before

    @property
    def progress(self) -> float:
        """0…1 of the iterations."""
        return 1.0 if self.state == "done" else self.iteration / self.iterations if self.iterations else 0.0

    @property
    def accuracy(self) -> float:
        """The newest accuracy of the test images in percent; NaN before there is one."""
        return next((each for each in reversed(self.accuracies) if each is not None), nan)

    @property
    def settled(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in SETTLED


class Steering:
    """Requests to a table of trials that runs; any thread may make them."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[tuple[Literal["cancel", "retry"], Path]] = SimpleQueue()
        self.stopped = False

    def cancel(self, run: Path) -> None:
        """Do not train the trial with this file, or stop it; what it has is kept."""
        self._requests.put(("cancel", run))

    def retry(self, run: Path) -> None:
        """Train the trial with this file again, which failed or was cancelled."""
        self._requests.put(("retry", run))

    def stop(self) -> None:
        """Cancel all trials that are not settled."""
        self.stopped = True

    def taken(self) -> Iterator[tuple[Literal["cancel", "retry"], Path]]:
        """The requests since this was asked last."""
        with suppress(Empty):
            while True:
                yield self._requests.get_nowait()


def run_trials(
    trials: Sequence[Trial],
    executor: Executor,
    root: str | None = None,
    download: bool = False,
    steering: Steering | None = None,
) -> Generator[TrialEvent, None, None]:
    """The events of training `trials` on `executor`: first one for each trial, then whatever changes, until all end.

    An executor of processes, on this machine (`Processes`) or on others that see the same files (dask's
    `Client.get_executor()`). What is complete in its file is not trained again; a file of something else fails, and
    is left alone. A trial that fails does not hold up the others. Where the generator is closed, all trials stop as
    by `Steering.cancel`, with files that the next call resumes. SpecError: two trials have the same file.
    """
    with closing(steps(trials, executor, root, download, steering)) as events:
        yield from (event for event in events if event is not None)


def steps(
    trials: Sequence[Trial],
    executor: Executor,
    root: str | None = None,
    download: bool = False,
    steering: Steering | None = None,
) -> Generator[TrialEvent | None, None, None]:
    """As `run_trials`, with None four times a second besides: there whoever follows can close it."""
    check_files(trials)
    table = _Table(trials, executor, root, download)
    steering = steering or Steering()
    try:
        yield from table.begun()
        while not table.settled:
            yield from table.steered(steering)
            yield from table.changes()
            yield None
    finally:
        table.end()


def finished(events: Iterable[TrialEvent]) -> dict[Path, TrialEvent]:
    """The last event of each trial, by its file, once all have ended."""
    return {event.trial.path: event for event in events}


def examined(trial: Trial) -> TrialEvent:
    """How a trial stands before anything is done: "done", "queued", or "failed" where its file is in the way."""
    try:
        found = examine(trial)
    except (RunError, ValueError, OSError) as error:
        return TrialEvent(trial, "failed", problem=in_words(error))
    state: State = "done" if found.state == "complete" else "queued"
    accuracies = tuple(map(measured, found.accuracies))
    return TrialEvent(trial, state, found.iteration, found.iterations, accuracies, kept=state == "done")


class _Table:
    """The trials, the newest event of each, and their futures."""

    def __init__(self, trials: Sequence[Trial], executor: Executor, root: str | None, download: bool) -> None:
        self._trials = {trial.path: trial for trial in trials}
        self._executor, self._options = executor, (root, download)
        self._newest: dict[Path, TrialEvent] = {}
        self._futures: dict[Path, Future[Outcome]] = {}
        self._cancelled: dict[Path, float] = {}  # when each was asked to stop
        self._untrained: set[Path] = set()  # those of them that no one had begun

    @property
    def settled(self) -> bool:
        """Whether all trials have ended."""
        return all(event.settled for event in self._newest.values())

    def begun(self) -> Iterator[TrialEvent]:
        """Start the trials that are to be trained; how each stands."""
        for trial in self._trials.values():
            event = self._noted(examined(trial))
            yield event
            if event.state == "queued":
                self._submit(trial)

    def steered(self, steering: Steering) -> Iterator[TrialEvent]:
        """Do what was asked for since."""
        for wish, run in steering.taken():
            if wish == "cancel":
                self._cancel(run)
            elif self._newest[run].state in ("failed", "cancelled"):
                event = self._noted(examined(self._trials[run]))
                yield event
                if event.state == "queued":
                    self._submit(event.trial)
        if steering.stopped:
            yield from self._stop()

    def changes(self) -> Iterator[TrialEvent]:
        """What changed, after waiting a moment for that."""
        wait(self._futures.values(), POLL, return_when="FIRST_COMPLETED")
        for run, future in list(self._futures.items()):
            event = self._ended(run, future) if future.done() else self._seen(run, future)
            if event is not None and event != self._newest[run]:
                yield self._noted(event)

    def end(self) -> None:
        """Stop whatever still runs, and leave nothing but runs."""
        for _ in self._stop():
            pass
        until = time.monotonic() + GRACE
        while self._futures and time.monotonic() < until:
            for _ in self.changes():
                pass
        if self._untrained:
            time.sleep(EVERY)  # a cluster may begin one all the same, before it hears that it is cancelled
        for run in (*self._futures, *self._cancelled, *self._untrained):
            take_back(run)

    def _submit(self, trial: Trial) -> None:
        self._cancelled.pop(trial.path, None)
        self._untrained.discard(trial.path)
        take_back(trial.path)
        forget_report(trial.path)
        trial.path.parent.mkdir(parents=True, exist_ok=True)
        self._futures[trial.path] = self._executor.submit(train_trial, trial, *self._options)

    def _stop(self) -> Iterator[TrialEvent]:
        """Cancel all: first those that nobody trains, so that no worker begins with them when it is free."""
        for run in [run for run in self._futures if run not in self._cancelled]:
            self._cancel(run)
        for run, future in list(self._futures.items()):
            event = self._seen(run, future)
            if event is not None and event.settled:
                yield self._noted(event)

    def _cancel(self, run: Path) -> None:
        if run in self._futures:
            self._cancelled.setdefault(run, time.monotonic())
            ask_to_stop(run)

    def _seen(self, run: Path, future: Future[Outcome]) -> TrialEvent | None:
        """How a trial is that has not ended; None: not known."""
        report, before = read_report(run), self._newest[run]
        since = self._cancelled.get(run)
        # Nobody trains it, or who did so is gone.
        if since is not None and (report is None or time.monotonic() - since > GRACE) and future.cancel():
            self._untrained.add(run)
            return self._ended(run, future)
        if report is not None:
            return _reported(before, report)
        return replace(before, state="running") if future.running() else None

    def _ended(self, run: Path, future: Future[Outcome]) -> TrialEvent:
        del self._futures[run]
        self._cancelled.pop(run, None)
        forget_report(run)
        if run not in self._untrained:
            take_back(run)
        before = replace(self._newest[run], seconds_left=None, problem="")
        try:
            outcome = future.result()
        except CancelledError:
            return replace(before, state="cancelled")
        except Exception as error:  # the executor's own, such as of a worker that died again and again
            details = "".join(traceback.format_exception(error))
            return replace(before, state="failed", problem=in_words(error), details=details)
        return replace(
            before,
            state=outcome.state,
            iteration=outcome.iteration,
            iterations=outcome.iterations,
            accuracies=outcome.accuracies,
            problem=outcome.problem,
            details=outcome.details,
        )

    def _noted(self, event: TrialEvent) -> TrialEvent:
        self._newest[event.trial.path] = event
        return event


def _reported(before: TrialEvent, report: Report) -> TrialEvent:
    return replace(
        before,
        state="running",
        iteration=report.iteration,
        iterations=report.iterations or before.iterations,
        accuracies=report.accuracies or before.accuracies,
        seconds_left=report.seconds_left,
        worker=report.worker,
        problem=report.problem,
    )
