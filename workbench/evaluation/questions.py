"""The questions one asks of a run, each one function: prune, low_rank, joint_low_rank, ablate; see also `merging`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import low_rank as ranks
from workbench.analysis.intervals import over_repeats
from workbench.analysis.orders import DEFAULT_ORDERS, find_order
from workbench.evaluation.cached_curves import rank_curves, removal_curves
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.evaluator import exact
from workbench.evaluation.paced import Paced
from workbench.evaluation.ranks.approximated import WEIGHTS, approximated
from workbench.evaluation.ranks.joint import JointLowRank, joint_low_ranks
from workbench.evaluation.ranks.stages import exact_curve, expect_ranks, rank_stages
from workbench.evaluation.removal.falling import falling_curve
from workbench.evaluation.removal.flat_start import FlatStart, dead_units, flat_start
from workbench.evaluation.removal.orders import draws, orders_of, pairs, present_units, seeds_of
from workbench.evaluation.run_evaluators import data_of, evaluator, joint_evaluator
from workbench.runs.pace import Pace
from workbench.runs.place import Place, place_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from workbench.analysis.greedy import JointOrder
    from workbench.analysis.low_rank import LowRank
    from workbench.analysis.orders import JointRule
    from workbench.evaluation.paced import Tell
    from workbench.evaluation.ranks.approximated import Approximated, Matrix
    from workbench.evaluation.removal.coarse import Levels
    from workbench.evaluation.results import Accuracy, Curve, Removed
    from workbench.evaluation.run_evaluators import PartName
    from workbench.evaluation.similarity.table import RankedBy
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None

TOLERANCE = 1.0  # points of validation accuracy that a smaller rank may cost


@dataclass(frozen=True, eq=False)
class Pruning:
    """What removing a layer's units costs, order by order; "random" has one curve for each of its seeds."""

    layer: str  # several are joined by ","
    snapshot: int
    part: PartName
    removed: Removed
    curves: tuple[tuple[str, tuple[Curve, ...]], ...]
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`
    flat: tuple[tuple[str, FlatStart], ...] = ()  # of each order but "random", where the dead units are known

    def rows(self) -> Iterator[tuple[str, int, float, float, float]]:
        """(order, units removed, accuracy %, its standard deviation over seeds or NaN, loss), level by level."""
        for name, repeats in self.curves:
            accuracy = over_repeats(np.stack([curve.accuracy for curve in repeats]))
            loss = np.mean([curve.loss for curve in repeats], axis=0)
            spread = accuracy.std if len(repeats) > 1 else np.full(len(loss), np.nan)
            for gone, height, std, cost in zip(repeats[0].levels, accuracy.mean, spread, loss, strict=True):
                yield name, int(gone), float(height), float(std), float(cost)

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["order", "removed", "accuracy", "std", "loss"])


@dataclass(frozen=True, eq=False)
class LowRanks:
    """What low ranks of a layer's matrix keep and cost."""

    layer: str
    snapshot: int
    part: PartName
    spectrum: LowRank
    curve: Curve
    within_tolerance: int | None  # smallest rank within `tolerance` points on validation; None where it was not asked
    about: Approximated = WEIGHTS  # which matrix
    tolerance: float = TOLERANCE
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`

    @property
    def elbows(self) -> dict[str, int | None]:
        """The rank that each estimator proposes; None where it cannot say, or was not asked."""
        return ranks.elbows(self.spectrum, self.within_tolerance)

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
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`


def prune(
    run: Run,
    layer: str | None = None,
    snapshot: int = -1,
    orders: Sequence[str] = DEFAULT_ORDERS,
    removed: Removed = "bias",
    part: PartName = "test",
    root: Root = None,
    layers: Sequence[str] = (),
    rule: JointRule = "ranked",
    tell: Tell | None = None,
    similarity: RankedBy = "weights",
) -> Pruning:
    """The exact pruning curves of a layer, 0…m units removed; or of several `layers` together.

    Several layers lose their units "ranked" together, or equal "fractions" each (see `joint_order`); such a curve has
    every level where that takes at most three times as long as 51 of them, else 51 (`several.LEVELS`). `similarity`
    is that by which the orders compare units (max_fp, min_ip …). `tell` hears how far the work is. ValueError: an
    unknown order, similarity or network, or not one of `layer` and `layers`; RunError: no such layer; DataMissing: the
    data are not on this machine.
    """
    if bool(layer) == bool(layers):
        raise ValueError("prune needs either layer or layers: give one of the two.")
    index, requested = run.resolve(snapshot), (layer,) if layer else tuple(layers)
    for name in orders:
        find_order(name)
    for name in requested:
        run.layer(name)
    curves, flat, dead = [], [], dead_units(run, requested, index)
    paced = Paced(len(data_of(run, part, root)), tell)
    paced.expect("orders", len(orders), cost=0.0)
    for name in orders:
        paced.expect("curves", len(seeds_of(name)))
    for name in orders:
        paced.pace.enter("orders")
        found = orders_of(run, requested, index, name, removed, rule, root, similarity)
        paced.pace.count()
        sweeps = (removal_curve(run, requested, index, order, removed, name, part, root) for order in found)
        curves.append((name, tuple(paced.exact("curves", sweep, cached=len(requested) == 1) for sweep in sweeps)))
        if dead is not None and len(found) == 1:
            (curve,) = curves[-1][1]
            flat.append((name, flat_start(curve.accuracy, curve.levels, found[0], dead)))
    unchanged = float(curves[0][1][0].accuracy[0]) if curves else None
    chooses = similarity == "outputs" or not all(find_order(name).by_weights for name in orders)
    warnings = warnings_of(run, index, part, root, unchanged, chooses)
    return Pruning(",".join(requested), index, part, removed, tuple(curves), warnings, tuple(flat))


def removal_curve(
    run: Run,
    layers: Sequence[str],
    snapshot: int,
    order: JointOrder,
    removed: Removed = "bias",
    name: str = "",
    part: PartName = "test",
    root: Root = None,
    at: Levels = "all",
) -> Iterator[Curve]:
    """Ever better: the curve of an order over one layer (every level) or over several (see `prune`).

    A curve over one layer that was found before is there at once (see `cached_curves`). `at` is as in
    `coarse.Levels`.
    """
    if len(layers) == 1:
        place = Place(run, layers[0], snapshot)
        if at in ("some", "fall"):
            return falling_curve(place, order.units, removed, name, part, root, exact_fall=at == "fall")
        return removal_curves(place, order.units, removed, name, part, root, at=at)
    engine = joint_evaluator(run, tuple(layers), snapshot, part, root)
    return engine.removal_curve(tuple(pairs(order, layers)), removed, name=name)


def low_rank(
    run: Run,
    layer: str,
    snapshot: int = -1,
    ranks_asked: Sequence[int] | None = None,
    part: PartName = "test",
    root: Root = None,
    estimators: bool = False,
    matrix: Matrix = "weights",
    units: Sequence[int] = (),
    tolerance: float = TOLERANCE,
    tell: Tell | None = None,
) -> LowRanks:
    """What each rank of a layer keeps of its norm and what it costs; `estimators` asks validation for one rank more.

    `matrix` is what the ranks are of: "weights" W, "moved" W − W₀, "normalised" rows of length one (scaled back
    afterwards); with `units` the rows of these alone. `ranks_asked` None: all of them. `tolerance` is in points of
    validation accuracy. `tell` hears how far the work is, on all parts of the data.
    ValueError: no such matrix or unit; and DataMissing, as in `prune`.
    """
    place = place_in(run, layer, snapshot)
    view, index = place.layer_view, place.snapshot
    about = approximated(view, matrix, units)
    spectrum = about.spectrum(place, root)
    pace = Pace()
    if estimators:
        expect_ranks(pace, place, "validation", root, about)
    if ranks_asked is None:
        expect_ranks(pace, place, part, root, about)
        curve = exact_curve(rank_stages(place, part, root, about=about, pace=pace), tell)
    else:
        paced = Paced(len(data_of(run, part, root)), tell, pace)
        paced.expect("chosen ranks", 1)
        chosen = rank_curves(place, ranks_asked, about.name, part, root, about=about)
        curve = paced.exact("chosen ranks", chosen, cached=True)
    warnings = warnings_of(run, index, part, root, _at_full_rank(curve, spectrum))
    within = None
    if estimators:
        on_validation = exact_curve(rank_stages(place, "validation", root, about=about, pace=pace), tell)
        within = ranks.smallest_rank_within(on_validation.accuracy, tolerance)
        warnings += warnings_of(run, index, "validation", root, _at_full_rank(on_validation, spectrum))
    return LowRanks(layer, index, part, spectrum, curve, within, about, tolerance, tuple(dict.fromkeys(warnings)))


def _at_full_rank(curve: Curve, spectrum: LowRank) -> float | None:
    """The accuracy with nothing changed in percent; None where the curve was not asked for it."""
    return curve.at(spectrum.ranks).accuracy if spectrum.ranks in curve.levels else None


def joint_low_rank(
    run: Run, tolerance: float, snapshot: int = -1, part: PartName = "test", root: Root = None
) -> JointLowRank:
    """What all layers together cost, each at the smallest rank that loses at most the fraction `tolerance` of ‖W‖²_F.

    ValueError and DataMissing as in `joint_low_ranks`.
    """
    return exact(joint_low_ranks(run, tolerance, snapshot, part, root))


def ablate(
    run: Run,
    layer: str,
    units: Sequence[int],
    snapshot: int = -1,
    removed: Removed = "bias",
    part: PartName = "test",
    root: Root = None,
    tell: Tell | None = None,
) -> Ablation:
    """What removing these units at once costs, and five times as many, drawn at random (seeds 0…4) from all.

    `tell` hears how far the work is.
    """
    place = place_in(run, layer, snapshot)
    engine = evaluator(place, part, root)
    chosen = tuple(sorted(set(units)))
    (present,) = present_units(run, (layer,), place.snapshot)
    drawn = draws(present, len(chosen))
    paced = Paced(len(engine.data), tell)
    paced.expect("unchanged", 1)
    paced.expect("ablations", 1 + len(drawn))
    unchanged = paced.exact("unchanged", engine.accuracies())
    return Ablation(
        layer,
        chosen,
        removed,
        unchanged,
        paced.exact("ablations", engine.ablations(chosen, removed)),
        tuple(paced.exact("ablations", engine.ablations(draw, removed)) for draw in drawn),
        warnings_of(run, snapshot, part, root, unchanged.accuracy),
    )
