"""Communities of a weighted graph: groups whose units are joined more among themselves than chance would join them.

The method is that of Blondel et al. (2008), as networkx's `louvain_communities` has it, in whole numbers: weights count
in 256ths. So the answer depends on the seed alone, on every machine, and is the same compiled and not: a small graph
does not wait for numba.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array

    Ints = NDArray[np.int64]

SHARES = 256  # whole numbers that a weight of 1 counts as: two million edges squared still fit into 64 bits
FEW_EDGES = 4000  # up to here Python needs less than the compiled loop takes to load
STARTS = 4  # orders that are tried, of which the one with the largest modularity counts
MANY_EDGES = 200_000  # from here one order is tried: two million edges take about two seconds
MOST_ROUNDS = 20  # over all units

_compiled = threading.Event()


@dataclass(frozen=True, eq=False)
class Communities:
    """A partition of the units of a graph."""

    labels: NDArray[np.int32]  # (m,) 0 is the largest, ties: lowest unit
    sizes: NDArray[np.int64]  # (C,) descending
    modularity: float  # of the weights; 0 without edges

    @property
    def found(self) -> int:
        """The number of communities with more than one unit."""
        return int(np.count_nonzero(self.sizes > 1))


def communities(edges: NDArray[np.int32], weights: Float64Array, units: int, seed: int = 0) -> Communities:
    """The communities of a graph of `units` nodes, (E, 2) `edges` with (E,) `weights` in (0, 1].

    The seed orders the units; each joins the neighbouring community that gains the most, until none does; then each
    community is a node of a smaller graph, and it begins again. The best of `STARTS` such orders counts.
    """
    random = np.random.default_rng(seed)
    joined, places = np.unique(edges, return_inverse=True)  # the others change nothing, however many there are
    ends, starts = places.reshape(-1, 2), STARTS if 0 < len(edges) < MANY_EDGES else 1
    near = _neighbours(ends, np.maximum(np.rint(weights * SHARES), 1).astype(np.int64), len(joined))
    tries = [_ordered(_joined(near, joined.astype(np.int64), units, random), edges, weights) for _ in range(starts)]
    return max(tries, key=lambda each: each.modularity)  # the first of several


def _joined(near: _Neighbours, nodes: Ints, units: int, random: np.random.Generator) -> Ints:
    """The community of each unit, (units,); `nodes` are the units that have edges."""
    labels, loops = np.arange(len(nodes)), np.zeros(len(nodes), np.int64)
    while len(near.targets):
        joined = _moved(near, loops, random.permutation(len(loops)))
        count = int(joined.max()) + 1
        if count == len(loops):
            break
        labels = joined[labels]
        near, loops = _smaller(near, loops, joined, count)
    of_units = np.arange(units) + len(nodes)  # each of the others is its own
    of_units[nodes] = labels
    return of_units


def modularity(labels: NDArray[np.integer], edges: NDArray[np.int32], weights: Float64Array) -> float:
    """The weight inside communities, less what chance would put there: Σ over them of w/W − (degree/2W)²."""
    total = float(weights.sum())
    if not total:
        return 0.0
    first, second = labels[edges[:, 0]], labels[edges[:, 1]]
    inside = float(weights[first == second].sum())
    count = int(labels.max()) + 1
    degrees = np.bincount(first, weights, minlength=count) + np.bincount(second, weights, minlength=count)
    return inside / total - float(np.square(degrees / (2.0 * total)).sum())


def compile_now() -> None:
    """Compile the loop or load it, so that the first large graph does not wait."""
    pair = _neighbours(np.array([[0, 1]] * 2), np.ones(2, np.int64), 2)
    _moved(pair, np.zeros(2, np.int64), np.arange(2), few=0)
    _compiled.set()


def _ordered(labels: Ints, edges: NDArray[np.int32], weights: Float64Array) -> Communities:
    _, lowest, places, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((lowest, -sizes))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    found = rank[places]
    return Communities(found, sizes[order], modularity(found, edges, weights))


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """The edges of a graph, from each of its nodes."""

    ends: Ints  # (E, 2)
    shares: Ints  # (E,) their weights
    starts: Ints  # (k + 1,) where the neighbours of each node begin
    targets: Ints  # (2 E,) the neighbours, ascending at each node
    both: Ints  # (2 E,) their weights
    degrees: Ints  # (k,) sums of weights


def _neighbours(ends: Ints, shares: Ints, nodes: int) -> _Neighbours:
    sources, targets = np.concatenate((ends, ends[:, ::-1])).T
    both = np.concatenate((shares, shares))
    if nodes <= 1 << 16:  # numbers that numpy sorts much faster
        first = np.argsort(targets.astype(np.uint16), kind="stable")
        sort = first[np.argsort(sources.astype(np.uint16)[first], kind="stable")]
    else:
        sort = np.lexsort((targets, sources))
    starts = np.concatenate(([0], np.cumsum(np.bincount(sources, minlength=nodes))))
    degrees = np.zeros(nodes, np.int64)
    np.add.at(degrees, sources, both)
    return _Neighbours(ends, shares, starts, targets[sort], both[sort], degrees)


def _smaller(near: _Neighbours, loops: Ints, joined: Ints, count: int) -> tuple[_Neighbours, Ints]:
    """The graph whose nodes are the communities, and the weights inside them."""
    first, second = np.sort(joined[near.ends], axis=1).T
    within, shares = first == second, near.shares
    inside = np.zeros(count, np.int64)
    np.add.at(inside, joined, loops)
    np.add.at(inside, first[within], shares[within])
    pairs, places = np.unique(first[~within] * count + second[~within], return_inverse=True)
    sums = np.zeros(len(pairs), np.int64)
    np.add.at(sums, places, shares[~within])
    return _neighbours(np.stack((pairs // count, pairs % count), axis=1), sums, count), inside


def _moved(near: _Neighbours, loops: Ints, order: Ints, few: int = FEW_EDGES) -> Ints:
    """The community of each node, numbered from 0, when none gains by moving any more."""
    nodes, degrees = len(loops), near.degrees + 2 * loops
    numbers = (near.starts, near.targets, near.both, degrees, order, np.arange(nodes), np.zeros(nodes, np.int64))
    if len(near.ends) <= few and not _compiled.is_set():
        plain: list[Any] = [*(each.tolist() for each in (*numbers, degrees)), int(degrees.sum())]
        labels = _move(*plain)
    else:
        labels = _compiled_move()(*numbers, degrees.copy(), int(degrees.sum()))
    return np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


@cache
def _compiled_move() -> Any:
    return import_module("workbench.analysis.compiled").compiled(_move)  # not before it is needed: it loads numba


def _move(
    starts: Any, targets: Any, shares: Any, degrees: Any, order: Any, labels: Any, toward: Any, sums: Any, whole: Any
) -> Any:
    """Plain loops, for Python's lists and for numba: `toward` holds zeros, `sums` the degrees."""
    moves, rounds = 1, 0
    while moves and rounds < MOST_ROUNDS:
        moves, rounds = 0, rounds + 1
        for node in order:
            own, degree = labels[node], degrees[node]
            for at in range(starts[node], starts[node + 1]):
                toward[labels[targets[at]]] += shares[at]
            sums[own] -= degree
            best, most = own, whole * toward[own] - degree * sums[own]
            for at in range(starts[node], starts[node + 1]):
                other = labels[targets[at]]
                gain = whole * toward[other] - degree * sums[other]
                if gain > most:
                    best, most = other, gain
            for at in range(starts[node], starts[node + 1]):
                toward[labels[targets[at]]] = 0
            sums[best] += degree
            if best != own:
                labels[node] = best
                moves += 1
    return labels
