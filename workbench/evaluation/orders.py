"""In which order the units of a run's layers go: pruning orders by name, with what each needs read or measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.greedy import JointOrder
from workbench.analysis.orders import RANDOM_SEEDS, find_order, joint_order, random_order, removal_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.orders import JointRule
    from workbench.evaluation.results import Removed
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
) -> tuple[JointOrder, ...]:
    """The order called `name` over the units of `layers`; for "random" one for each of its seeds.

    `removed` matters to the oracle only, `rule` with several layers only. What is measured is measured on validation
    images. ValueError: unknown order, or values that it cannot rank; KeyError: a package's order by scores that are
    not measured; DataMissing as `of_run.data_of`.
    """
    values = [values_of(run, layer, snapshot, name, removed, root) for layer in layers]
    seeds = RANDOM_SEEDS if name == RANDOM else (0,)
    return tuple(order_by(name, values, rule, seed) for seed in seeds)


def order_by(name: str, values: Sequence[Float64], rule: JointRule = "ranked", seed: int = 0) -> JointOrder:
    """The order called `name` from what it needs to know of each layer; of one layer that of `removal_order`."""
    if len(values) > 1:
        return joint_order(name, values, seed, rule)
    units = random_order(len(values[0]), seed) if name == RANDOM else removal_order(name, values[0])
    return JointOrder(np.zeros(len(units), np.int64), units)


def values_of(
    run: Run,
    layer: str,
    snapshot: int,
    name: str,
    removed: Removed = "bias",
    root: str | PathLike[str] | None = None,
) -> Float64:
    """What the order called `name` needs of a layer: its Gram matrix, or what is measured. Errors as `orders_of`."""
    if find_order(name).needs == "gram":
        return run.layer(layer).gram(snapshot)
    from workbench.evaluation.scores import scores_for  # torch, which the orders by weights do without

    return scores_for(run, layer, snapshot, name, root, removed)


def pairs(order: JointOrder, layers: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(layer, unit) in the order in which they go."""
    return ((layers[layer], unit) for layer, unit in zip(order.layers.tolist(), order.units.tolist(), strict=True))
