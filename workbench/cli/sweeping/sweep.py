"""`workbench sweep`: a table of trainings, on this machine or on a cluster."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.cli.following import stopped_by_signals
from workbench.cli.sweeping.live_table import LiveTable
from workbench.cli.sweeping.table_file import trials_of
from workbench.experiments.groups import counts, grouped
from workbench.experiments.machine import ASKED, this_machine
from workbench.experiments.running import Steering, examined, steps
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from workbench.cli.following import Stop
    from workbench.experiments.running import TrialEvent
    from workbench.experiments.table import Trial

MOST_WORKERS = 1_000


def _sweep(options: argparse.Namespace) -> int:
    _check(options)
    folder = options.out.resolve()
    trials = trials_of(options.table, folder)
    _refuse_other_runs(trials)
    folder.mkdir(parents=True, exist_ok=True)
    with stopped_by_signals() as stop, ExitStack() as stack:
        executor = stack.enter_context(_executor(options, trials, folder))
        newest = _followed(options, trials, executor, stop)
    return _ending(newest, stop)


def _check(options: argparse.Namespace) -> None:
    if options.scheduler and options.workers is not None:
        raise BadUsage("give --workers or --scheduler, not both: a cluster has the workers that you start there")
    if options.workers is not None and not 1 <= options.workers <= MOST_WORKERS:
        raise BadUsage(f"--workers is a number from 1 to {MOST_WORKERS:,}, not {options.workers}")


def _refuse_other_runs(trials: tuple[Trial, ...]) -> None:
    """Raise ValueError where a file is in the way of a training, before any of them begins."""
    blocked = [event.problem for event in map(examined, trials) if event.state == "failed"]
    if blocked:
        more = f" ({counted(len(blocked) - 1, 'other file')} too)" if len(blocked) > 1 else ""
        raise ValueError(f"{blocked[0]}{more}")


@contextmanager
def _executor(options: argparse.Namespace, trials: tuple[Trial, ...], folder: Path) -> Iterator[Executor]:
    if options.scheduler:
        from workbench.experiments.cluster import cluster

        with cluster(options.scheduler, folder) as (executor, words):
            print(f"{counted(len(trials), 'training')} on {words}", flush=True)
            yield executor
        return
    if find_spec("torch") is None:  # before a process is started that needs it
        raise ModuleNotFoundError("No module named 'torch'", name="torch")
    with this_machine([trial.spec for trial in trials], options.workers) as (executor, found):
        bound = found.bound if found.bound == ASKED else f"as many as fit: {found.bound}"
        at_a_time = f", {found.workers} at a time ({bound})" if len(trials) > 1 else ""
        print(f"{counted(len(trials), 'training')}{at_a_time}", flush=True)
        yield executor


def _followed(
    options: argparse.Namespace, trials: tuple[Trial, ...], executor: Executor, stop: Stop
) -> tuple[TrialEvent, ...]:
    """The last event of each trial."""
    root = None if options.data_root is None else str(options.data_root.resolve())
    steering, newest = Steering(), {}
    events = steps(trials, executor, root, options.download, steering)
    with LiveTable(trials) as table, closing(events):
        for event in events:
            if event is not None:
                newest[event.trial.path] = event
            if stop() and not steering.stopped:
                steering.stop()
                table.say("stopping; the same command resumes what is left")
            table.take(event)
    return tuple(newest.values())


def _ending(events: tuple[TrialEvent, ...], stop: Stop) -> int:
    for group in grouped(events):
        if group.accuracies:
            print(group.words)
    failed = [event for event in events if event.state == "failed"]
    for event in failed:
        print(f"failed: {event.trial.name}: {event.problem}")
    print(f"{counted(len(events), 'training')}: {counts(events)}")
    if stop():
        return 128 + stop.signal
    return 1 if failed else 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        'The file has options of workbench train, such as net = "lenet" and lr = [0.05, 0.1]; a list has several '
        "values, and every combination is trained. runs = 5 trains each with five seeds. Give the same command again "
        "to resume what was interrupted; complete runs are kept."
    )
    add = parser.add_argument
    add("table", type=Path, metavar="SPEC.toml", help="what to train")
    add(
        "--out",
        type=Path,
        metavar="FOLDER",
        required=True,
        help="the folder of the runs; it is made where it is missing",
    )
    add(
        "--workers",
        type=int,
        metavar="N",
        help="how many trainings at a time (default: as many as fit on this machine)",
    )
    add(
        "--scheduler",
        metavar="ADDRESS",
        help="train on the workers of this dask scheduler, such as tcp://10.0.0.1:8786",
    )
    add("--data-root", type=Path, metavar="FOLDER", help="folder of the data sets (default WORKBENCH_DATA)")
    add("--download", action="store_true", help="download a data set to that folder if it is not there")


SWEEP = Command("train every combination of several values", _declare, _sweep)
