"""What a low rank keeps and costs over runs that differ only by seed (report, Fig. 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import Repeats, over_repeats
from workbench.analysis.low_rank import norm_percent
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.paced import Paced
from workbench.evaluation.ranks.approximated import NO_UNITS, approximated
from workbench.evaluation.ranks.stages import exact_curve, rank_stages
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.runs.collection.groups import group_of, seed_of
from workbench.runs.errors import shown
from workbench.runs.place import place_in
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.paced import Tell
    from workbench.evaluation.ranks.approximated import Approximated, Matrix
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Root = str | PathLike[str] | None


@dataclass(frozen=True, eq=False)
class GroupLowRank:
    """What rank `rank` of a layer keeps and costs in each run of a group; G is the number of runs."""

    layer: str
    rank: int
    part: PartName
    seeds: tuple[int | None, ...]  # (G,); None: not known
    norm_percent: Float64  # (G,) 100·‖W_k‖_F/‖W‖_F
    lost: Float64  # (G,) accuracy − accuracy with W_k, in points
    matrix: Matrix = "weights"  # what W stands for
    warnings: tuple[str, ...] = ()  # why it is doubtful, run by run (see `doubts`)

    def rows(self) -> Iterator[tuple[str, float, float, int]]:
        """(quantity, mean, sample variance, runs): "norm_percent", then "accuracy_lost"; one run has variance NaN."""
        for name, values in (("norm_percent", self.norm_percent), ("accuracy_lost", self.lost)):
            found = over_repeats(values)
            yield name, float(found.mean), float(found.variance), found.count

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["quantity", "mean", "variance", "runs"])


@dataclass(frozen=True, eq=False)
class GroupCurves:
    """What every rank of a layer keeps and costs in each run of a group; G runs, L ranks 0…L − 1."""

    layer: str
    part: PartName
    seeds: tuple[int | None, ...]  # (G,); None: not known
    norm_percent: Float64  # (G, L) 100·‖W_k‖_F/‖W‖_F
    accuracy: Float64  # (G, L) percent; the last is that with nothing changed
    matrix: Matrix = "weights"  # what W stands for
    warnings: tuple[str, ...] = ()  # why it is doubtful, run by run (see `doubts`)

    @property
    def over_runs(self) -> Repeats:
        """The accuracy at each rank over the runs, all of it (L,)."""
        return over_repeats(self.accuracy)

    @property
    def residual_percent(self) -> Float64:
        """What each rank leaves out, 100·‖W − W_k‖²/‖W‖², (G, L)."""
        return 100.0 - self.norm_percent**2 / 100.0

    def at(self, rank: int) -> GroupLowRank:
        """What one of the ranks keeps and costs."""
        lost = self.accuracy[:, -1] - self.accuracy[:, rank]
        about = self.layer, rank, self.part, self.seeds, self.norm_percent[:, rank], lost
        return GroupLowRank(*about, self.matrix, self.warnings)


def group_curves(
    runs: Sequence[Run],
    layer: str,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    matrix: Matrix = "weights",
) -> Iterator[GroupCurves]:
    """Yield ever more runs of the group, each at every rank of the matrix. Errors as `low_rank_group`.

    A curve that was found before is there at once (see `cached_curves`).
    """
    at = _snapshot_of_all(runs, snapshot)
    about = _of_any_run(runs[0], layer, matrix)
    kept, found, warnings = [], [], list[str]()
    for run in runs:
        place = place_in(run, layer, at)
        curve = exact_curve(rank_stages(place, part, root, about=about))
        kept.append(norm_percent(about.eigenvalues(place, root)))
        found.append(curve.accuracy)
        warnings += _warnings(run, at, part, root, float(curve.accuracy[-1]))
        seeds = tuple(seed_of(known) for known in runs[: len(found)])
        yield GroupCurves(layer, part, seeds, _even(kept), _even(found), matrix, tuple(warnings))


def low_rank_group(
    runs: Sequence[Run],
    layer: str,
    rank: int,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    matrix: Matrix = "weights",
    tell: Tell | None = None,
) -> GroupLowRank:
    """What rank `rank` of a layer's matrix keeps of its norm and costs, run by run; `tell` hears how far the work is.

    ValueError: no run; a run that differs from the first in more than its seed, or has the same seed as another, or
    whose snapshot is at another epoch (the message names the field); an unknown layer or rank; a matrix of selected
    units. DataMissing: the data are not on this machine.
    """
    at = _snapshot_of_all(runs, snapshot)
    about = _of_any_run(runs[0], layer, matrix)
    paced = Paced(len(data_of(runs[0], part, root)), tell)
    paced.expect("factors", len(runs), cost=0.0)
    for kind in ("unchanged", "low rank"):
        paced.expect(kind, len(runs))
    kept, lost, warnings = [], [], list[str]()
    for run in runs:
        paced.pace.enter("factors")
        place = place_in(run, layer, at)
        view = place.layer_view
        norms = norm_percent(about.eigenvalues(place, root))
        if not 0 <= rank <= min(view.units, view.inputs):
            raise ValueError(f"{layer} has the ranks 0 to {len(norms) - 1}, not {rank}.")
        reached = min(rank, len(norms) - 1)  # a run that lost units to pruning has fewer ranks
        evaluator = Evaluator(network_of(run, at), data_of(run, part, root), layer)
        factors = about.factors(place, root)
        paced.pace.count()
        kept.append(norms[reached])
        unchanged = paced.exact("unchanged", evaluator.accuracies()).accuracy
        reduced = paced.exact("low rank", evaluator.low_ranks(reached, factors))
        lost.append(unchanged - reduced.accuracy)
        warnings += _warnings(run, at, part, root, unchanged)
    seeds = tuple(seed_of(run) for run in runs)
    return GroupLowRank(layer, rank, part, seeds, np.array(kept), np.array(lost), matrix, tuple(warnings))


def _even(curves: Sequence[Float64]) -> Float64:
    """The curves as rows of one length: beyond a run's largest rank all is kept and nothing lost."""
    longest = max(map(len, curves))
    return np.stack([np.pad(curve, (0, longest - len(curve)), mode="edge") for curve in curves])


def _warnings(run: Run, snapshot: int, part: PartName, root: Root, unchanged: float) -> Iterator[str]:
    yield from (f"{shown(run.path.name)}: {each}" for each in warnings_of(run, snapshot, part, root, unchanged))


def _of_any_run(run: Run, layer: str, matrix: Matrix) -> Approximated:
    if matrix == "units":
        raise ValueError(NO_UNITS)
    about = approximated(run.layer(layer), matrix)
    about.check(place_in(run, layer, 0))
    return about


def _snapshot_of_all(runs: Sequence[Run], snapshot: int) -> int:
    """The snapshot counted from 0. ValueError: the runs are no group there."""
    if not runs:
        raise ValueError("A group needs at least one run.")
    first = runs[0]
    for run in runs:
        if snapshot < 0 and run.snapshots != first.snapshots:
            there, here = (counted(each.snapshots, "snapshot") for each in (run, first))
            problem = f"it has {there} and {first.path} {here}, so that their ends are not the same"
            raise ValueError(f"{run.path} is not a member of the group: {problem}. Name a snapshot that both have.")
    at = first.resolve(snapshot)
    group_of(runs, at)
    return at
