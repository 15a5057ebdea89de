"""Merging instead of pruning: repeated units collapsed into one that takes over their outgoing weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.analysis.matrices import gram
from workbench.analysis.merging import REPEATED_COSINE, MergeGroups, merge_groups, multiples_of
from workbench.evaluation.cached_curves import accuracy_without
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.chains import neighbours_of
from workbench.evaluation.paced import Paced
from workbench.evaluation.removal.orders import orders_of
from workbench.evaluation.run_evaluators import evaluator, network_of
from workbench.evaluation.similarity.table import Compared, ranking_similarity
from workbench.evaluation.smaller.reweighted import accuracies_with, whole_weight
from workbench.evaluation.smaller.surgery import folded_rows, smaller_network, smaller_state
from workbench.nets.devices import CPU, evaluation_device
from workbench.nets.units import layers
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.paced import Tell
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.evaluation.similarity.table import RankedBy
    from workbench.nets.neighbours import Neighbours
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None
    _Step = tuple[float, "Merged | None"]  # the cosine and what is merged at it

TOGETHER = 4  # merges that pass the images in one run
LADDER = (1.0, 0.99, 0.975, 0.95, 0.925, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)  # cosines of merging


@dataclass(frozen=True, eq=False)
class Merged:
    """A network in which the repeated units of one layer are one."""

    layer: str
    groups: MergeGroups
    state: dict[str, torch.Tensor]  # of the smaller network
    widths: tuple[int, ...]  # units of every layer but the classifier

    @property
    def units(self) -> int:
        """How many units are left."""
        return len(self.groups.kept)


@dataclass(frozen=True, eq=False)
class Merge:
    """What merging repeated units costs, beside removing as many by smallest norm."""

    result: Merged
    unchanged: Accuracy
    accuracy: Accuracy
    pruned: Accuracy  # as many units set to zero, smallest norm first
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`


@dataclass(frozen=True)
class MergePoint:
    """A layer merged at one cosine."""

    cosine: float
    removed: int  # units fewer than before
    accuracy: Accuracy


@dataclass(frozen=True)
class Merging:
    """What merging a layer's units costs, at fewer and fewer units."""

    layer: str
    snapshot: int
    part: PartName
    points: tuple[MergePoint, ...]  # `removed` ascends
    complete: bool  # every requested cosine was tried
    warnings: tuple[str, ...] = ()  # why it is doubtful, see `doubts`

    def rows(self) -> Iterator[tuple[float, int, float, float]]:
        """(cosine, units removed, accuracy %, loss), point by point."""
        for point in self.points:
            yield point.cosine, point.removed, point.accuracy.accuracy, point.accuracy.loss


def merged(
    module: nn.Module,
    around: Neighbours,
    cosine: float,
    evaluator: Evaluator | None = None,
    products: NDArray[np.float64] | None = None,
) -> Merged:
    """`module` with the units of a layer merged whose [w, b] (batch norm folded in) have a cosine of at least `cosine`.

    The unit that stays takes over the outgoing weights of the others, each times its multiple: exact for positive
    multiples under ReLU. With an `evaluator` the multiples are the least-squares ones of the units' outputs on its
    images, which is better for units that repeat each other only nearly. With `products`, (m, m), the inner products
    of another similarity, its cosines say which units are merged.
    """
    rows, layer = folded_rows(module, around), around.layer
    own = gram(rows)
    groups = merge_groups(own if products is None else products, cosine)
    if evaluator is not None:
        multiples = output_multiples(evaluator, groups)
    else:
        multiples = np.maximum(multiples_of(own, groups.representatives), 0.0)  # ReLU passes no negative ones
    kept = groups.kept
    shares = np.zeros((len(kept), len(rows)))
    place = np.searchsorted(kept, groups.representatives)
    shares[place, np.arange(len(rows))] = multiples
    widths = tuple(len(kept) if known.name == layer else known.units for known in layers(module)[:-1])
    return Merged(layer, groups, smaller_state(module, around, kept, shares), widths)


def output_multiples(evaluator: Evaluator, groups: MergeGroups) -> NDArray[np.float64]:
    """The multiple of its representative's output that is nearest to each unit's, (m,); over images and positions."""
    rows = torch.from_numpy(groups.representatives)
    products, squares = np.zeros(len(rows)), np.zeros(len(rows))
    for index in range(len(evaluator.prefix.chunks)):
        active = evaluator.prefix.ask(partial(evaluator.prefix.activated, index))
        outputs = active.cpu().transpose(0, 1).flatten(1).double()  # not every device has doubles
        others = outputs[rows]
        products += (outputs * others).sum(1).numpy()
        squares += (others * others).sum(1).numpy()
    multiples: NDArray[np.float64] = np.divide(products, squares, out=np.zeros(len(rows)), where=squares > 0)
    multiples[groups.kept] = 1.0
    return multiples


def network_of_merged(module: nn.Module, result: Merged) -> nn.Module:
    """The smaller network itself, where networks are evaluated, ready to be run."""
    return smaller_network(module, result.state).to(evaluation_device()).eval()


def accuracies_of(module: nn.Module, around: Neighbours, result: Merged, engine: Evaluator) -> Iterator[Accuracy]:
    """Ever better: the accuracy of the smaller network, of which only what comes behind the layer is run.

    `engine` is the evaluator of the layer in `module`: before it both networks compute the same.
    """
    if engine.takes_units:
        return (each for (each,) in accuracies_with(engine, [_weight_behind(around, result)]))
    return Evaluator(network_of_merged(module, result), engine.data, engine.layer, 0).accuracies()


def _weight_behind(around: Neighbours, result: Merged) -> torch.Tensor:
    """The weight of the layer that takes the units, which is zero for those that were merged into others."""
    groups = result.groups
    return whole_weight(groups.kept, result.state[f"{around.following}.weight"], len(groups.representatives))


def merge(
    run: Run,
    layer: str,
    cosine: float = REPEATED_COSINE,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    by_outputs: bool = False,
    tell: Tell | None = None,
    similarity: RankedBy | None = None,
) -> Merge:
    """The network with its repeated units merged, and what that costs.

    `by_outputs` takes the multiples from the units' outputs on validation images instead of from their weights.
    `similarity` says which units repeat each other: None, [w, b] with batch norm folded in; by "outputs" the multiples
    are from them too. `tell` hears how far the work is. ValueError: an unknown similarity, or one that this layer does
    not have.
    """
    place = place_in(run, layer, snapshot)
    index = place.snapshot
    engine, module = evaluator(place, part, root), network_of(run, index, CPU)
    around = neighbours_of(engine.network, layer, "merge")
    by_outputs = by_outputs or similarity == "outputs"
    measured = evaluator(place, "validation", root) if by_outputs else None
    result = merged(module, around, cosine, measured, _products(place, similarity, root))
    (by_norm,) = orders_of(run, (layer,), index, "max_mag")
    gone = by_norm.units[: engine.units - result.units].tolist()
    paced = Paced(len(engine.data), tell)
    for kind in ("unchanged", "merged", "pruned"):
        paced.expect(kind, 1)
    unchanged = paced.exact("unchanged", engine.accuracies())
    return Merge(
        result,
        unchanged,
        paced.exact("merged", accuracies_of(module, around, result, engine)),
        paced.exact("pruned", engine.ablations(gone, "zero")),
        warnings_of(run, index, part, root, unchanged.accuracy, chooses=by_outputs),
    )


def merging(
    run: Run,
    layer: str,
    snapshot: int = -1,
    part: PartName = "test",
    root: Root = None,
    cosines: Sequence[float] = LADDER,
    similarity: RankedBy | None = None,
) -> Iterator[Merging]:
    """Ever more of the merging curve: the exact accuracy with the layer's repeated units merged, cosine by cosine.

    What was measured before is there at once (see `cached_curves`).
    Cosines that leave as many units as the one before are passed over. `similarity`, ValueError and DataMissing as in
    `merge`.
    """
    place = place_in(run, layer, snapshot)
    index = place.snapshot
    engine, module = evaluator(place, part, root), network_of(run, index, CPU)
    around = neighbours_of(engine.network, layer, "merge")
    compared = evaluator(place, "validation", root) if similarity == "outputs" else None
    products = _products(place, similarity, root)
    found: list[MergePoint] = []
    at = partial(merged, module, around, evaluator=compared, products=products)
    for steps in _steps(at, sorted(cosines, reverse=True)):
        known: dict[float, Accuracy] = {}
        for number, (cosine, result) in enumerate(steps):
            if result is not None:
                measure = partial(_measured, engine, module, around, steps[number:], known)
                gone = run.layer(layer).units - result.units
                what = ("merged", cosine, *filter(None, [similarity]))
                accuracy = accuracy_without(place, what, gone, measure, part, root)
                found.append(MergePoint(cosine, gone, accuracy))
            complete = cosine == min(cosines)
            warnings = warnings_of(run, index, part, root, chooses=compared is not None) if complete else ()
            yield Merging(layer, index, part, tuple(found), complete, warnings)


def _products(place: Place, similarity: RankedBy | None, root: Root) -> NDArray[np.float64] | None:
    """Inner products by which units are grouped; None: those of the network's own rows."""
    return None if similarity is None else ranking_similarity(similarity).products(Compared.of(place, root))


def _steps(at: Callable[[float], Merged], cosines: Iterable[float]) -> Iterator[list[_Step]]:
    """The merges at each cosine, a few at a time; None where it leaves as many units as the one before."""
    steps: list[_Step] = []
    units = 0
    for cosine in cosines:
        result = at(cosine)
        fewer = not units or result.units < units
        if fewer and sum(known is not None for _, known in steps) == TOGETHER:
            yield steps
            steps = []
        steps.append((cosine, result if fewer else None))
        units = result.units
    yield steps


def _measured(
    engine: Evaluator, module: nn.Module, around: Neighbours, steps: list[_Step], known: dict[float, Accuracy]
) -> Accuracy:
    """The exact accuracy of the first of these merges; those of the others become known with it."""
    results = {cosine: result for cosine, result in steps if result is not None}
    first = next(iter(results))
    if first in known:
        return known[first]
    if results[first].units == engine.units:  # nothing is merged: what comes before the layer is computed already
        return exact(engine.accuracies())
    if not engine.takes_units:
        return exact(accuracies_of(module, around, results[first], engine))
    weights = [_weight_behind(around, result) for result in results.values()]
    known.update(zip(results, exact(accuracies_with(engine, weights)), strict=True))
    return known[first]
