"""Pruning curves over a group of runs that differ only by their seed: mean, interval and the curve of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.analysis.orders import DEFAULT_ORDERS
from workbench.evaluation.questions import prune
from workbench.runs.collection.groups import group_of, same_epoch, seed_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.intervals import Repeats
    from workbench.evaluation.questions import Pruning
    from workbench.evaluation.results import Removed
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

COLUMNS = ("order", "removed", "runs", "mean", "std", "low", "high")


@dataclass(frozen=True, eq=False)
class GroupCurve:
    """The accuracies of one order in every run of a group."""

    order: str
    levels: Int64  # (L,) units removed
    accuracy: Float64  # (runs, L) in percent; of random orders the mean over their seeds

    @property
    def over(self) -> Repeats:
        """Mean and 95 % interval (Student's t) over the runs, at each level."""
        return over_repeats(self.accuracy)


@dataclass(frozen=True, eq=False)
class GroupPruning:
    """What removing a layer's units costs, over several trainings."""

    layer: str
    snapshot: int
    part: PartName
    seeds: tuple[int | None, ...]
    curves: tuple[GroupCurve, ...]
    warnings: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns: those of the mean, then one for each run."""
        names = (f"run_{number}" if seed is None else f"seed_{seed}" for number, seed in enumerate(self.seeds))
        return (*COLUMNS, *names)

    def rows(self) -> Iterator[tuple[str | int | float | None, ...]]:
        """Accuracies in percent, level by level; deviation and interval are None for a single run."""
        for curve in self.curves:
            over = curve.over
            for at, removed in enumerate(curve.levels.tolist()):
                spread = (over.std[at], over.low[at], over.high[at]) if over.count > 1 else (None, None, None)
                numbers = (None if value is None else float(value) for value in spread)
                each = curve.accuracy[:, at].tolist()
                yield curve.order, removed, over.count, float(over.mean[at]), *numbers, *each

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))


def prune_group(
    runs: Sequence[Run],
    layer: str,
    snapshot: int = -1,
    orders: Sequence[str] = DEFAULT_ORDERS,
    removed: Removed = "bias",
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
) -> GroupPruning:
    """The exact pruning curves of a layer in runs that differ only by their seed.

    `tell` hears which run is measured. ValueError: no run, one of another training or at another epoch, an unknown
    order or network; RunError: no such layer; DataMissing: the data are not on this machine.
    """
    group = group_of(runs)
    at = group.runs[0].resolve(snapshot)
    if any(not same_epoch(run.epochs[run.resolve(snapshot)], group.runs[0].epochs[at]) for run in group.runs):
        raise ValueError(f"snapshot {snapshot} is not at the same epoch in all runs")
    found: list[Pruning] = []
    for number, run in enumerate(group.runs, 1):
        if tell is not None:
            tell(f"run {number} of {len(group.runs)}")
        found.append(prune(run, layer, run.resolve(snapshot), orders, removed, part, root))
    warnings = dict.fromkeys(warning for each in found for warning in each.warnings)
    curves = tuple(_curve(name, found) for name in orders)
    return GroupPruning(layer, at, part, tuple(map(seed_of, group.runs)), curves, tuple(warnings))


def _curve(name: str, found: Sequence[Pruning]) -> GroupCurve:
    """The curves of one order; where runs have other numbers of units left, at the levels that all of them have."""
    of_runs = [dict(each.curves)[name] for each in found]
    shared = of_runs[0][0].levels
    for repeats in of_runs[1:]:
        shared = np.intersect1d(shared, repeats[0].levels)
    accuracy = [
        np.mean([curve.accuracy[np.searchsorted(curve.levels, shared)] for curve in repeats], axis=0)
        for repeats in of_runs
    ]
    return GroupCurve(name, shared, np.stack(accuracy))
