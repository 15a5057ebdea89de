"""The plane of two principal directions against the singular value decomposition."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.subspaces import plane as module
from workbench.analysis.subspaces.plane import principal_plane


@pytest.mark.parametrize("shape", [(30, 8), (8, 30), (40, 35)])
@pytest.mark.parametrize("few", [512, 4])
def test_points_and_shares_are_those_of_the_decomposition(
    shape: tuple[int, int], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEW", few)
    rows = np.random.default_rng(1).standard_normal(shape) * np.linspace(3.0, 1.0, shape[1])
    rows[2] = 0.0  # a removed unit
    found = principal_plane(rows)
    assert found is not None
    used = np.delete(rows, 2, axis=0)
    centred = used - used.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    assert found.shares == pytest.approx((values**2 / (values**2).sum())[:2], abs=1e-8)
    expected = left[:, :2] * values[:2]
    expected *= np.where((expected**3).sum(axis=0) < 0.0, -1.0, 1.0)
    np.testing.assert_allclose(np.delete(found.points, 2, axis=0), expected, atol=1e-6)
    assert np.isnan(found.points[2]).all()
    np.testing.assert_allclose(found.points_of(rows[:2]), found.points[:2], atol=1e-9)


def test_rows_on_a_line_have_one_direction_and_equal_rows_none() -> None:
    found = principal_plane(np.outer(np.arange(5.0), np.ones(3)) + 1.0)
    assert found is not None
    assert found.shares == pytest.approx((1.0, 0.0), abs=1e-9)
    assert not found.directions[1].any()
    assert principal_plane(np.ones((4, 3))) is None
    assert principal_plane(np.eye(3)[:1]) is None
