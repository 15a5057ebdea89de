"""Runs that differ only by seed form a group."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.runs.run import Run

# What members may differ in: the seed, what follows from it, and how the run was asked for.
_FREE = ("seed", "command", "recipe", "facts", "origin.source", "origin.note")


def members(run: Run, runs: Sequence[Run], snapshot: int) -> tuple[Run, ...]:
    """`run` and those of `runs` that differ from it by nothing but the seed, at a snapshot of the same epoch; by seed.

    `snapshot` is counted from 0. Of two runs with the same seed the first is taken; imported ones, whose seeds nobody
    knows, come in the order of `runs`.
    """
    found: dict[int | str, Run] = {_identity(run): run}
    for other in runs:
        alike = snapshot < other.snapshots and same_epoch(run.epochs[snapshot], other.epochs[snapshot])
        if alike and difference(run.spec, other.spec) is None:
            found.setdefault(_identity(other), other)
    return by_seed(found.values())


def by_seed(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The runs of a group in the order in which they are always taken."""
    return tuple(sorted(runs, key=lambda each: seed_of(each) or 0))


def seed_of(run: Run) -> int | None:
    """The seed of the training; None: it was imported, and nobody knows."""
    return None if run.spec.origin is not None and run.spec.origin.how == "imported" else run.spec.seed


def same_epoch(one: float, other: float) -> bool:
    """Whether two snapshots are at one epoch, or neither says at which."""
    return one == other or (one != one and other != other)


def _identity(run: Run) -> int | str:
    seed = seed_of(run)
    return run.run_id if seed is None else seed


def difference(one: object, other: object, name: str = "") -> str | None:
    """The first field in which two specifications differ apart from the seed, such as "optimiser.momentum"; else None.

    The command, the recipe's name and the facts about the data are not compared.
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
