"""The pruning orders: in which order a layer's units are removed (report, section 3.1).

An order is a few lines: what scores the units, how the scores change as units go, and which end goes first. Where
the changes do not add up, it is a short generator that yields the scores of what is left. A `max_…` order keeps its
quantity as large as it can in what is left (it removes the smallest contribution), a `min_…` order as small; all are
greedy, one unit at a time, ties to the lowest index. A package adds its own by an entry point in the group
"workbench.pruning_orders" that names an `Order`.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from workbench.analysis.greedy import (
    JointOrder,
    Ranking,
    Removals,
    equal_fractions,
    ranked_together,
    remove_one_by_one,
    remove_rescored,
)
from workbench.analysis.matrices import cosines, norms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.analysis.greedy import Rescoring, UnitArray
    from workbench.analysis.matrices import Float64Array

    Seed: TypeAlias = int | tuple[int, ...]

Needs = Literal["norms", "gram", "correlation", "scores"]
JointRule = Literal["ranked", "fractions"]
Dash = Literal["solid", "dashed", "dotted"]

ENTRY_POINTS = "workbench.pruning_orders"
RANDOM_SEEDS = (0, 1, 2, 3, 4)  # the random band is drawn over these
DEFAULT_ORDERS = ("max_mag", "min_mag", "max_fp", "min_fp", "random")


@dataclass(frozen=True)
class Order:
    """A pruning order: what it needs to know of a layer, and how it ranks the units from that.

    "norms" are those of the units' weights; "gram" is W Wᵀ; "correlation" the (m, m) correlation of the units' outputs,
    a constant output having a row of zeros; "scores" one number per unit that has to be measured on data, and is then
    known by the order's name.
    `ranking` takes what the order needs and a seed. It returns the units' scores, (m,), the smallest of which goes
    first; or a `Ranking`, whose scores change by known amounts as units go; or it is a generator that yields the scores
    of the units that are left and is sent each unit that went.
    `colour` and `dash` are those of its curve. No order changes the look of another one.
    """

    title: str
    needs: Needs
    ranking: Callable[[Float64Array, Seed], Ranking | Float64Array | Rescoring]
    largest_first: bool = False
    colour: str | None = None  # a name in `looks.OKABE_ITO`, "#rrggbb", or "" for that of the text; None: by its name
    dash: Dash = "solid"

    @property
    def by_weights(self) -> bool:
        """Whether the layer's weights are all it needs."""
        return self.needs in ("norms", "gram")


@dataclass(frozen=True)
class AvailableOrders:
    """The built-in orders and those of installed packages; what could not be loaded, and why, by name."""

    orders: Mapping[str, Order]
    broken: Mapping[str, str]


def removal_order(name: str, values: Float64Array, seed: int = 0) -> UnitArray:
    """The units of a layer in the order in which `name` removes them, (m,) int64.

    `values` is what the order needs: the (m, m) Gram matrix (which will do for the norms, too), the correlation matrix,
    or the (m,) norms or scores. `seed` matters to "random" only. Raises ValueError for an unknown order and for values
    it cannot rank.
    """
    return removals(name, values, seed).order


def removals(name: str, values: Float64Array, seed: Seed = 0) -> Removals:
    """`removal_order` together with each unit's score as it went; the same arguments."""
    order = find_order(name)
    known = np.asarray(values, dtype=np.float64)
    if order.needs == "norms" and known.ndim == 2 and known.shape[0] == known.shape[1]:
        known = norms(known)
    expected = (len(known),) if order.needs in ("norms", "scores") else (len(known), len(known))
    if known.shape != expected:
        raise ValueError(f'"{name}" needs {order.needs} of shape {expected}, not {known.shape}')
    if not np.isfinite(known).all():
        raise ValueError(f'"{name}" cannot rank {order.needs} with NaN or infinite entries: choose another snapshot')
    found = order.ranking(known, seed)
    if isinstance(found, Generator):
        try:
            return remove_rescored(found, len(known), order.largest_first)
        except ValueError as error:
            raise ValueError(f'"{name}" cannot rank these units: {error}') from error
    ranking = found if isinstance(found, Ranking) else Ranking(np.asarray(found, dtype=np.float64))
    if len(ranking.scores) != len(known):
        raise ValueError(f'"{name}" gave {len(ranking.scores)} scores for {len(known)} units: it needs one for each')
    return remove_one_by_one(ranking, order.largest_first)


def joint_order(name: str, layers: Sequence[Float64Array], seed: int = 0, rule: JointRule = "ranked") -> JointOrder:
    """The units of several layers in the order in which `name` removes them; `layers` are their `values`.

    "ranked": all units compete, scores divided by their layer's root mean square; "fractions": every layer loses
    the same fraction at each step. "random" draws each layer from (seed, its position). Raises ValueError as
    `removal_order` does, and for an unknown rule or no layer.
    """
    if rule not in JOINT_RULES:
        raise ValueError(f'unknown rule "{rule}": choose one of {", ".join(JOINT_RULES)}')
    return JOINT_RULES[rule].order([removals(name, values, (seed, layer)) for layer, values in enumerate(layers)])


def order_by_score(scores: Float64Array, largest_first: bool = False) -> UnitArray:
    """The units by their (m,) scores, smallest first or largest first, (m,) int64; ties to the lowest index.

    Raises ValueError for scores that are not one finite number per unit.
    """
    return remove_one_by_one(Ranking(np.asarray(scores, dtype=np.float64)), largest_first).order


def random_order(units: int, seed: Seed = 0) -> UnitArray:
    """A random order of `units`, (m,) int64: the permutation of NumPy's PCG64 generator started from `seed`."""
    return np.random.Generator(np.random.PCG64(seed)).permutation(units).astype(np.int64)


def among(values: Float64Array, units: UnitArray) -> Float64Array:
    """What an order needs of these units alone: their (k,) norms or scores, or their (k, k) matrix."""
    return values[units] if values.ndim == 1 else values[np.ix_(units, units)]


def find_order(name: str) -> Order:
    """The order of that name, built in or from a package; ValueError with the nearest names if there is none."""
    if name in ORDERS:
        return ORDERS[name]
    available = available_orders()
    if name in available.broken:
        raise ValueError(f'the pruning order "{name}" could not be loaded: {available.broken[name]}')
    if name not in available.orders:
        near = get_close_matches(name, available.orders, n=3) or available.orders
        raise ValueError(f'unknown pruning order "{name}": did you mean {", ".join(near)}?')
    return available.orders[name]


@lru_cache(maxsize=1)
def available_orders() -> AvailableOrders:
    """Every order by name, and the reasons why packages' orders could not be loaded; read once per process."""
    orders, broken = dict(ORDERS), dict[str, str]()
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            orders[entry.name] = _load(entry, taken=entry.name in orders)
        except Exception as error:  # whatever a package raises as it is imported, the others must still work
            broken[entry.name] = f"{entry.value}: {type(error).__name__}: {error}"
    return AvailableOrders(MappingProxyType(orders), MappingProxyType(broken))


def _load(entry: EntryPoint, taken: bool) -> Order:
    if taken:
        raise ValueError("there is an order of that name already")
    order = entry.load()
    if not isinstance(order, Order):
        raise TypeError(f"it should be a workbench.analysis.orders.Order, but is a {type(order).__name__}")
    if order.needs == "scores":
        raise ValueError('a package has no way to measure "scores": choose norms, gram or correlation')
    return order


def _squared_cosines(gram: Float64Array, _: Seed) -> Ranking:
    """Σⱼ⟨ŵᵢ,ŵⱼ⟩²; of a correlation matrix, whose diagonal is 1 already, Σⱼρᵢⱼ²."""
    squares = cosines(gram)
    np.square(squares, out=squares)  # half a gigabyte of 8,192 units
    return Ranking(squares.sum(axis=1), squares)


def _absolute_cosines(gram: Float64Array, _: Seed) -> Ranking:
    products = cosines(gram)
    np.abs(products, out=products)
    return Ranking(products.sum(axis=1), products)


def _raw_potential_change(gram: Float64Array, _: Seed) -> Ranking:
    """FP(with the unit) − FP(without it) of the raw rows: its row and its column, the self term once."""
    squares = np.square(gram)
    own = np.diagonal(squares).copy()
    squares *= 2.0
    return Ranking(squares.sum(axis=1) - own, squares)


def _nearest(gram: Float64Array, _: Seed) -> Rescoring:
    """The |cosine| of each unit with its nearest among those left; of the closest two the first goes, not both."""
    closeness = np.abs(cosines(gram))
    np.fill_diagonal(closeness, 0.0)
    neighbour = closeness.argmax(axis=1)
    nearest = closeness.max(axis=1)
    while True:
        gone = yield nearest
        closeness[:, gone] = 0.0
        bereft = np.flatnonzero(neighbour == gone)
        neighbour[bereft] = closeness[bereft].argmax(axis=1)
        nearest[bereft] = closeness[bereft, neighbour[bereft]]


def _by_chance(values: Float64Array, seed: Seed) -> Ranking:
    return Ranking(np.argsort(random_order(len(values), seed)).astype(np.float64))


def _measured(scores: Float64Array, _: Seed) -> Ranking:
    return Ranking(scores)


ORDERS: Mapping[str, Order] = MappingProxyType(
    {
        "max_mag": Order("smallest norm first", "norms", _measured, False, "blue", "solid"),
        "min_mag": Order("largest norm first", "norms", _measured, True, "sky blue", "dashed"),
        "max_fp": Order("smallest frame potential first", "gram", _squared_cosines, False, "vermillion", "dashed"),
        "min_fp": Order("largest frame potential first", "gram", _squared_cosines, True, "orange", "solid"),
        "max_ip": Order("smallest inner products first", "gram", _absolute_cosines, False, "bluish green", "solid"),
        "min_ip": Order("largest inner products first", "gram", _absolute_cosines, True, "", "dashed"),
        "max_fp_mod": Order(
            "smallest raw frame potential first", "gram", _raw_potential_change, False, "reddish purple", "solid"
        ),
        "min_fp_mod": Order(
            "largest raw frame potential first", "gram", _raw_potential_change, True, "reddish purple", "dotted"
        ),
        "nearest": Order("closest to another unit first", "gram", _nearest, True, "vermillion", "solid"),
        "random": Order("random", "norms", _by_chance, False, "grey", "dotted"),
        "in_out_norm": Order("smallest ‖w_in‖·‖w_out‖ first", "scores", _measured, False, "vermillion", "dotted"),
        "bn_norm": Order("smallest BN-folded norm first", "scores", _measured, False, "blue", "dotted"),
        "activation_norm": Order(
            "smallest activation norm first", "scores", _measured, False, "bluish green", "dotted"
        ),
        "mean_activity": Order("least active first", "scores", _measured, False, "orange", "dotted"),
        "snip": Order("smallest SNIP score first", "scores", _measured, False, "sky blue", "dotted"),
        "taylor": Order("smallest Taylor score first", "scores", _measured, False, "", "dotted"),
        "max_corr": Order("least correlated output first", "correlation", _squared_cosines, False, "blue", "dashed"),
        "min_corr": Order(
            "most correlated output first", "correlation", _squared_cosines, True, "bluish green", "dashed"
        ),
        # Each unit's score is the step at which a search on the network itself removed it.
        "oracle": Order(
            "smallest measured cost first (greedy)", "scores", _measured, False, "reddish purple", "dashed"
        ),
    }
)


@dataclass(frozen=True)
class Rule:
    """How several layers lose units together."""

    title: str
    order: Callable[[Sequence[Removals]], JointOrder]


JOINT_RULES: dict[JointRule, Rule] = {
    "ranked": Rule("ranked together", ranked_together),
    "fractions": Rule("equal fractions of each", equal_fractions),
}
