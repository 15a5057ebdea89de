"""Layers of equally many inputs on top of one another, [W₁; W₂; …], and which unit of one is which of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.changes.by_chance import (
    matched_by_chance,
    matched_threshold,
    numbered_by_chance,
    numbered_threshold,
    tilted_pair,
    used_inputs,
)
from workbench.analysis.changes.partners import MOST_UNITS, partners
from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

    Int64 = NDArray[np.int64]

How = Literal["matched", "number"]  # the Hungarian method, or the same unit of one layer
FEW_UNITS = 512  # of a layer that independent ones are matched for


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers on top of one another. A node is a row; those of the first layer come first, in the order of its units."""

    rows: AnyFloatArray  # (M, n)
    counts: tuple[int, ...]  # the units of each layer
    names: tuple[str, ...]  # of the layers
    same: tuple[bool, ...]  # whether each has the units of the first layer, under the same numbers
    tilted: bool = False  # whether the last number of a row, as a bias or shift, is no matter of chance

    @cached_property
    def origins(self) -> Int64:
        """The layer that each node is of, (M,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def units(self) -> Int64:
        """The number of each node in its own layer, (M,)."""
        return np.concatenate([np.arange(count) for count in self.counts])

    @cached_property
    def pairs(self) -> tuple[Pairs, ...]:
        """Of each layer but the first, which of its units is which of the first one; not of very large layers."""
        found = (pairs_in(self, origin) for origin in range(1, len(self.counts)))
        return tuple(each for each in found if each is not None)

    def first_of(self, origin: int) -> int:
        """The node of unit 0 of a layer."""
        return sum(self.counts[:origin])

    def nodes(self, origin: int) -> slice:
        """The nodes of a layer."""
        first = self.first_of(origin)
        return slice(first, first + self.counts[origin])

    def name_of(self, node: int) -> str:
        """What a node is called: "unit 3 of B"."""
        return f"unit {self.units[node]} of {self.names[self.origins[node]]}"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Units of the first layer of a stack and those of another one that they are taken to be."""

    origin: int  # the other layer
    how: How
    nodes: Int64  # (p, 2) of the first layer and of the other one
    cosines: Float64Array  # (p,)
    chance: float  # of independent directions, any of these pairs has a larger cosine once in 20 layers
    by_chance: Float64Array  # cosines of the pairs of independent directions, ascending; none: the layer is too large

    @property
    def beyond_chance(self) -> NDArray[np.bool_]:
        """(p,) the pairs that are more alike than chance makes any of them."""
        return self.cosines > self.chance

    @property
    def words(self) -> str:
        """How many there are, in words: "64 of 64 pairs beyond chance (cosine > .17), median .98"."""
        count, all_of_them = int(np.count_nonzero(self.beyond_chance)), len(self.cosines)
        if not all_of_them:
            return "no pairs"
        median = f"median {float(np.median(self.cosines)):.2f}"
        return f"{count:,} of {all_of_them:,} pairs beyond chance (cosine > {self.chance:.2f}), {median}"


def stacked(layers: Sequence[tuple[str, AnyFloatArray, bool]], tilted: bool = False) -> Stack:
    """The stack of (name, (m, n) weights, whether its units are those of the first layer).

    `tilted`: the last number of each row is no matter of chance.

    ValueError: there is none, or one has another number of inputs than the first.
    """
    if not layers:
        raise ValueError("a stack needs at least one layer")
    (first, rows, _), *_ = layers
    inputs = rows.shape[1]
    for name, each, _ in layers:
        if each.shape[1] != inputs:
            raise ValueError(
                f"{name} has {each.shape[1]:,} inputs and {first} has {inputs:,}: only layers of equally many inputs "
                "can be stacked"
            )
    counts = tuple(len(each) for _, each, _ in layers)
    same = tuple(alike and len(each) == len(rows) for _, each, alike in layers)
    return Stack(
        np.concatenate([each for _, each, _ in layers]), counts, tuple(name for name, _, _ in layers), same, tilted
    )


def pairs_in(stack: Stack, origin: int, chance: bool = True) -> Pairs | None:
    """Which unit of a layer is which unit of the first one; None: there are too many units to match.

    Under the same numbers where it has the units of the first layer; else matched by the Hungarian method on the
    cosines. `chance`: also match independent directions. ValueError: weights are not finite.
    """
    rows, others = stack.rows[stack.nodes(0)], stack.rows[stack.nodes(origin)]
    base = stack.first_of(origin)
    if stack.same[origin]:
        there = np.flatnonzero(rows.any(axis=1) & others.any(axis=1))
        both = rows[there].astype(np.float64), others[there].astype(np.float64)
        nodes = np.stack((there, there + base), axis=1)
        by_chance = numbered_by_chance(*both, stack.tilted) if chance else np.zeros(0)
        return Pairs(origin, "number", nodes, _cosines(*both), numbered_threshold(*both, stack.tilted), by_chance)
    if max(len(rows), len(others)) > MOST_UNITS:
        return None
    found = partners(rows, others)
    nodes = np.stack((found.first, found.second + base), axis=1)
    few = chance and max(len(rows), len(others)) <= FEW_UNITS
    left = int(rows.any(axis=1).sum()), int(others.any(axis=1).sum())
    tilts = tilted_pair(rows, others) if stack.tilted and all(left) else None
    inputs = used_inputs(rows, others) if tilts is None else tilts[0].free
    threshold = found.chance if tilts is None else matched_threshold(*tilts, left[0] * left[1])
    by_chance = matched_by_chance(*left, inputs, tilts) if few else np.zeros(0)
    return Pairs(origin, "matched", nodes, found.cosines, threshold, by_chance)


def drift_in(stack: Stack, origin: int) -> Float64Array:
    """How far each unit of the first layer is from the same unit of another one, (m,): |w − w′| over |w′|; NaN of none.

    ValueError: the other layer does not have the units of the first one.
    """
    if not stack.same[origin]:
        raise ValueError(f"{stack.names[origin]} does not have the units of {stack.names[0]}: nothing drifts")
    rows, others = (stack.rows[stack.nodes(each)].astype(np.float64) for each in (0, origin))
    lengths = np.linalg.norm(others, axis=1)
    far = np.linalg.norm(rows - others, axis=1)
    found: Float64Array = np.divide(far, lengths, out=np.full(len(far), np.nan), where=lengths > 0.0)
    return found


def _cosines(rows: AnyFloatArray, others: AnyFloatArray) -> Float64Array:
    first, second = rows.astype(np.float64), others.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    products = np.einsum("ij,ij->i", first, second)
    found: Float64Array = np.divide(products, lengths, out=np.zeros(len(products)), where=lengths > 0.0)
    return found


def counterparts(stack: Stack, pairs: Sequence[Pairs]) -> Int64:
    """The unit of the first layer that each node stands for, (M,); −1 of none: it has no partner beyond chance."""
    found = np.where(stack.origins == 0, stack.units, -1)
    for each in pairs:
        likely = each.nodes if each.how == "number" else each.nodes[each.beyond_chance]
        found[likely[:, 1]] = likely[:, 0]
    return found
