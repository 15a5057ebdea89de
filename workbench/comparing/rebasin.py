"""Units of one network put into the order of another's: what it computes stays the same (Ainsworth et al. 2022).

Weight matching: layer by layer, the permutation of the units that brings their own weights and the weights that take
them closest to those of the other network (Hungarian method), until nothing changes any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array
    from workbench.nets.neighbours import Neighbours

    Array = NDArray[np.generic]
    State = dict[str, Array]
    Int64 = NDArray[np.int64]

MOST_ROUNDS = 50
_GAIN = 1e-12  # of the sum of products: less is rounding


@dataclass(frozen=True, eq=False)
class Matched:
    """The second network with its units in the order of the first."""

    state: State
    orders: Mapping[str, Int64]  # layer -> (m,) the unit of the second network that stands in each place
    similarity: float  # the sum of products of all matched parameters, before and after in the same measure
    before: float

    @property
    def moved(self) -> dict[str, int]:
        """How many units of each layer stand in another place than before."""
        return {layer: int(np.count_nonzero(order != np.arange(len(order)))) for layer, order in self.orders.items()}


def matched(first: Mapping[str, Array], second: Mapping[str, Array], around: Sequence[Neighbours]) -> Matched:
    """The second state dict in the order of the first; `around` are the layers whose units may change places.

    From two beginnings, the better of which counts: the order as it is, and the one that weights alone suggest from the
    first layer to the last, which finds a permuted copy at once.
    """
    before = _similarity(first, second, around)
    best: Matched | None = None
    for forward in (False, True):
        state = dict(second)
        orders = {each.layer: np.arange(len(second[f"{each.layer}.weight"])) for each in around}
        if forward:
            for each in around:
                _put(state, orders, each, _assigned(_own(first, state, each)))
        _descend(first, state, orders, around)
        similarity = _similarity(first, state, around)
        if best is None or similarity > best.similarity + _GAIN * abs(best.similarity):
            best = Matched(state, orders, similarity, before)
    assert best is not None
    return best


def _descend(first: Mapping[str, Array], state: State, orders: dict[str, Int64], around: Sequence[Neighbours]) -> None:
    """Match layer after layer, each with the others as they are, until no order changes any more."""
    for _ in range(MOST_ROUNDS):
        changed = False
        for each in around:
            products = _own(first, state, each) + _taking(first, state, each)
            order = _assigned(products)
            units = np.arange(len(order))
            gain = products[units, order].sum() - np.trace(products)
            if gain > _GAIN * np.abs(products[units, order]).sum():
                _put(state, orders, each, order)
                changed = True
        if not changed:
            return


def permuted(state: Mapping[str, Array], around: Neighbours, order: Int64) -> State:
    """The state dict of the same network with the units of a layer in this order."""
    found = dict(state)
    for key in _rows(state, around):
        found[key] = found[key][order]
    key = f"{around.following}.weight"
    found[key] = _blocks(found[key], len(order))[:, order].reshape(found[key].shape)
    return found


def _put(state: State, orders: dict[str, Int64], around: Neighbours, order: Int64) -> None:
    state.update(permuted(state, around, order))
    orders[around.layer] = orders[around.layer][order]


def _assigned(products: Float64Array) -> Int64:
    from scipy.optimize import linear_sum_assignment

    return np.asarray(linear_sum_assignment(products, maximize=True)[1], np.int64)


def _own(first: Mapping[str, Array], second: Mapping[str, Array], around: Neighbours) -> Float64Array:
    """The products of every two units' own weights, (m, m)."""
    return sum(
        (_flat(first[key]) @ _flat(second[key]).T for key in _rows(first, around) if "running" not in key),
        np.zeros(()),
    )


def _taking(first: Mapping[str, Array], second: Mapping[str, Array], around: Neighbours) -> Float64Array:
    """The products of the weights that take them, (m, m): a channel's, or its block across flatten."""
    units = len(first[f"{around.layer}.weight"])
    one, two = (
        np.moveaxis(_blocks(each[f"{around.following}.weight"], units).astype(np.float64), 1, 0).reshape(units, -1)
        for each in (first, second)
    )
    products: Float64Array = one @ two.T
    return products


def _similarity(first: Mapping[str, Array], second: Mapping[str, Array], around: Sequence[Neighbours]) -> float:
    keys = dict.fromkeys(key for each in around for key in (*_rows(first, each), f"{each.following}.weight"))
    return float(sum(np.vdot(_flat(first[key]), _flat(second[key])) for key in keys if "running" not in key))


def _rows(state: Mapping[str, Array], around: Neighbours) -> list[str]:
    """The parameters that have a row for each unit of a layer."""
    names = [name for name in (around.layer, around.batch_norm) if name is not None]
    return [key for key in state if key.rpartition(".")[0] in names and state[key].ndim]


def _blocks(weight: Array, units: int) -> Array:
    """Weights that take so many units, (out, units, what each has)."""
    return weight.reshape(len(weight), units, -1)


def _flat(values: Array) -> Float64Array:
    flat: Float64Array = values.astype(np.float64).reshape(len(values), -1)
    return flat
