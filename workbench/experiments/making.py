"""Runs that an experiment needs: made in processes of this machine, gone on with, or taken as they are."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.experiments.machine import this_machine
from workbench.experiments.room import usable_cores
from workbench.experiments.running import Steering, run_trials
from workbench.experiments.table import Trial
from workbench.nets.datasets import DATA_VARIABLE, DataMissing, in_memory
from workbench.runs.run import open_run
from workbench.runs.spec import RunSpec
from workbench.training.command_line import command_line
from workbench.training.events import TrainingError
from workbench.training.resampling import resample

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.training.resampling import Order, Suffix


@dataclass(frozen=True)
class Again:
    """A training that begins as another run did, with other layers behind one (see `resample`), or other batches."""

    run: Path
    after: Callable[[Run], str] | None = None  # the layer behind which all are drawn again; None: none is
    order: Order = "kept"  # of the batches
    suffix: Suffix = "redrawn"
    frozen: bool = False  # the layers behind it are not trained

    def specification(self) -> RunSpec:
        """What is trained, once the run is there."""
        with open_run(self.run) as run:
            after = "" if self.after is None else self.after(run)
            return resample(run, after, self.order, suffix=self.suffix, frozen=self.frozen)


@dataclass(frozen=True)
class Training:
    """One run to be made."""

    name: str  # of those that differ by their seed alone
    path: Path
    title: str
    what: RunSpec | Again

    def trial(self) -> Trial:
        """What is trained. RunError: the run that it begins with is not there."""
        spec = self.what if isinstance(self.what, RunSpec) else self.what.specification()
        return Trial(replace(spec, command=command_line(spec, self.path)), self.path)


def made(
    trainings: Sequence[Training], should_stop: Callable[[], bool]
) -> Generator[tuple[Training, float], None, None]:
    """Make the runs that are not there, as many at a time as fit; yields a training and how far it is, 0…1.

    First those that begin by themselves, then those that begin as one of them. What was interrupted goes on.
    TrainingError: one failed, or its file holds another training; the others can be resumed.
    """
    for again in (False, True):
        wave = [each for each in trainings if isinstance(each.what, Again) == again]
        if wave and not should_stop():
            yield from _made(wave, should_stop)


def _made(
    trainings: Sequence[Training], should_stop: Callable[[], bool]
) -> Generator[tuple[Training, float], None, None]:
    for folder in {each.path.parent for each in trainings}:
        folder.mkdir(parents=True, exist_ok=True)
    by_path, trials = {each.path: each for each in trainings}, [each.trial() for each in trainings]
    specs, steering = [trial.spec for trial in trials], Steering()
    small = all(spec.net.name == "lenet" or spec.data.name == "digits" for spec in specs)  # fastest on one thread each
    with (
        this_machine(specs, usable_cores() if small else None) as (executor, _),
        closing(run_trials(trials, executor, os.environ.get(DATA_VARIABLE), steering=steering)) as events,
    ):
        for event in events:
            if should_stop():
                steering.stop()
            elif event.state == "failed":
                raise TrainingError(f"{event.trial.path.name}: {event.problem}", event.details)
            yield by_path[event.trial.path], event.progress


def missing_data(names: Iterable[str]) -> frozenset[str]:
    """Those of these data sets that are not on this machine."""
    missing = set()
    for name in set(names):
        try:
            in_memory(name)
        except DataMissing:
            missing.add(name)
    return frozenset(missing)
