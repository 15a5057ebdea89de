"""The curves of a training that runs: as many points as fit, each a mean of as many values."""

from __future__ import annotations

import numpy as np

from workbench.gui.state.course import Trace


def test_a_trace_never_outgrows_its_capacity_and_keeps_its_mean() -> None:
    trace = Trace()
    values = np.random.default_rng(0).normal(size=8 * Trace.CAPACITY)
    for number, value in enumerate(values):
        trace.append(number, value)
        assert len(trace) < Trace.CAPACITY
    # Every point is the mean of as many values, the first as the last.
    np.testing.assert_allclose(trace.x, np.arange(len(values)).reshape(-1, 16).mean(axis=1))
    np.testing.assert_allclose(trace.y, values.reshape(-1, 16).mean(axis=1))
