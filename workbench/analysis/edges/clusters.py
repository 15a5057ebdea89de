"""What became of the clusters of a weight graph from one snapshot to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labels = NDArray[np.integer]
    Units = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ClusterChanges:
    """Clusters are components of two units or more; each is given by its units, ascending."""

    formed: tuple[Units, ...]  # new clusters of which no unit was in a cluster before
    merged: tuple[tuple[Units, int], ...]  # new clusters, each with the number of old ones (two or more) of which more
    # than half of the units are in it
    split: tuple[tuple[Units, tuple[Units, ...]], ...]  # old clusters, each with the new ones (two or more) of which
    # more than half of the units were in it
    dissolved: tuple[Units, ...]  # old clusters of which no unit is in a cluster now


def cluster_changes(old: Labels, new: Labels) -> ClusterChanges:
    """What happened between two snapshots of the same units.

    `old` and `new`, (m,), number the clusters from 0; −1: the unit is in none. A cluster that grows, shrinks or passes
    units on without any of this has no entry; merging and splitting may happen to the same units at once.
    """
    before, after = _members(old), _members(new)
    into: dict[int, list[int]] = {}
    for number, members in enumerate(before):
        into.setdefault(_most(new[members]), []).append(number)
    out_of: dict[int, list[int]] = {}
    for number, members in enumerate(after):
        out_of.setdefault(_most(old[members]), []).append(number)
    return ClusterChanges(
        formed=tuple(members for members in after if (old[members] < 0).all()),
        merged=tuple((after[to], len(olds)) for to, olds in into.items() if to >= 0 and len(olds) > 1),
        split=tuple(
            (before[whole], tuple(after[part] for part in parts))
            for whole, parts in out_of.items() if whole >= 0 and len(parts) > 1
        ),
        dissolved=tuple(members for members in before if (new[members] < 0).all()),
    )  # fmt: skip


def _most(labels: Labels) -> int:
    """The cluster that more than half of these units are in; −1: none."""
    numbers, counts = np.unique(labels, return_counts=True)
    most = int(counts.argmax())
    return int(numbers[most]) if 2 * counts[most] > len(labels) else -1


def _members(labels: Labels) -> list[Units]:
    """The units of each cluster, by its number."""
    return [np.flatnonzero(labels == number) for number in range(int(labels.max(initial=-1)) + 1)]
