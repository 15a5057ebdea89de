"""The questions one asks of a run, each one function with a frozen answer: prune, low_rank, ablate, merge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import low_rank as ranks
from workbench.analysis.intervals import over_repeats
from workbench.analysis.orders import DEFAULT_ORDERS, RANDOM_SEEDS, find_order, random_order, removal_order
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.merging import Merged, merged, network_of_merged
from workbench.evaluation.of_run import data_of, evaluator, network_of
from workbench.evaluation.scores import scores_for
from workbench.nets.variance import variance_if_known

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.low_rank import LowRank
    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Accuracy, Curve, Removed
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None

RANDOM_DRAWS = 5
TOLERANCE = 1.0  # points of validation accuracy that a smaller rank may cost


@dataclass(frozen=True, eq=False)
class Pruning:
    """What removing a layer's units costs, order by order; "random" has one curve for each of its seeds."""

    layer: str
    snapshot: int
    part: PartName
    removed: Removed
    curves: tuple[tuple[str, tuple[Curve, ...]], ...]

    def rows(self) -> Iterator[tuple[str, int, float, float, float]]:
        """(order, units removed, accuracy %, its standard deviation over seeds or NaN, loss), 0…m for each order."""
        for name, repeats in self.curves:
            accuracy = over_repeats(np.stack([curve.accuracy for curve in repeats]))
            loss = np.mean([curve.loss for curve in repeats], axis=0)
            spread = accuracy.std if len(repeats) > 1 else np.full(len(loss), np.nan)
            for level, row in enumerate(zip(accuracy.mean, spread, loss, strict=True)):
                yield (name, int(repeats[0].levels[level]), *map(float, row))

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["order", "removed", "accuracy", "std", "loss"])


@dataclass(frozen=True, eq=False)
class LowRanks:
    """What low ranks of a layer keep and cost."""

    layer: str
    snapshot: int
    part: PartName
    spectrum: LowRank
    curve: Curve
    within_tolerance: int | None  # smallest rank within `TOLERANCE` points on validation; None where it was not asked

    def rows(self) -> Iterator[tuple[int, float, float, float, float]]:
        """(rank, residual Σ_{j>k} s², norm %, accuracy %, loss), rank by rank."""
        for rank, accuracy, loss in self.curve.rows():
            yield rank, float(self.spectrum.residuals[rank]), float(self.spectrum.norm_percent[rank]), accuracy, loss

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["rank", "residual", "norm_percent", "accuracy", "loss"])


@dataclass(frozen=True, eq=False)
class Ablation:
    """What some units of a layer cost, beside as many drawn at random."""

    layer: str
    units: tuple[int, ...]
    removed: Removed
    unchanged: Accuracy
    ablated: Accuracy
    random: tuple[Accuracy, ...]


@dataclass(frozen=True, eq=False)
class Merge:
    """What merging repeated units costs, beside removing as many by smallest norm."""

    result: Merged
    unchanged: Accuracy
    accuracy: Accuracy
    pruned: Accuracy  # as many units set to zero, smallest norm first


def prune(
    run: Run,
    layer: str,
    snapshot: int = -1,
    orders: Sequence[str] = DEFAULT_ORDERS,
    removed: Removed = "bias",
    part: PartName = "test",
    root: Root = None,
) -> Pruning:
    """The exact pruning curves of a layer, 0…m units removed.

    ValueError: an unknown order, layer or network; DataMissing: the data are not on this machine.
    """
    index = run.resolve(snapshot)
    for name in orders:
        find_order(name)
    asked = evaluator(run, layer, index, part, root)
    curves = []
    for name in orders:
        found = tuple(
            exact(asked.removal_curve(order, removed, name)) for order in _orders(run, layer, index, name, root)
        )
        curves.append((name, found))
    return Pruning(layer, index, part, removed, tuple(curves))


def low_rank(
    run: Run,
    layer: str,
    snapshot: int = -1,
    ranks_asked: Sequence[int] | None = None,
    part: PartName = "test",
    root: Root = None,
    estimators: bool = False,
) -> LowRanks:
    """What each rank of a layer keeps of its norm and what it costs; `estimators` asks validation for one rank more.

    `ranks_asked` None: 0…min(m, n). ValueError and DataMissing as in `prune`.
    """
    index, view = run.resolve(snapshot), run.layer(layer)
    variance = variance_if_known(run.spec.initialiser, view.kind, view.units, view.inputs, view.kernel_area)
    spectrum = ranks.low_rank(view.eigenvalues(index), view.units, view.inputs, variance)
    curve = exact(evaluator(run, layer, index, part, root).rank_curve(ranks_asked))
    within = None
    if estimators:
        on_validation = exact(evaluator(run, layer, index, "validation", root).rank_curve())
        within = ranks.smallest_rank_within(on_validation.accuracy, TOLERANCE)
    return LowRanks(layer, index, part, spectrum, curve, within)


def ablate(
    run: Run,
    layer: str,
    units: Sequence[int],
    snapshot: int = -1,
    removed: Removed = "bias",
    part: PartName = "test",
    root: Root = None,
) -> Ablation:
    """What removing these units at once costs, and five times as many units drawn at random (seeds 0…4)."""
    asked = evaluator(run, layer, run.resolve(snapshot), part, root)
    chosen = tuple(sorted(set(units)))
    draws = (random_order(asked.units, seed)[: len(chosen)].tolist() for seed in range(RANDOM_DRAWS))
    return Ablation(
        layer,
        chosen,
        removed,
        exact(asked.accuracies()),
        exact(asked.ablations(chosen, removed)),
        tuple(exact(asked.ablations(draw, removed)) for draw in draws),
    )


def merge(
    run: Run,
    layer: str,
    cosine: float = 0.95,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    by_outputs: bool = False,
) -> Merge:
    """The network with its repeated units merged, and what that costs.

    `by_outputs` takes the multiples from the units' outputs on validation images instead of from their weights.
    """
    index = run.resolve(snapshot)
    module, data = network_of(run, index), data_of(run, part, root)
    widths = tuple(known.units for known in run.layers[:-1])
    measured = evaluator(run, layer, index, "validation", root) if by_outputs else None
    result = merged(module, widths, layer, cosine, measured)
    smaller = network_of_merged(run.spec.net, run.layers[-1].units, result)
    asked = evaluator(run, layer, index, part, root)
    gone = removal_order("max_mag", run.layer(layer).gram(index))[: asked.units - result.units].tolist()
    return Merge(
        result,
        exact(asked.accuracies()),
        exact(Evaluator(smaller, data, layer).accuracies()),
        exact(asked.ablations(gone, "zero")),
    )


def _orders(run: Run, layer: str, snapshot: int, name: str, root: Root) -> list[NDArray[np.int64]]:
    """The order called `name`; for "random" one for each seed."""
    if name == "random":
        return [random_order(run.layer(layer).units, seed) for seed in RANDOM_SEEDS]
    needs = find_order(name).needs
    values = run.layer(layer).gram(snapshot) if needs == "gram" else scores_for(run, layer, snapshot, name, root)
    return [removal_order(name, values)]
