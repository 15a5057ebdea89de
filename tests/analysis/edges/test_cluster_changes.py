"""Planted histories of clusters: what forms, merges, splits and dissolves."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.edges.clusters import cluster_changes


def changes(old: str, new: str) -> dict[str, list[str]]:
    """What happened to units with these clusters by letter ("." is none); clusters are written as their units."""
    labels = [np.array([-1 if each == "." else ord(each) - ord("a") for each in text]) for text in (old, new)]
    found = cluster_changes(*labels)

    def text(units: np.ndarray) -> str:
        return "".join(map(str, units.tolist()))

    said = {
        "formed": [text(units) for units in found.formed],
        "merged": [f"{text(units)} of {count}" for units, count in found.merged],
        "split": [f"{text(whole)} into {' '.join(map(text, parts))}" for whole, parts in found.split],
        "dissolved": [text(units) for units in found.dissolved],
    }
    return {kind: each for kind, each in said.items() if each}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("......", "aa.bb.", {"formed": ["01", "34"]}),
        ("aa.bb.", "aa.bb.", {}),
        ("aa....", "aaa...", {}),  # it grows
        ("aaaa..", "aa....", {}),  # it shrinks
        ("aabb..", "aaaa..", {"merged": ["0123 of 2"]}),
        ("aabbcc", "aaaaaa", {"merged": ["012345 of 3"]}),
        ("aaaa..", "aabb..", {"split": ["0123 into 01 23"]}),
        ("aaaaaa", "aabbcc", {"split": ["012345 into 01 23 45"]}),
        ("aabb..", "......", {"dissolved": ["01", "23"]}),
        ("aa..bb", "..aa..", {"formed": ["23"], "dissolved": ["01", "45"]}),
        ("aabb", "abab", {}),  # half of each is not more than half
        ("aaabbb", "aabbba", {}),  # each keeps most of its units
        ("aaaa.bb", "aabb.bb", {}),  # of the second more than half of the new one came from neither
        ("aaaaaabb", "aabbbbbb", {"merged": ["234567 of 2"], "split": ["012345 into 01 234567"]}),
    ],
)  # fmt: skip
def test_what_became_of_clusters(old: str, new: str, expected: dict[str, list[str]]) -> None:
    assert changes(old, new) == expected
    back = {"formed": "dissolved", "dissolved": "formed"}
    mirrored = changes(new, old)
    assert {back[kind]: mirrored[kind] for kind in back if kind in mirrored} == {
        kind: each for kind, each in expected.items() if kind in back
    }
    assert len(mirrored.get("split", [])) == len(expected.get("merged", []))
