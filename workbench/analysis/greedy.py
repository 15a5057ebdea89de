"""Removing a layer's units one at a time, the scores updated after each; in O(m) a removal where they add up."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array

    UnitArray: TypeAlias = NDArray[np.int64]
    # Yields a score per unit, (m,), and is sent the unit that went; the scores of units that went do not matter.
    Rescoring: TypeAlias = Generator[Float64Array, int, None]

# Of a unit's first score. Subtracting 4,096 contributions one by one rounds it by less than half of this, so
# units that are tied, such as exact copies, stay tied however many others went before them.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Ranking:
    """What decides which unit goes next: a score per unit, and how the scores change as units go."""

    scores: Float64Array  # (m,) with all units there
    losses: Float64Array | None = None  # (m, m): row i is what each unit's score loses when unit i goes

    def __post_init__(self) -> None:
        units = len(self.scores)
        if self.scores.shape != (units,) or not units:
            raise ValueError(f"a ranking has one score per unit, in one row; these have the shape {self.scores.shape}")
        if self.losses is not None and self.losses.shape != (units, units):
            raise ValueError(f"the losses of {units} scores are {units} × {units}, not {self.losses.shape}")
        known = (self.scores,) if self.losses is None else (self.scores, self.losses)
        if not all(np.isfinite(values).all() for values in known):
            raise ValueError("scores or losses are NaN or infinite: such units cannot be ranked")


@dataclass(frozen=True, eq=False)
class Removals:
    """A layer's units in the order in which they are removed, and what each one scored as it went."""

    order: UnitArray  # (m,) a permutation of the units
    scores: Float64Array  # (m,) of `order[k]` just before it went
    largest_first: bool
    typical: float  # root mean square of the scores with all units there

    @property
    def eagerness(self) -> Float64Array:
        """Comparable between layers, (m,): the score in units of the layer's typical one; the smallest goes first."""
        signed = -self.scores if self.largest_first else self.scores
        return signed / (self.typical or 1.0)


@dataclass(frozen=True, eq=False)
class JointOrder:
    """The units of several layers in the order in which they are removed."""

    layers: UnitArray  # (M,) the position of the unit's layer among those given
    units: UnitArray  # (M,) the unit within its layer

    def removed(self, steps: int) -> list[UnitArray]:
        """For each layer the units gone after `steps` removals, in their order."""
        layers, units = self.layers[:steps], self.units[:steps]
        return [units[layers == layer] for layer in range(int(self.layers.max()) + 1)]


def remove_one_by_one(ranking: Ranking, largest_first: bool = False) -> Removals:
    """The removals that always take the unit with the smallest score (or the largest) of those still there.

    Ties go to the lowest index; scores that differ by less than the rounding of their sums are tied.
    """
    sign = -1.0 if largest_first else 1.0
    score = sign * ranking.scores.astype(np.float64)
    slack = _ROUNDING * np.abs(score)
    typical = float(np.sqrt(np.mean(np.square(score))))
    order, scores = np.empty(len(score), np.int64), np.empty(len(score))
    for step in range(len(score)):
        unit = int(np.argmax(score - slack <= np.min(score + slack)))
        order[step], scores[step] = unit, sign * score[unit]
        score[unit], slack[unit] = np.inf, 0.0
        if ranking.losses is not None:
            score -= sign * ranking.losses[unit]
    return Removals(order, scores, largest_first, typical)


def remove_rescored(rescoring: Rescoring, units: int, largest_first: bool = False) -> Removals:
    """The removals of `remove_one_by_one` where a generator says the scores of the units that are left.

    ValueError: it ends before all units went, or does not yield a finite score for each unit that is left.
    """
    sign = -1.0 if largest_first else 1.0
    left = np.ones(units, bool)
    order, scores = np.empty(units, np.int64), np.empty(units)
    typical = 0.0
    for step in range(units):
        try:
            said = next(rescoring) if step == 0 else rescoring.send(int(order[step - 1]))
        except StopIteration:
            raise ValueError(f"scores ended after {step} of {units} units: yield one for each unit") from None
        score = np.full(units, np.inf)
        score[left] = sign * _scores_of(said, units)[left]
        if not np.isfinite(score[left]).all():
            raise ValueError("scores are NaN or infinite: such units cannot be ranked")
        if step == 0:
            typical = float(np.sqrt(np.mean(np.square(score))))
        slack = np.where(left, _ROUNDING * np.abs(score, out=np.zeros(units), where=left), 0.0)
        unit = int(np.argmax(score - slack <= np.min(score + slack)))
        order[step], scores[step], left[unit] = unit, sign * score[unit], False
    rescoring.close()
    return Removals(order, scores, largest_first, typical)


def _scores_of(said: Float64Array, units: int) -> Float64Array:
    scores = np.asarray(said, dtype=np.float64)
    if scores.shape != (units,):
        raise ValueError(f"scores have the shape {scores.shape}, not ({units},): yield one for each unit")
    return scores


def ranked_together(removals: Sequence[Removals]) -> JointOrder:
    """The joint order that always takes the unit, of whatever layer, whose normalised score is extreme.

    Each layer's scores are divided by their root mean square, so that neither their scale nor the layer's
    width decides (Molchanov et al. 2017 divide by the ℓ₂ norm, which favours wide layers). As a removal changes
    the scores of its own layer only, each layer keeps its own order and the layers are merged by what is next
    in each. Ties go to the layer given first.
    """
    eagerness = [layer.eagerness.tolist() for layer in removals]
    heads = [(scores[0], layer, 0) for layer, scores in enumerate(eagerness)]
    heapq.heapify(heads)
    taken: list[tuple[int, int]] = []
    while heads:
        _, layer, position = heads[0]
        taken.append((layer, position))
        following = position + 1
        if following < len(eagerness[layer]):
            heapq.heapreplace(heads, (eagerness[layer][following], layer, following))
        else:
            heapq.heappop(heads)
    return _joint(taken, removals)


def equal_fractions(removals: Sequence[Removals]) -> JointOrder:
    """The joint order in which every layer has, at each step, lost the same fraction of its units.

    To within half a unit of each layer; ties go to the layer given first.
    """
    moments = [
        ((2 * position + 1) / (2 * len(layer.order)), index, position)
        for index, layer in enumerate(removals)
        for position in range(len(layer.order))
    ]
    return _joint([(layer, position) for _, layer, position in sorted(moments)], removals)


def _joint(taken: list[tuple[int, int]], removals: Sequence[Removals]) -> JointOrder:
    if not taken:
        raise ValueError("a joint order needs at least one layer")
    units = [removals[layer].order[position] for layer, position in taken]
    return JointOrder(np.array([layer for layer, _ in taken], np.int64), np.array(units, np.int64))
