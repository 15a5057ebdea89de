"""Runs that differ only by seed form a group."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.runs.run import Run

# What members may differ in: the seed, what follows from it, and how the run was asked for.
_FREE = ("seed", "command", "recipe", "facts")


def members(run: Run, runs: Sequence[Run], snapshot: int) -> tuple[Run, ...]:
    """`run` and those of `runs` that differ from it by nothing but the seed, at a snapshot of the same epoch; by seed.

    `snapshot` is counted from 0. Of two runs with the same seed the first is taken.
    """
    found = {run.spec.seed: run}
    for other in runs:
        alike = snapshot < other.snapshots and other.epochs[snapshot] == run.epochs[snapshot]
        if alike and difference(run.spec, other.spec) is None:
            found.setdefault(other.spec.seed, other)
    return tuple(found[seed] for seed in sorted(found))


def difference(one: object, other: object, name: str = "") -> str | None:
    """The first field in which two specifications differ apart from the seed, such as "optimiser.momentum"; else None.

    The command, the recipe's name and the facts about the data are not compared.
    """
    if not (is_dataclass(one) and is_dataclass(other) and type(one) is type(other)):
        return None if one == other else name
    for field in fields(one):
        if not name and field.name in _FREE:
            continue
        inner = f"{name}.{field.name}" if name else field.name
        found = difference(getattr(one, field.name), getattr(other, field.name), inner)
        if found is not None:
            return found
    return None
