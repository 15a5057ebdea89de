"""The adjusted Rand index, against the count of all pairs and against scikit-learn."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.directions.agreement import agreement

_labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=25)


@settings(max_examples=40, deadline=None)
@given(_labels)
def test_the_index_is_that_of_counting_pairs(labels: list[tuple[int, int]]) -> None:
    one, other = (np.array(each) for each in zip(*labels, strict=True))
    both = first = second = total = 0
    for i, j in combinations(range(len(one)), 2):
        same, alike = one[i] == one[j], other[i] == other[j]
        both, first, second, total = both + (same and alike), first + same, second + alike, total + 1
    expected = first * second / total
    most = (first + second) / 2
    wanted = 1.0 if most == expected else (both - expected) / (most - expected)
    found = agreement(one, other)
    assert found.index == pytest.approx(wanted)
    assert found.shared.sum() == len(one)


def test_equal_groups_agree_whatever_they_are_called_and_shuffled_ones_do_not() -> None:
    one = np.repeat([0, 1, 2, 7], 20)
    found = agreement(one, 9 - one)
    assert found.index == 1.0
    assert found.beyond_chance
    assert found.chance < 0.1
    other = np.random.default_rng(3).permutation(one)
    assert agreement(one, other).index < 0.1
    with pytest.raises(ValueError, match="the same units"):
        agreement(one, other[1:])


def test_the_index_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    one, other = random.integers(4, size=50), random.integers(5, size=50)
    assert agreement(one, other).index == pytest.approx(metrics.adjusted_rand_score(one, other))
