"""Which units of a layer repeat each other closely enough to be merged into one, from weights alone.

Under ReLU, units that are positive multiples of one (biases included) can be merged without a trace: the one
that stays takes over the outgoing weights of the others, each times its multiple. So what is compared is the
direction of [w, b]; give the Gram matrix of the rows with their bias as one more column (and BN folded in).

Groups are complete-link: no two units of a group are farther apart than requested. The components of the weight
graph chain instead: in fc1 of the sample run `digits_lenet`, at cosine .8, one of them holds 259 of the 300
units, some at a cosine of −.7 to each other; merged, it would leave 31 units, where complete links leave 113.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import cosines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.greedy import UnitArray
    from workbench.analysis.matrices import Float64Array

REPEATED_COSINE = 0.95  # from which on units repeat each other, and are merged unless another cosine is asked for
_ROUNDING = 1e-12  # of a float64 cosine: exact multiples are still merged at a cosine of exactly 1


@dataclass(frozen=True, eq=False)
class MergeGroups:
    """The groups of units that can be merged; each group is known by its representative, the unit that stays."""

    cosine: float  # no two units of a group have a smaller one
    representatives: UnitArray  # (m,) the unit that stands for each; of one that stays, itself
    multiples: Float64Array  # (m,) unit ≈ multiple × representative, > 0; 1 for the units that stay

    @property
    def kept(self) -> UnitArray:
        """The units that stay, ascending."""
        return np.flatnonzero(self.representatives == np.arange(len(self.representatives)))

    @property
    def groups(self) -> list[NDArray[np.int64]]:
        """The groups of two units or more, each ascending, the largest first; ties by the lowest unit."""
        members = [np.flatnonzero(self.representatives == unit) for unit in self.kept]
        return sorted((group for group in members if len(group) > 1), key=lambda group: (-len(group), group[0]))


def merge_groups(gram: Float64Array, cosine: float) -> MergeGroups:
    """The complete-link groups of the units whose pairwise cosines are all at least `cosine`.

    From the (m, m) Gram matrix. The representative of a group leaves the least of the others' weights
    unexplained, Σᵢ‖wᵢ − cᵢ·w_rep‖² with cᵢ = ⟨wᵢ, w_rep⟩/‖w_rep‖², the multiple; ties go to the lowest unit. A
    unit whose weights are all zero stays alone. Raises ValueError for a cosine outside (0, 1] and for a matrix
    that is not square and finite.
    """
    if not 0.0 < cosine <= 1.0:
        raise ValueError(f"units are merged from a cosine above 0 up to 1, not {cosine}")
    angles = cosines(gram)
    representatives = np.arange(len(angles), dtype=np.int64)
    for members in _complete_link(angles, cosine):
        block = np.ix_(members, members)
        unexplained = np.diagonal(gram)[members] @ (1.0 - np.square(angles[block]))
        representatives[members] = members[_lowest(unexplained)]
    return MergeGroups(cosine, representatives, multiples_of(gram, representatives))


def multiples_of(gram: Float64Array, representatives: UnitArray) -> Float64Array:
    """Of its representative, the multiple nearest to each unit's weights, (m,); 1 where the representative is zero."""
    own = np.diagonal(gram)[representatives]
    shared = gram[np.arange(len(gram)), representatives]
    found: Float64Array = np.divide(shared, own, out=np.ones(len(own)), where=own > 0.0)
    return found


def _complete_link(angles: Float64Array, cosine: float) -> list[NDArray[np.int64]]:
    if len(angles) < 2:
        return []
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distances = 1.0 - angles
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="complete")
    labels = fcluster(tree, 1.0 - cosine + _ROUNDING, criterion="distance")
    by_label = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[by_label])) + 1
    return [np.asarray(members, np.int64) for members in np.split(by_label, starts) if len(members) > 1]


def _lowest(values: Float64Array) -> int:
    """The first of the values that are the least up to the rounding of their sums."""
    slack = 1e-12 * float(np.max(values)) + np.finfo(np.float64).tiny
    return int(np.argmax(values <= np.min(values) + slack))
