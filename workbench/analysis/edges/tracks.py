"""The clusters of a weight graph over the snapshots: which one is which, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Labels = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class ClusterTracks:
    """Clusters that are followed from snapshot to snapshot, in the order in which they form."""

    sizes: NDArray[np.int64]  # (T, K) units of each at every snapshot; 0: it is not there
    labels: NDArray[np.int64]  # (T, m) the track that each unit is in; −1: in no cluster

    @property
    def largest(self) -> NDArray[np.int64]:
        """The most units that each ever has, (K,)."""
        largest: NDArray[np.int64] = self.sizes.max(axis=0, initial=0)
        return largest

    @property
    def by_size(self) -> NDArray[np.int64]:
        """The tracks, that with the most units ever first, (K,)."""
        return np.argsort(-self.largest, kind="stable")


def cluster_tracks(labels: Sequence[Labels]) -> ClusterTracks:
    """Follow clusters by the units that they share.

    `labels` number the clusters of each snapshot from 0, (m,); −1: the unit is in none. Of two snapshots the pair of
    clusters that shares the most units is the same cluster, then the next pair, and so on, each at most once: where
    clusters merge, the one goes on that gives the most units, and where one splits, the part with the most of its
    units. Clusters that share no unit are never the same.
    """
    found: list[NDArray[np.int64]] = []
    count = 0
    for now in labels:
        clusters = int(now.max(initial=-1)) + 1
        tracks = np.full(clusters, -1, np.int64)
        if found and clusters:
            before = found[-1]
            both = (before >= 0) & (now >= 0)
            pairs, shared = np.unique(np.stack((before[both], now[both])), axis=1, return_counts=True)
            taken: set[int] = set()
            for at in np.argsort(-shared, kind="stable").tolist():
                track, cluster = int(pairs[0, at]), int(pairs[1, at])
                if track not in taken and tracks[cluster] < 0:
                    tracks[cluster] = track
                    taken.add(track)
        new = np.flatnonzero(tracks < 0)
        tracks[new] = count + np.arange(len(new))
        count += len(new)
        found.append(np.where(now >= 0, tracks[now], -1) if clusters else np.full(len(now), -1, np.int64))
    whole = np.stack(found) if found else np.zeros((0, 0), np.int64)
    sizes = np.stack([np.bincount(row[row >= 0], minlength=count) for row in whole]) if found else whole
    return ClusterTracks(sizes.astype(np.int64).reshape(len(whole), count), whole)
