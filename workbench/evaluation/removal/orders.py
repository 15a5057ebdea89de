"""In which order the units of a run's layers go: pruning orders by name, with what each needs read or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.greedy import JointOrder
from workbench.analysis.orders import RANDOM_SEEDS, among, find_order, joint_order, random_order, removal_order
from workbench.evaluation.similarity.table import Compared, ranking_similarity
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.greedy import UnitArray
    from workbench.analysis.orders import JointRule
    from workbench.evaluation.results import Removed
    from workbench.evaluation.similarity.table import RankedBy
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]

RANDOM = "random"


def orders_of(
    run: Run,
    layers: Sequence[str],
    snapshot: int,
    name: str,
    removed: Removed = "bias",
    rule: JointRule = "ranked",
    root: str | PathLike[str] | None = None,
    similarity: RankedBy = "weights",
) -> tuple[JointOrder, ...]:
    """The order called `name` over the units of `layers` that are not removed already; "random": one for each seed.

    `removed` matters to the oracle only, `rule` with several layers only, `similarity` to the orders that compare
    units with each other. What is measured is measured on validation images. ValueError: unknown order or similarity,
    or values that it cannot rank; DataMissing as `run_evaluators.data_of`.
    """
    values = [values_of(Place(run, layer, snapshot), name, removed, root, similarity) for layer in layers]
    present = present_units(run, layers, snapshot)
    return tuple(order_by(name, values, rule, seed, present) for seed in seeds_of(name))


def seeds_of(name: str) -> tuple[int, ...]:
    """Return the seeds of the orders called `name`: one for each curve."""
    return RANDOM_SEEDS if name == RANDOM else (0,)


def present_units(run: Run, layers: Sequence[str], snapshot: int) -> tuple[UnitArray, ...]:
    """The units of each layer that are not removed already, ascending. ValueError: a layer has none."""
    found = tuple(np.flatnonzero(run.layer(name).present(snapshot)) for name in layers)
    for name, units in zip(layers, found, strict=True):
        if not len(units):
            raise ValueError(f"every weight of {name} is zero, so that no unit is left to remove")
    return found


def order_by(
    name: str,
    values: Sequence[Float64],
    rule: JointRule = "ranked",
    seed: int = 0,
    present: Sequence[UnitArray] | None = None,
) -> JointOrder:
    """The order called `name` from what it needs to know of each layer; of one layer that of `removal_order`.

    It names the `present` units of each layer (None: all), as if there were no others.
    """
    known = [np.arange(len(each)) for each in values] if present is None else list(present)
    there = [among(each, units) for each, units in zip(values, known, strict=True)]
    if len(there) > 1:
        order = joint_order(name, there, seed, rule)
    else:
        units = random_order(len(there[0]), seed) if name == RANDOM else removal_order(name, there[0])
        order = JointOrder(np.zeros(len(units), np.int64), units)
    named = [known[layer][unit] for layer, unit in zip(order.layers, order.units, strict=True)]
    return JointOrder(order.layers, np.array(named, np.int64))


def draws(present: UnitArray, count: int) -> list[list[int]]:
    """`count` of the present units of a layer drawn at random, five times: those that the random orders remove first.

    All of them where there are no more.
    """
    return [present[random_order(len(present), seed)[:count]].tolist() for seed in RANDOM_SEEDS]


def values_of(
    place: Place,
    name: str,
    removed: Removed = "bias",
    root: str | PathLike[str] | None = None,
    similarity: RankedBy = "weights",
) -> Float64:
    """What the order called `name` needs of a layer, all units: of its weights, or measured. Errors as `orders_of`."""
    order, row = find_order(name), ranking_similarity(similarity)
    if order.needs == "gram" and similarity != "weights":
        return row.products(Compared.of(place, root))
    if order.by_weights:
        layer = place.layer_view
        return layer.norms(place.snapshot) if order.needs == "norms" else layer.gram(place.snapshot)
    from workbench.evaluation.removal.scores import scores_for  # torch, which the orders by weights do without

    return scores_for(place, name, root, removed)


def pairs(order: JointOrder, layers: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(layer, unit) in the order in which they go."""
    return ((layers[layer], unit) for layer, unit in zip(order.layers.tolist(), order.units.tolist(), strict=True))
