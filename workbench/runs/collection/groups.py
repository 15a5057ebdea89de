"""Runs that differ only by seed form a group. Whether they do is decided here alone, by `refusal`."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cached import cached_property
from workbench.runs.collection.naming import moment, short_name
from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]

MOST_NAMED = 6  # seeds in a sentence
# What members may differ in: the seed, what follows from it, and how and where the run was asked for.
_FREE = ("seed", "command", "recipe", "facts", "device", "parent", "origin.source", "origin.note")


@dataclass(frozen=True)
class RunGroup:
    """Two or more runs that differ only by seed, in the order of their seeds."""

    runs: tuple[Run, ...]

    @cached_property
    def snapshots(self) -> int:
        """How many snapshots all of the runs have, each at the same epoch in all of them."""
        shortest = min(run.snapshots for run in self.runs)
        epochs = np.array([run.epochs[:shortest] for run in self.runs])
        alike = ((epochs == epochs[0]) | (np.isnan(epochs) & np.isnan(epochs[0]))).all(axis=0)
        return shortest if alike.all() else int(alike.argmin())

    @property
    def epochs(self) -> Float64:
        """The epoch of each snapshot, the same in all of the runs, (T,)."""
        return self.runs[0].epochs[: self.snapshots]

    @property
    def iterations(self) -> Float64:
        """The iteration of each snapshot in the first run, (T,)."""
        return self.runs[0].iterations[: self.snapshots]

    @property
    def finished(self) -> bool:
        """Whether nothing more will be written to any of the runs."""
        return all(run.finished for run in self.runs)

    def history(self, name: str) -> Float64:
        """The mean over the runs of a curve over the snapshots, (T,); NaN where one of them has no value."""
        mean: Float64 = self.histories(name).mean(axis=0)
        return mean

    def histories(self, name: str) -> Float64:
        """A curve over the snapshots in each run, (runs, T)."""
        return np.stack([run.history(name)[: self.snapshots] for run in self.runs])

    @property
    def name(self) -> str:
        """What people tell it by: "lenet_s1 and 4 others"."""
        return f"{short_name(self.runs[0])} and {counted(len(self.runs) - 1, 'other')}"

    @property
    def trainings(self) -> str:
        """How many trainings it has and with which seeds: "3 trainings (seeds 0, 1, 2)"."""
        seeds = [seed for run in self.runs if (seed := seed_of(run)) is not None]
        which = f" ({seeds_in_words(seeds)})" if seeds else ""
        return f"{counted(len(self.runs), 'training')}{which}"

    @property
    def columns(self) -> tuple[str, ...]:
        """What the column of each run is called: "seed_0"."""
        return tuple(short_name(run) if (seed := seed_of(run)) is None else f"seed_{seed}" for run in self.runs)


def seeds_in_words(seeds: Sequence[int]) -> str:
    """ "seeds 0, 1, 2"; of many "seeds 0 to 9", or with … where some between are missing."""
    first, last = seeds[0], seeds[-1]
    if len(seeds) > MOST_NAMED and list(seeds) == list(range(first, last + 1)):
        return f"seeds {first} to {last}"
    named = [str(seed) for seed in seeds]
    if len(seeds) > MOST_NAMED:
        named = [*named[: MOST_NAMED - 2], "…", named[-1]]
    return f"{plural(len(seeds), 'seed')} {', '.join(named)}"


def refusal(run: Run, other: Run, snapshot: int | None = None) -> str | None:
    """Why `other` is in no group with `run`, as a sentence; None where it is in one.

    `snapshot` counts from 0 and has to be at the same epoch in both; None: whichever.
    """
    field = difference(run.spec, other.spec)
    if field is not None:
        here, there = _at(other.spec, field), _at(run.spec, field)
        return f"{other.path} is not a member of the group: its {field} is {here}, that of {run.path} {there}."
    if _identity(other) == _identity(run):
        seed = seed_of(run)
        same = "are the same run" if seed is None else f"have the same seed, {seed}"
        return f"{other.path} and {run.path} {same}."
    if snapshot is None:
        return None
    for each in (other, run):
        if snapshot >= each.snapshots:
            there = f"there is no snapshot {snapshot}, it has {counted(each.snapshots, 'snapshot')}"
            return f"{each.path} is not a member of the group: {there}."
    if not same_epoch(other.epochs[snapshot], run.epochs[snapshot]):
        at = f"snapshot {snapshot} is at {moment(other, snapshot)}, that of {run.path} at {moment(run, snapshot)}"
        return f"{other.path} is not a member of the group: its {at}."
    return None


def group_of(runs: Sequence[Run], snapshot: int | None = None) -> RunGroup:
    """The runs as a group. ValueError: there are none, or `refusal` of one of them."""
    if not runs:
        raise ValueError("A group needs at least one run.")
    for number, run in enumerate(runs):
        for other in runs[:number]:
            why = refusal(other, run, snapshot)
            if why is not None:
                raise ValueError(why)
    return RunGroup(by_seed(runs))


def members(run: Run, runs: Sequence[Run], snapshot: int | None = None) -> tuple[Run, ...]:
    """`run` and those of `runs` that form a group with it at a snapshot, by seed.

    Of two runs with the same seed, the first is taken. Imported runs have no known seed: they stay in the order of
    `runs`.
    """
    found = [run]
    for other in runs:
        if all(refusal(known, other, snapshot) is None for known in found):
            found.append(other)
    return by_seed(found)


def groups_among(runs: Sequence[Run]) -> tuple[RunGroup, ...]:
    """The groups that runs form: each run is in one at most, in the order of `runs`."""
    left, found = list(runs), []
    while left:
        group = members(left[0], left[1:], 0 if left[0].snapshots else None)
        if len(group) > 1:
            found.append(RunGroup(group))
        left = [run for run in left[1:] if all(run is not known for known in group)]
    return tuple(found)


def by_seed(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs of a group in the order in which they are always taken."""
    return tuple(sorted(runs, key=lambda each: seed_of(each) or 0))


def seed_of(run: Run) -> int | None:
    """The seed of the training; None where it is unknown, as that of an imported run."""
    return None if run.spec.origin is not None and run.spec.origin.how == "imported" else run.spec.seed


def same_epoch(one: float, other: float) -> bool:
    """Whether two snapshots are at one epoch, or neither says at which."""
    return one == other or (one != one and other != other)


def _identity(run: Run) -> int | str:
    seed = seed_of(run)
    return run.run_id if seed is None else seed


def difference(one: object, other: object, name: str = "") -> str | None:
    """The first field in which two specifications differ apart from the seed, such as "optimiser.momentum"; else None.

    The command, the recipe's name, the device and the facts about the data are not compared.
    """
    if not (is_dataclass(one) and is_dataclass(other) and type(one) is type(other)):
        return None if one == other else name
    for field in fields(one):
        inner = f"{name}.{field.name}" if name else field.name
        if inner in _FREE:
            continue
        found = difference(getattr(one, field.name), getattr(other, field.name), inner)
        if found is not None:
            return found
    return None


def _at(spec: object, field: str) -> str:
    for name in field.split("."):
        spec = getattr(spec, name)
    return str(spec)
