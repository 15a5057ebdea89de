"""The frame potential of the units that are left: it needs neither network nor images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import frame_potential, frame_potential_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.greedy import JointOrder

    Float64 = NDArray[np.float64]


def potential_curve(grams: Sequence[Float64], order: JointOrder) -> Float64:
    """With 0…M units removed, (M + 1,): of several layers the sum of theirs. `grams` in the order of its layers.

    Units that the order does not name are left out.
    """
    total = np.zeros(len(order.units) + 1)
    for layer, gram in enumerate(grams):
        own = order.layers == layer
        gone = np.concatenate([[0], np.cumsum(own)])
        units = np.sort(order.units[own])
        places = np.searchsorted(units, order.units[own])
        total += frame_potential_curve(gram[np.ix_(units, units)], places)[gone]
    return total


def potential_without(gram: Float64, units: Sequence[int]) -> float:
    """Of a layer without some of its units."""
    left = np.setdiff1d(np.arange(len(gram)), units)
    return frame_potential(gram[np.ix_(left, left)]) if len(left) else 0.0
