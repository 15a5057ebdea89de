"""K-means of directions, against planted clusters, an obvious twin and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.directions.clusters import cluster_directions, random_directions, silhouette

if TYPE_CHECKING:
    from numpy.typing import NDArray


def planted(
    k: int, each: int, inputs: int, spread: float, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """`each` units around every one of `k` directions, of any length; and which direction each belongs to."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.standard_normal((inputs, k)))[0].T
    labels = np.repeat(np.arange(k), each)
    rows = centres[labels] + spread * random.standard_normal((k * each, inputs)) / np.sqrt(inputs)
    return rows * random.uniform(0.1, 9.0, (k * each, 1)), labels


@pytest.mark.parametrize("seed", range(5))
def test_planted_clusters_are_found_whatever_the_lengths(seed: int) -> None:
    weights, labels = planted(4, 12, 20, 0.2, seed)
    found = cluster_directions(weights, 4, seed)
    assert found.k == 4
    assert found.sizes.tolist() == [12] * 4
    assert len({(a, b) for a, b in zip(found.cluster.tolist(), labels.tolist(), strict=True)}) == 4
    rows = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    cosines = np.einsum("ij,ij->i", rows, found.centres[found.cluster])
    assert found.angles == pytest.approx(np.degrees(np.arccos(cosines)), abs=1e-6)
    for each in range(4):
        mean = rows[found.cluster == each].mean(axis=0)
        assert found.centres[each] == pytest.approx(mean / np.linalg.norm(mean))


def test_the_number_of_clusters_can_be_found() -> None:
    weights, _ = planted(3, 15, 12, 0.2)
    assert cluster_directions(weights, None).k == 3


def test_removed_units_have_no_cluster_and_small_angles_are_exact() -> None:
    weights = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1e-9], [0.0, 3.0]])
    found = cluster_directions(weights, 2)
    assert found.cluster.tolist() == [-1, 0, 0, 0, 1]
    assert np.isnan(found.angles[0])
    assert found.angles[3] == pytest.approx(np.degrees(2e-9 / 3), rel=1e-6)
    assert found.angles[4] == 0.0


def test_equal_units_fill_as_many_clusters_as_are_wanted() -> None:
    found = cluster_directions(np.ones((5, 3)), 3)
    assert sorted(found.sizes.tolist(), reverse=True) == found.sizes.tolist()
    assert found.sizes.sum() == 5
    assert found.sizes.min() >= 1
    assert found.angles == pytest.approx(0.0, abs=1e-6)


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="2 units have a direction; choose from 1 to 2 clusters, not 3"):
        cluster_directions(np.array([[1.0], [2.0], [0.0]]), 3)
    with pytest.raises(ValueError, match="too few to choose"):
        cluster_directions(np.eye(2), None)
    with pytest.raises(ValueError, match=r"NaN|finite"):
        cluster_directions(np.full((4, 2), np.nan), 2)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(2, 8), st.integers(0, 2**31))
def test_the_silhouette_is_that_of_the_definition(units: int, inputs: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, assigned = random_directions(units, inputs, seed), random.integers(3, size=units)
    assigned[:2] = 0, 1
    distance = 1.0 - rows @ rows.T
    scores = []
    for unit in range(units):
        same = (assigned == assigned[unit]) & (np.arange(units) != unit)
        if not same.any():
            scores.append(0.0)
            continue
        own = distance[unit, same].mean()
        near = min(distance[unit, assigned == each].mean() for each in set(assigned.tolist()) - {int(assigned[unit])})
        scores.append(0.0 if max(own, near) <= 0.0 else (near - own) / max(own, near))
    assert silhouette(rows, assigned) == pytest.approx(float(np.mean(scores)), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_nothing_depends_on_the_lengths_or_the_axes(seed: int) -> None:
    random = np.random.default_rng(seed)
    weights, _ = planted(3, 8, 6, 0.3, seed)
    rotation = np.linalg.qr(random.standard_normal((6, 6)))[0]
    found, turned = cluster_directions(weights, 3), cluster_directions(7.0 * weights @ rotation, 3)
    assert found.cluster.tolist() == turned.cluster.tolist()
    assert found.angles == pytest.approx(turned.angles, abs=1e-6)


def test_the_sum_of_cosines_is_no_smaller_than_scikit_learns() -> None:
    cluster = pytest.importorskip("sklearn.cluster")
    rows = random_directions(60, 5, 3)
    other = cluster.KMeans(4, n_init=10, random_state=0).fit_predict(rows)
    theirs = sum(float(np.linalg.norm(rows[other == each].sum(axis=0))) for each in range(4))
    ours = cluster_directions(rows, 4)
    assert float(np.cos(np.radians(ours.angles)).sum()) >= theirs * 0.995
