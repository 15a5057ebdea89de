"""Cut-offs in every unit against brute force over all pairs, and against closed forms."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.analysis import close_pairs as blocks
from workbench.analysis.close_pairs import directions_of_gram, directions_of_weights
from workbench.analysis.directions.independent import cosine_of_share, share_beyond
from workbench.analysis.edges import distribution as module
from workbench.analysis.edges.distribution import BINS, cosine_of_rank, count_pairs, percentile
from workbench.analysis.graph import KERNELS, mean_distance, weight_graph
from workbench.analysis.matrices import cosines, gram, mean_distance_of_rows


def some(units: int, inputs: int = 3, seed: int = 0, zero: int = 0) -> np.ndarray:
    weights = np.random.default_rng(seed).standard_normal((units, inputs)) + 0.3
    weights[:zero] = 0.0
    return weights


def all_pairs(weights: np.ndarray) -> np.ndarray:
    """The cosines of all pairs of rows that are not zero, the smallest first."""
    rows = weights[weights.any(axis=1)]
    return np.sort(cosines(gram(rows))[np.triu_indices(len(rows), 1)])


@given(st.integers(2, 30), st.integers(0, 3), st.integers(1, 400), st.floats(0, 100), st.integers(0, 99))
@settings(deadline=None)
def test_ranks_and_percentiles_are_those_of_all_pairs(units, zero, block, percent, seed):
    weights = some(units + zero, seed=seed, zero=zero)
    expected = all_pairs(weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK", block)
        patch.setattr(module, "_AT_ONCE", 4)  # so that bins are taken apart
        directions = directions_of_weights(weights)
        for rank in {1, len(expected), 1 + seed % len(expected)}:
            assert cosine_of_rank(directions, rank) == pytest.approx(expected[-rank], abs=1e-13)
        assert percentile(directions, percent) == pytest.approx(np.percentile(expected, percent), abs=1e-12)


def test_an_edge_budget_is_the_number_of_edges() -> None:
    weights = some(40, 20)
    directions = directions_of_gram(gram(weights))
    for budget in (1, 17, 300, 780):
        assert len(weight_graph(gram(weights), cosine_of_rank(directions, budget)).edges) == budget


def test_pairs_that_are_equal_have_one_rank_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", 4)
    directions = directions_of_weights(np.repeat(np.eye(3), 4, axis=0))  # 18 pairs of cosine 1, 48 of cosine 0
    assert [cosine_of_rank(directions, rank) for rank in (1, 18, 19, 66)] == [1.0, 1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="there are 66 pairs"):
        cosine_of_rank(directions, 67)


def test_the_counts_are_those_of_a_histogram_of_all_pairs() -> None:
    weights = some(60, 5)
    counted, expected = count_pairs(directions_of_weights(weights)), all_pairs(weights)
    assert counted.pairs == len(expected) == 60 * 59 // 2
    assert counted.counts_in(64).tolist() == np.histogram(expected, 64, (-1, 1))[0].tolist()
    border = -1 + 2 * (BINS // 3) / BINS
    assert counted.count_from(border) == np.count_nonzero(expected >= border)
    with pytest.raises(ValueError, match="do not divide"):
        counted.counts_in(60)


def test_no_square_array_is_held() -> None:
    weights = some(3000, 4).astype(np.float32)
    directions = directions_of_weights(weights)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK", 1 << 16)
        patch.setattr(module, "_AT_ONCE", 1 << 18)
        tracemalloc.start()
        found = cosine_of_rank(directions, 2_000_000)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 3000 * 3000 * 8 / 4
    assert found == pytest.approx(all_pairs(weights)[-2_000_000], abs=1e-12)


@pytest.mark.parametrize("inputs", [2, 3, 25, 1024, 16_384])
@pytest.mark.parametrize("share", [0.4, 0.05, 1e-4, 1e-9, 1e-25])
def test_p_values_are_those_of_a_scaled_beta_distribution_far_into_its_tail(share: float, inputs: int) -> None:
    """(1 + cos θ)/2 of independent directions is Beta((n − 1)/2, (n − 1)/2)."""
    half = (inputs - 1) / 2
    cosine = cosine_of_share(share, inputs)
    if cosine < 1 - 1e-6:  # beyond, the quadrature has no angles
        assert share_beyond(cosine, inputs) == pytest.approx(share, rel=1e-3)
        assert stats.beta(half, half).sf((1 + cosine) / 2) == pytest.approx(share, rel=5e-3)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weight", [0.02, 0.3, 1.0])
def test_a_weight_is_that_of_the_cosine_it_is_cut_off_at(kernel: str, weight: float) -> None:
    row = KERNELS[kernel]  # type: ignore[index]
    assert row.weight(np.array([row.cosine(weight, 0.45)]), 0.45)[0] == pytest.approx(weight)


def test_the_mean_distance_of_rows_is_that_of_their_gram_matrix() -> None:
    weights = some(30, 7, zero=3)
    assert mean_distance_of_rows(weights) == pytest.approx(mean_distance(gram(weights)), rel=1e-12)
    with pytest.raises(ValueError, match="two units"):
        mean_distance_of_rows(weights[:4])
