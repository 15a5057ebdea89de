"""Clusters that are followed over planted histories."""

from __future__ import annotations

import numpy as np

from workbench.analysis.edges.tracks import cluster_tracks


def labels(text: str) -> np.ndarray:
    """ "aab." as (0, 0, 1, −1)."""
    letters = sorted(set(text) - {"."})
    return np.array([letters.index(each) if each != "." else -1 for each in text])


def test_a_cluster_is_the_one_with_which_it_shares_the_most_units() -> None:
    history = ["........", "aaabb...", "aaaaa.cc", "aabbb.cc", "....aacc"]
    found = cluster_tracks([labels(each) for each in history])
    assert found.sizes.tolist() == [
        [0, 0, 0, 0],
        [3, 2, 0, 0],
        [5, 0, 2, 0],  # both merge, and the larger one goes on
        [3, 0, 2, 2],  # it splits, and the larger part goes on
        [2, 0, 2, 0],
    ]
    assert found.sizes.sum(axis=1).tolist() == [int((row >= 0).sum()) for row in found.labels]
    assert found.largest[0] == 5
    assert found.by_size[0] == 0


def test_clusters_that_share_no_unit_are_others() -> None:
    found = cluster_tracks([labels("aa..."), labels("...aa"), labels("aa.bb")])
    assert found.sizes.tolist() == [[2, 0, 0], [0, 2, 0], [0, 2, 2]]
    assert found.labels[2].tolist() == [2, 2, -1, 1, 1]


def test_nothing_has_no_cluster() -> None:
    assert cluster_tracks([]).sizes.shape == (0, 0)
    assert cluster_tracks([np.full(3, -1)]).sizes.shape == (1, 0)
