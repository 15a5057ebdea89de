"""Greedy pruning orders of 4,096 units from their Gram matrix, beside recomputing everything at each removal.

Run with `pytest tests/benchmarks/test_pruning_orders_benchmark.py --benchmark-only`. The recomputation of all
4,096 removals takes minutes, so 16 of them are made, evenly spread from the first to the last; its row in the
table is the time of these 16, and "estimated_s" beside it, 256 times that, compares with the orders' own rows.
"""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.matrices import gram
from workbench.analysis.orders import ORDERS, removal_order

UNITS, INPUTS, SAMPLED = 4096, 1024, 16
GREEDY = [name for name, order in ORDERS.items() if order.needs == "gram"]


@pytest.fixture(scope="module")
def weights():
    return np.random.default_rng(0).standard_normal((UNITS, INPUTS)).astype(np.float32)


@pytest.fixture(scope="module")
def matrix(weights):
    return gram(weights)


@pytest.mark.benchmark(group="orders, 4,096 units")
@pytest.mark.parametrize("name", GREEDY)
def test_greedy_order(benchmark, matrix, name):
    order = benchmark.pedantic(removal_order, (name, matrix), rounds=3)
    assert len(order) == UNITS


def next_removal(rows):
    """What max_fp removes from these rows, computed from them alone."""
    directions = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return int(np.argmin(np.square(directions @ directions.T).sum(axis=1)))


@pytest.mark.benchmark(group="orders, 4,096 units")
def test_max_fp_recomputed(benchmark, weights, matrix):
    order = removal_order("max_fp", matrix)
    steps = (np.arange(SAMPLED) * 2 + 1) * UNITS // (2 * SAMPLED)
    left = [np.sort(order[step:]) for step in steps]

    def recompute():
        return [next_removal(weights[units].astype(np.float64)) for units in left]

    found = benchmark.pedantic(recompute, rounds=1)
    assert [units[unit] for units, unit in zip(left, found, strict=True)] == order[steps].tolist()
    if benchmark.stats is not None:  # None where benchmarks are switched off
        benchmark.extra_info["estimated_s"] = benchmark.stats.stats.min * UNITS / SAMPLED
